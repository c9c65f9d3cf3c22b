"""Seals ranges of the ledgers: a file whose bytes follow from its records, then the event that says which."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog
from ewaste.contracts.events.traceability import ArchiveSealed
from ewaste.evidence.archive.layout import RANGE_ENTRIES, file_name, next_range
from ewaste.evidence.archive.writer import ArchiveWriter, Written
from ewaste.evidence.ledger.contents import is_by_digest
from ewaste.evidence.ledger.merkle import Frontier, leaf_hash
from ewaste.runtime.database import Database, Transaction
from ewaste.runtime.outbox import Fact, Outbox
from ewaste.traceability.archive import storage
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.model import Ledger

__all__ = ["RecordMissing", "Sealer"]

_log = structlog.get_logger(__name__)
_LOOK_EVERY_SECONDS: Final = 30.0
_PAGE: Final = 2_000
Entry = tuple[bytes, tuple[bytes, ...]]


class RecordMissing(Exception):
    """The ledger has a hole: nothing is sealed until somebody knows why."""


@dataclass(frozen=True, slots=True)
class Sealer:
    """Writes `<folder>/<ledger>/<start>-<end>.parquet`; one file's row group is in memory at a time."""

    database: Database
    outbox: Outbox
    folder: Path
    origin_of: Callable[[Ledger], str]
    width: int = RANGE_ENTRIES

    async def run(self) -> None:
        """Seal what becomes whole, until cancelled. What can't be written is no reason to stop the service."""
        while True:
            for ledger in Ledger:
                try:
                    while event := await self.seal(ledger, datetime.now(UTC)):
                        _log.info("archive sealed", ledger=ledger, start=event.start, end=event.end)
                except (OSError, RecordMissing) as error:
                    _log.error("archive not sealed", ledger=ledger, detail=str(error))
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def seal(self, ledger: Ledger, now: datetime, *, rest: bool = False) -> ArchiveSealed | None:
        """Seal the next whole range, with `rest` also one that is not whole; None where there is nothing to seal."""
        async with self.database.transaction() as tx:
            tree = await storage.sealed(tx, ledger)
            size = (await ledger_storage.head(tx, ledger)).size
        found = next_range(tree.size, size, self.width)
        end = found[1] if found else size if rest and size > tree.size else None
        if end is None:
            return None
        path = self.folder / ledger / file_name(tree.size, end)
        written, tree = await self._write(ledger, path, tree, end)
        event = written.event_data(self.origin_of(ledger), tree.root())
        async with self.database.transaction() as tx:
            if await storage.save(tx, ledger, written, tree, now):
                await self.outbox.add(tx, Fact(event, now))
        return event

    async def _write(self, ledger: Ledger, path: Path, tree: Frontier, end: int) -> tuple[Written, Frontier]:
        """The file is whole or not there: temp file, fsync, rename. Written again it has the same bytes."""
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        with temporary.open("wb") as file:
            writer = ArchiveWriter(file, self.origin_of(ledger), tree.size)
            while tree.size < end:
                async with self.database.transaction() as tx:
                    entries = await _entries(tx, ledger, tree.size, min(_PAGE, end - tree.size))
                # In a thread: requests and consumers of this process must be served meanwhile.
                tree = await asyncio.to_thread(_add, writer, tree, entries)
            written = await asyncio.to_thread(writer.finish)
            await asyncio.to_thread(_sync, file.fileno())
        temporary.replace(path)
        return written, tree


async def _entries(tx: Transaction, ledger: Ledger, start: int, most: int) -> list[Entry]:
    leaves = await ledger_storage.leaves_from(tx, ledger, start, most)
    if not leaves:
        raise RecordMissing(f"ledger {ledger} has no record {start}: run `check-ledger` before anything is sealed")
    return [
        (leaf, tuple(await ledger_storage.contents_behind(tx, leaf)) if is_by_digest(leaf) else ()) for leaf in leaves
    ]


def _add(writer: ArchiveWriter, tree: Frontier, entries: list[Entry]) -> Frontier:
    for leaf, contents in entries:
        writer.add(leaf, contents)
    return tree.extend([leaf_hash(leaf) for leaf, _ in entries])


def _sync(descriptor: int) -> None:
    os.fsync(descriptor)
