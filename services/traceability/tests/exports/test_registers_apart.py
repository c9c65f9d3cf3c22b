"""What others see of a download: an auditor's own export, a reader who leaves, and the page for people."""

import asyncio
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from ewaste.evidence.registers.catalogue import REGISTERS
from ewaste.evidence.registers.period import Period
from ewaste.evidence.tables.model import Stamp
from ewaste.runtime.database import Database
from ewaste.runtime.testing import eventually
from ewaste.traceability.exports import registers
from ewaste.web.testing import check_page, text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

Days = Callable[..., Any]


async def filled(service: Any, publisher: Any, day: Any) -> int:
    """The ledger's size when the bag of the day is in its batch."""
    await publisher.publish(*day.messages())
    await service.chain_is(f"bag/{day.bag}", "opened")

    async def has_bag() -> str:
        return str((await service.http.get("/exports/bags.csv?from=2026-11-20&until=2026-11-20")).text)

    await eventually(has_bag, lambda text: day.bag in text)
    return int((await service.json("/ledgers/custody"))["projected"])


@pytest.mark.parametrize("format", ["csv", "jsonl", "xlsx", "parquet"])
async def test_the_auditor_s_file_is_the_service_s_byte_for_byte(
    service: Any, publisher: Any, new_day: Days, tmp_path: Path, format: str
) -> None:
    size = await filled(service, publisher, new_day())
    # The log may hold newer records: the size says which count.
    await eventually(lambda: service.published("custody"), lambda head: head is not None and head.size >= size)
    ledger = service.settings.log_folder("custody")
    for register in REGISTERS:
        # Certificates are of the day on which they were issued.
        period = {"from": "2026-11-01", "until": "2030-12-31"}
        answer = await service.http.get(f"/exports/{register}.{format}", params={**period, "size": size})
        assert answer.status_code == 200, answer.text
        out = tmp_path / f"{register}.{format}"
        auditor = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ewaste.auditor", "export", str(ledger), "--register", register, "--format", format,
            "--from", period["from"], "--until", period["until"], "--size", str(size), "-o", str(out),
        )  # fmt: skip
        assert await auditor.wait() == 0
        assert out.read_bytes() == answer.content, register


async def test_work_stops_when_nobody_reads_on(
    service: Any, publisher: Any, new_day: Days, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = await filled(service, publisher, new_day())
    for _ in range(3):
        size = await filled(service, publisher, new_day())
    monkeypatch.setattr(registers, "_PAGE", 1)
    database, pages = Database(settings), 0
    real = registers._rows

    def counted(*arguments: Any) -> Any:
        nonlocal pages
        pages += 1
        return real(*arguments)

    monkeypatch.setattr(registers, "_rows", counted)
    period = Period.read("2026-11-20", "2026-11-20")
    table = registers.stream(database, Stamp(REGISTERS["bags"], period, "o", size, "00" * 32, ""), "csv")
    try:
        assert await anext(table)
        await table.aclose()
        assert pages == 1
        # No connection is held by a table that nobody reads on.
        assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    finally:
        await database.close()


async def test_people_choose_and_are_led_to_the_file(service: Any, publisher: Any, new_day: Days) -> None:
    day = new_day()
    await filled(service, publisher, day)
    answer = await service.http.get("/exports", headers={"Accept-Language": "th"})
    root = check_page(answer.text, answer.headers)
    shown = text_of(root)
    for register in REGISTERS.values():
        assert register.th in shown
        assert all(column.th in shown for column in register.columns)
    (form,) = root.iter("form")
    assert [field.get("name") for field in form.iter() if field.get("name")] == [
        "register", "from", "until", "format", "lang",
    ]  # fmt: skip

    asked = {"register": "bags", "from": "2026-11-20", "until": "2026-11-20", "format": "csv", "lang": "th"}
    led = await service.http.get("/exports", params=asked)
    assert led.status_code == 303
    to = urlsplit(led.headers["location"])
    assert to.path == "/exports/bags.csv"
    assert parse_qs(to.query)["bom"] == ["true"], "opened with Excel"
    assert day.bag in (await service.http.get(led.headers["location"])).text

    links = [link.attrib["href"] for link in root.iter("a") if "/exports/" in link.attrib["href"]]
    assert len(links) == 3 * len(REGISTERS)
    assert all(re.search(r"from=\d{4}-\d\d-\d\d&until=\d{4}-\d\d-\d\d", link) for link in links)
    assert (await service.http.get(links[0])).status_code == 200


@pytest.mark.parametrize(("lang", "says"), [("th", "2026 แทน 2569"), ("en", "common era")])
async def test_a_year_of_the_buddhist_era_is_told_on_the_page(service: Any, lang: str, says: str) -> None:
    asked = {"register": "bags", "from": "2569-11-01", "until": "2569-11-30", "format": "xlsx", "lang": lang}
    answer = await service.http.get("/exports", params=asked)
    assert answer.status_code == 422
    root = check_page(answer.text, answer.headers)
    assert says in text_of(root)
    (first,) = [field for field in root.iter("input") if field.get("name") == "from"]
    assert first.get("aria-invalid") == "true"
