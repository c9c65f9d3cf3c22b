"""Registers over HTTP: what a municipality downloads from the running service."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import openpyxl
import pyarrow.parquet
import pytest
from ewaste.contracts.events.common import CorrectionReason, EventCorrected
from ewaste.contracts.events.logistics import BinCollected
from ewaste.contracts.events.traceability import CustodyGapClosed, CustodyGapOpened, GapKind, Subject, SubjectKind
from ewaste.contracts.fields import Context
from ewaste.evidence.registers.catalogue import REGISTERS
from ewaste.runtime.testing import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

Days = Callable[..., Any]
PERIOD = {"from": "2026-11-20", "until": "2026-11-20"}


async def get(service: Any, name: str, status: int = 200, **query: Any) -> Any:
    answer = await service.http.get(f"/exports/{name}", params={**PERIOD, **query})
    assert answer.status_code == status, answer.text
    return answer


async def rows(service: Any, register: str, tag: str, **query: Any) -> list[dict[str, Any]]:
    """The rows whose thing is of this day."""
    answer = await get(service, f"{register}.jsonl", **query)
    return [row for row in map(json.loads, answer.text.splitlines()) if tag in answer_id(row)]


def answer_id(row: dict[str, Any]) -> str:
    return str(next(iter(row.values())))


async def certified(service: Any, publisher: Any, day: Any) -> str:
    await publisher.publish(*day.messages())
    chain = await service.chain_is(f"item/{day.item}", "certified")
    assert chain
    (row,) = await eventually(
        lambda: rows(service, "batches", day.tag), lambda found: found and found[0]["certificate_id"]
    )
    return str(row["certificate_id"])


async def opened(service: Any, publisher: Any, day: Any) -> None:
    """Publish the day and wait until its bag went into the batch."""
    await publisher.publish(*day.messages())
    await eventually(lambda: rows(service, "bags", day.tag), lambda found: found and found[0]["state"] == "opened")


async def test_every_register_has_the_day_s_things(service: Any, publisher: Any, new_day: Days) -> None:
    day = new_day()
    certificate_id = await certified(service, publisher, day)

    (bag,) = await rows(service, "bags", day.tag)
    assert bag["bag_id"] == day.bag
    assert (bag["gross_grams"], bag["tare_grams"], bag["net_grams"], bag["items"]) == (10_050, 50, 10_000, 2)
    assert (bag["state"], bag["disputed"], bag["broken"]) == ("opened", False, None)
    assert (bag["khwaeng"], bag["point_name_th"]) == ("kawila", "ตลาด")
    assert (bag["load_ids"], bag["batch_ids"]) == ([f"load-{day.tag}"], [day.batch])
    assert bag["collected_at"].startswith("2026-11-20T05:0")
    assert bag["collected_at_thai"].startswith("2026-11-20T12:0")
    assert bag["collected_at_thai"].endswith("+07:00")

    (handover,) = await rows(service, "handovers", day.tag)
    assert (handover["giver_id"], handover["receiver_id"]) == ("C-1", day.partner)
    assert (handover["difference"], handover["difference_grams"], handover["purpose"]) == ("matched", 0, "delivery")

    (batch,) = await rows(service, "batches", day.tag)
    assert (batch["input_own_grams"], batch["output_grams"], batch["process_loss_grams"]) == (10_000, 9_900, 100)
    assert (batch["licence_number"], batch["state"], batch["open_lines"]) == ("L-1", "certified", [])

    today = datetime.now(UTC).date()
    period = {"from": str(today - timedelta(days=1)), "until": str(today + timedelta(days=1))}
    answer = await get(service, "certificates.jsonl", **period)
    told = {row["certificate_id"]: row for row in map(json.loads, answer.text.splitlines())}
    assert told[certificate_id]["state"] == "valid"
    assert told[certificate_id]["batch_id"] == day.batch
    assert (await service.http.get(f"/certificates/{certificate_id}")).json()["ledger"]["root"] == (
        told[certificate_id]["certified_ledger_root"]
    )


async def test_an_alert_is_open_until_the_missing_fact_arrives(service: Any, publisher: Any, new_day: Days) -> None:
    day = new_day()
    gap = {
        "gap_id": f"gap-{day.tag}",
        "kind": GapKind.UNCOLLECTED_BAG,
        "subject": Subject(kind=SubjectKind.BAG, id=day.bag),
    }
    await publisher.publish(day.event(Context.TRACEABILITY, CustodyGapOpened(**gap, evidence=(3, 4))))
    (row,) = await eventually(lambda: rows(service, "alerts", day.tag))
    assert (row["state"], row["closed_at"], row["evidence"], row["subject_id"]) == ("open", None, [3, 4], day.bag)

    await publisher.publish(day.event(Context.TRACEABILITY, CustodyGapClosed(**gap, evidence=(5,))))
    (row,) = await eventually(lambda: rows(service, "alerts", day.tag), lambda found: found[0]["state"] == "closed")
    assert row["closed_at"] > row["opened_at"]
    assert row["closing_evidence"] == [5]


async def test_midnight_in_bangkok_parts_the_days(service: Any, publisher: Any, new_day: Days) -> None:
    day = new_day()
    midnight = datetime(2026, 11, 14, 17, tzinfo=UTC)
    messages = []
    for number, moment in enumerate((midnight - timedelta(microseconds=1), midnight)):
        message = day.event(
            Context.LOGISTICS,
            BinCollected(
                bag_id=f"bag-{number}-{day.tag}", point_id="P", seal_number="S", gross_grams=1, carrier_id="C"
            ),
        )
        value = {**json.loads(message.value), "time": moment.isoformat()}
        messages.append(message.__class__(message.topic, message.key, json.dumps(value).encode()))
    await publisher.publish(*messages)
    both = {"from": "2026-11-14", "until": "2026-11-15"}
    await eventually(lambda: rows(service, "bags", day.tag, **both), lambda found: len(found) == 2)

    for number, on in enumerate(("2026-11-14", "2026-11-15")):
        (row,) = await rows(service, "bags", day.tag, **{"from": on, "until": on})
        assert row["bag_id"].startswith(f"bag-{number}-")
    assert row["collected_at_thai"] == "2026-11-15T00:00:00+07:00"


async def test_a_corrected_collection_moves_the_bag_and_an_invalid_one_never_counts(
    service: Any, publisher: Any, new_day: Days
) -> None:
    day = new_day()
    collected = {"bag_id": day.bag, "point_id": "P", "seal_number": "S", "carrier_id": "C"}
    wrong = day.event(Context.LOGISTICS, BinCollected(**collected, gross_grams=9_000))
    right = day.event(Context.LOGISTICS, BinCollected(**collected, gross_grams=8_000))
    named = json.loads(wrong.value)
    correction = EventCorrected(
        corrected_event_id=named["id"], corrected_source=named["source"], reason=CorrectionReason.MISTYPED
    )
    broken = json.loads(day.event(Context.LOGISTICS, BinCollected(**collected, gross_grams=7_000)).value)
    broken["data"]["gross_grams"] = "heavy"
    await publisher.publish(wrong)
    (row,) = await eventually(lambda: rows(service, "bags", day.tag))
    assert row["gross_grams"] == 9_000
    first = (await get(service, "bags.jsonl")).headers["ledger-size"]

    await publisher.publish(
        right,
        wrong.__class__(wrong.topic, wrong.key, json.dumps(broken).encode()),
        day.event(Context.LOGISTICS, correction),
    )
    found = await eventually(lambda: rows(service, "bags", day.tag), lambda found: found[0]["gross_grams"] == 8_000)
    assert len(found) == 1
    assert found[0]["ledger_index"] > row["ledger_index"]

    assert await rows(service, "bags", day.tag, size=first) == [row], "as of the size before the correction"


async def test_every_format_says_the_same_to_other_people_s_readers(
    service: Any, publisher: Any, new_day: Days, tmp_path: Any
) -> None:
    day = new_day()
    await opened(service, publisher, day)
    for register in REGISTERS.values():
        size = (await get(service, f"{register.name}.meta")).json()["ledger_size"]
        answers = {
            format: await get(service, f"{register.name}.{format}", size=size)
            for format in ("csv", "jsonl", "xlsx", "parquet")
        }
        names = [column.name for column in register.columns]
        expected = [json.loads(line) for line in answers["jsonl"].text.splitlines()]
        ids = [answer_id(row) for row in expected]

        text = answers["csv"].content.decode()
        assert next(csv.reader(io.StringIO(text))) == names
        assert [row[names[0]] for row in csv.DictReader(io.StringIO(text))] == ids

        book = openpyxl.load_workbook(io.BytesIO(answers["xlsx"].content))
        assert [cell.value for cell in book[register.name]["A"]][1:] == ids

        (path := tmp_path / "table.parquet").write_bytes(answers["parquet"].content)
        table = pyarrow.parquet.read_table(path)
        assert table.column(names[0]).to_pylist() == ids
        assert table.schema.metadata[b"ewaste.ledger_size"] == str(size).encode()
        counted = duckdb.sql(f"SELECT count(*) FROM '{path}'").fetchall()
        assert counted == [(len(ids),)]
        for format, answer in answers.items():
            assert answer.headers["ledger-size"] == str(size)
            assert len(bytes.fromhex(answer.headers["ledger-root"])) == 32
            name = f"{register.name}_2026-11-20_2026-11-20_ledger-{size}.{format}"
            assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'


async def test_the_same_size_gives_the_same_bytes_while_records_come_in(
    service: Any, publisher: Any, new_day: Days
) -> None:
    day = new_day()
    await opened(service, publisher, day)
    size = (await get(service, "bags.meta")).json()["ledger_size"]
    before = {f: (await get(service, f"bags.{f}", size=size)).content for f in ("csv", "jsonl", "xlsx", "parquet")}

    other = new_day()
    await opened(service, publisher, other)

    for format, content in before.items():
        assert (await get(service, f"bags.{format}", size=size)).content == content
    head = await service.json("/ledgers/custody")
    assert head["size"] > size


async def test_an_empty_period_is_a_header(service: Any) -> None:
    never = {"from": "2001-01-01", "until": "2001-12-31"}
    text = (await get(service, "bags.csv", **never, bom=True)).content.decode("utf-8")
    assert text.startswith('\ufeff"bag_id",')
    assert text.count("\r\n") == 1
    assert (await get(service, "bags.jsonl", **never)).content == b""
    assert openpyxl.load_workbook(io.BytesIO((await get(service, "bags.xlsx", **never)).content))["bags"].max_row == 1
    table = pyarrow.parquet.read_table(io.BytesIO((await get(service, "bags.parquet", **never)).content))
    assert (table.num_rows, table.num_columns) == (0, len(REGISTERS["bags"].columns))


@pytest.mark.parametrize(
    ("path", "query", "status", "type", "field", "says"),
    [
        ("bins.csv", {}, 404, "register-unknown", "register", "bags, handovers"),
        ("bags.pdf", {}, 404, "format-unknown", "format", "csv, xlsx"),
        ("bags.csv", {"from": "2026-11-21"}, 422, "period-invalid", "from", "swap"),
        ("bags.csv", {"from": "2569-11-01"}, 422, "period-invalid", "from", "2026 for 2569"),
        ("bags.csv", {"until": "9999-12-31"}, 422, "period-invalid", "until", "from 2000 to 2199"),
        ("bags.csv", {"from": "2001-01-01"}, 422, "period-invalid", "until", "ten years"),
        ("bags.csv", {"from": "yesterday"}, 422, "period-invalid", "from", "2026-11-22"),
        ("bags.csv", {"from": "20261101"}, 422, "period-invalid", "from", "2026-11-22"),
        ("bags.csv", {"size": 2**53 - 1}, 422, "ledger-size-unknown", "size", "Ledger-Size"),
    ],
)
async def test_what_can_t_be_exported_is_a_problem_that_says_what_to_do(
    service: Any, path: str, query: dict[str, Any], status: int, type: str, field: str, says: str
) -> None:
    told = (await get(service, path, status, **query)).json()
    assert told["type"].endswith(type)
    assert told["errors"][0]["field"] == field
    assert says in told["detail"]


async def test_the_dictionary_tells_every_column(service: Any) -> None:
    told = (
        await service.json("/exports/dictionary") if False else (await service.http.get("/exports/dictionary")).json()
    )
    assert [each["register"] for each in told] == list(REGISTERS)
    for each in told:
        assert [column["name"] for column in each["columns"]] == [c.name for c in REGISTERS[each["register"]].columns]
        assert all(column["th"] and column["en"] for column in each["columns"])
