"""Registers from the ledger: entries page by page, their evidence in one fold, rows; as of one ledger size."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final

from ewaste.evidence.custody.fold import Evidence, in_its_place
from ewaste.evidence.ledger.merkle import Frontier
from ewaste.evidence.registers.catalogue import rows_of
from ewaste.evidence.registers.columns import Row
from ewaste.evidence.registers.entries import Entry, entry_of
from ewaste.evidence.registers.model import Register
from ewaste.evidence.rules.ruleset import DEFAULT_RULES
from ewaste.evidence.tables.model import Format, Stamp
from ewaste.evidence.tables.writers import open_table
from ewaste.runtime.database import Database, Transaction
from ewaste.traceability.custody import storage as custody
from ewaste.traceability.custody.handlers import evidence_about
from ewaste.traceability.exports import registers_storage as storage
from ewaste.traceability.ledger import model as ledger
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.storage import Head

__all__ = ["head_at", "note", "stream"]

_PAGE: Final = 100
"""Things folded at once: memory is this many chains, and no other request waits longer than for one of them."""


async def note(tx: Transaction, entries: Iterable[ledger.Entry]) -> None:
    """The projection took these in."""
    found = [
        noted
        for each in entries
        if each.envelope is not None
        and (noted := entry_of(each.envelope, each.index)) is not None
        and in_its_place(each.record.topic, each.envelope)
    ]
    if found:
        await storage.save(tx, found)


async def head_at(tx: Transaction, size: int | None) -> Head | None:
    """The projected ledger's size and root, now or at an earlier `size`; None where none is known for that size."""
    projected = await custody.position(tx, "custody")
    if size is None:
        size = projected
    if size > projected:
        return None
    root = Frontier().root() if size == 0 else await ledger_storage.root_at(tx, ledger.Ledger.CUSTODY, size)
    return None if root is None else Head(size, root)


async def stream(database: Database, stamp: Stamp, format: Format, *, bom: bool = False) -> AsyncIterator[bytes]:
    """The table's bytes. No transaction is open while a slow reader reads; work stops when nobody reads on."""
    with open_table(stamp, format, bom=bom) as table:
        async for rows in _pages(database, stamp):
            if chunk := await asyncio.to_thread(table.add, rows):
                yield chunk
        finished = table.finish()
        while chunk := await asyncio.to_thread(next, finished, b""):
            yield chunk


async def _pages(database: Database, stamp: Stamp) -> AsyncIterator[list[Row]]:
    register, after = stamp.register, None
    while True:
        async with database.transaction() as tx:
            entries = await storage.entries_after(
                tx, register.decided_by.__name__, stamp.period, stamp.size, after, _PAGE
            )
            evidence = await _evidence(tx, register, entries, stamp.size)
        # In a thread: the fold is all computing, and other requests must be answered meanwhile.
        yield await asyncio.to_thread(_rows, register, evidence, entries)
        if len(entries) < _PAGE:
            return
        after = entries[-1]


async def _evidence(tx: Transaction, register: Register, entries: Sequence[Entry], size: int) -> list[Evidence]:
    keys = {each.key for each in entries}
    roots = [root for each in entries if (root := register.root_of(each)) is not None]
    if roots:
        return await evidence_about(tx, await storage.nodes_of(tx, roots, register.skipping, size), size=size)
    named = await storage.entries_of(tx, register.models, keys, size)
    return await evidence_about(tx, (), indices=sorted(set(named)), size=size)


def _rows(register: Register, evidence: list[Evidence], entries: list[Entry]) -> list[Row]:
    return list(rows_of(register, evidence, entries, DEFAULT_RULES))
