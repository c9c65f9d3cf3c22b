"""Holds the read models to the ledger, row by row: the first subject about which a table says something else."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from ewaste.contracts.events.traceability import CertificateIssued
from ewaste.evidence.canonical import sha256_hex
from ewaste.evidence.custody.fold import in_its_place
from ewaste.evidence.custody.graph import Link
from ewaste.evidence.custody.index import index_envelope
from ewaste.evidence.registers.entries import entry_of
from ewaste.evidence.replay.models import microseconds
from ewaste.evidence.replay.told import told_of
from ewaste.runtime.database import Transaction, driver
from ewaste.traceability.certificates import storage as certificates
from ewaste.traceability.custody import storage as custody
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.model import Entry, Ledger

__all__ = ["ModelFault", "check_models"]

_PAGE: Final = 2_000
Row = tuple[int, str, str]
_TABLES: Final = {
    "custody_touch": """
SELECT "index", node AS subject, coalesce(parent, '') AS said FROM custody_touch
ORDER BY "index", node COLLATE "C", coalesce(parent, '') COLLATE "C"
""",
    "register_entry": """
SELECT "index", key AS subject, model || ' ' || (extract(epoch FROM happened_at) * 1000000)::bigint AS said
FROM register_entry ORDER BY "index", key COLLATE "C"
""",
    "certificate_event": """
SELECT "index", certificate_id AS subject,
    kind || ' ' || (extract(epoch FROM at) * 1000000)::bigint || ' ' || coalesce(replaces_certificate_id, '') AS said
FROM certificate_event ORDER BY "index"
""",
}


@dataclass(frozen=True, slots=True)
class ModelFault:
    """A table has another row than the record at `index` gives, about `subject`."""

    table: str
    index: int
    subject: str
    what: str

    def __str__(self) -> str:
        return f"{self.table}, {self.subject} (record {self.index}): {self.what}"


async def check_models(tx: Transaction, issuer: str) -> list[ModelFault]:
    """The first difference of each table from the projected records; nothing where all hold.

    Of certificates those of `issuer`, which is the service itself, are its to hold.
    `tx` sees one moment (`snapshot_of`). The ledger itself is to be checked before: it is what is compared with.
    """
    connection = await driver(tx)
    size = await custody.position(tx, "custody")
    cursors = {table: _Rows(await connection.cursor(statement)) for table, statement in _TABLES.items()}
    faults: dict[str, ModelFault] = {}
    contents: list[ModelFault] = []
    for start in range(0, size, _PAGE):
        entries = await ledger_storage.entries_from(tx, Ledger.CUSTODY, start, min(start + _PAGE, size))
        expected = await asyncio.to_thread(_expected, entries)
        for table, cursor in cursors.items():
            if table not in faults and (fault := await cursor.compare(table, expected[table])) is not None:
                faults[table] = fault
        contents += [fault async for fault in _certificates(tx, entries, issuer)]
    for table, cursor in cursors.items():
        if table not in faults and (row := await cursor.take()) is not None:
            faults[table] = ModelFault(table, row[0], row[1], "no record says this")
    return [*faults.values(), *contents[:1]]


class _Rows:
    """A table's rows, one by one."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor
        self._waiting: list[Row] = []

    async def take(self) -> Row | None:
        if not self._waiting:
            rows = await self._cursor.fetch(_PAGE)
            self._waiting = [(row["index"], row["subject"], row["said"]) for row in reversed(rows)]
        return self._waiting.pop() if self._waiting else None

    async def compare(self, table: str, expected: Iterable[Row]) -> ModelFault | None:
        for each in expected:
            if (found := await self.take()) == each:
                continue
            if found is None or found > each:
                return ModelFault(table, each[0], each[1], f"the table lacks {each[2] or 'it'}")
            return ModelFault(table, found[0], found[1], f"the table says {found[2] or 'it'}, the record does not")
        return None


def _expected(entries: list[Entry]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {table: [] for table in _TABLES}
    for entry in entries:
        if entry.envelope is None or not in_its_place(entry.record.topic, entry.envelope):
            continue
        found["custody_touch"] += sorted(_touches(entry))
        if (noted := entry_of(entry.envelope, entry.index)) is not None:
            said = f"{noted.model} {microseconds(noted.happened_at)}"
            found["register_entry"].append((entry.index, noted.key, said))
        if (told := told_of(entry.index, entry.record.topic, entry.envelope)) is not None:
            said = f"{told.kind} {microseconds(told.at)} {told.replaces_certificate_id or ''}"
            found["certificate_event"].append((entry.index, told.certificate_id, said))
    return found


def _touches(entry: Entry) -> Iterator[Row]:
    assert entry.envelope is not None
    for touch in index_envelope(entry.envelope):
        if isinstance(touch, Link):
            yield entry.index, touch.child, touch.parent
        else:
            yield entry.index, touch.node, ""


async def _certificates(tx: Transaction, entries: Iterable[Entry], issuer: str) -> AsyncIterator[ModelFault]:
    for entry in entries:
        told = told_of(entry.index, entry.record.topic, entry.envelope)
        if told is None or told.source != issuer or not isinstance(told.data, CertificateIssued):
            continue
        row = await certificates.certificate(tx, told.certificate_id)
        if row is None:
            yield ModelFault("certificate", entry.index, told.certificate_id, "the table lacks what was announced")
        elif sha256_hex(row.content) != told.data.content_digest:
            yield ModelFault("certificate", entry.index, told.certificate_id, "its content is not what was announced")
