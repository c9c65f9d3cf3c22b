"""Whole ranges of a ledger become files whose bytes follow from its records, told by an event."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from ewaste.contracts.events.traceability import ArchiveSealed
from ewaste.evidence.archive.check import archived, check_archive
from ewaste.evidence.archive.layout import file_name
from ewaste.evidence.archive.writer import write_archive
from ewaste.evidence.ledger.merkle import leaf_hash, root_of
from ewaste.runtime.app import App
from ewaste.runtime.outbox import Outbox
from ewaste.runtime.testing import facts_in_outbox
from ewaste.traceability.app import build_app
from ewaste.traceability.archive.handlers import Sealer
from ewaste.traceability.archive.storage import sealed_files
from ewaste.traceability.keeping import sealer
from ewaste.traceability.ledger.model import Ledger

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lines(service: Any, publisher: Any, new_day: Any) -> list[dict[str, Any]]:
    """The records of a ledger, among them one that its leaf holds by digest."""
    day = new_day()
    big = replace(day.registered()[0], value=b"y" * 70_000)
    await publisher.publish(*day.messages(), big)
    await service.chain_is(f"batch/{day.batch}", "certified")
    await service.reaches("custody", len(await publisher.custody_records()))
    found, _ = await service.export("custody")
    return list(found)


@pytest_asyncio.fixture(loop_scope="module")
async def app(service: Any) -> AsyncIterator[App]:
    app = build_app(service.settings)
    yield app
    await app.database.close()


def small(app: App, folder: Path, width: int) -> Sealer:
    settings: Any = app.settings
    return replace(sealer(settings, app.database, Outbox(settings)), folder=folder, width=width)


async def test_ranges_are_sealed_as_they_become_whole_and_the_rest_when_asked(
    app: App, lines: list[dict[str, Any]], tmp_path: Path
) -> None:
    width = len(lines) // 3
    one = small(app, tmp_path, width)
    told = []
    while event := await one.seal(Ledger.CUSTODY, NOW):
        told.append(event)
    assert len(told) >= 3
    rest = await one.seal(Ledger.CUSTODY, NOW, rest=True)
    told += [rest] if rest else []
    assert [event.start for event in told] == [0, *(event.end for event in told[:-1])]
    assert all(before.end == after.start for before, after in pairwise(told))

    for event in (each for each in told if each.end <= len(lines)):
        path = tmp_path / "custody" / file_name(event.start, event.end)
        again = tmp_path / "again.parquet"
        with again.open("wb") as file:
            entries = [(line["leaf"], tuple(line["contents"])) for line in lines[event.start : event.end]]
            written = write_archive(file, event.origin, event.start, entries)
        assert path.read_bytes() == again.read_bytes(), "from the records alone, the same bytes"
        assert written.file_sha256 == event.file_sha256
        assert event.root == root_of(leaf_hash(line["leaf"]) for line in lines[: event.end]).hex()
        assert check_archive(path, event, lambda index: leaf_hash(lines[index]["leaf"])) == []
    files = [tmp_path / "custody" / file_name(event.start, event.end) for event in told]
    assert any(row.contents == (b"y" * 70_000,) for path in files for row in archived(path))

    facts = await facts_in_outbox(app, told[0].origin)
    assert [each for each in facts if isinstance(each, ArchiveSealed)] == told
    async with app.database.transaction() as tx:
        listed = await sealed_files(tx, Ledger.CUSTODY)
    assert [(each.start, each.end, each.file_sha256) for each in listed] == [
        (each.start, each.end, each.file_sha256) for each in told
    ]


async def test_a_ledger_without_a_whole_range_has_no_file(app: App, tmp_path: Path) -> None:
    assert await small(app, tmp_path, 10_000_000).seal(Ledger.LEARNING, NOW) is None
    assert not (tmp_path / "learning").exists()
