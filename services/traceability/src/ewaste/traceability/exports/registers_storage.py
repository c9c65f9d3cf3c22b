"""Which records put a thing into a register, by type and time: a period is found without reading the whole ledger."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from ewaste.evidence.custody.graph import NodeId
from ewaste.evidence.registers.entries import Entry
from ewaste.evidence.registers.period import Period
from ewaste.runtime.database import Transaction, driver
from ewaste.traceability.storage import Table
from sqlalchemy import BigInteger, Column, DateTime, Index
from sqlmodel import Field

__all__ = ["RegisterEntryRow", "entries_after", "entries_of", "nodes_of", "save"]


class RegisterEntryRow(Table, table=True):
    """One record of an event that registers are made from; what became of it is told by the fold, not here."""

    __tablename__: ClassVar[Any] = "register_entry"
    __table_args__ = (Index("register_entry_key", "model", "key"),)

    model: str = Field(primary_key=True)
    happened_at: datetime = Field(sa_column=Column(DateTime(timezone=True), primary_key=True))
    index: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    key: str


_AFTER: Final = """
SELECT model, happened_at, "index", key FROM register_entry
WHERE model = $1 AND happened_at < $2 AND "index" < $3 AND (happened_at, "index") > ($4, $5)
ORDER BY happened_at, "index" LIMIT $6
"""
_OF_KEYS: Final = """
SELECT "index" FROM register_entry WHERE model = ANY($1::text[]) AND key = ANY($2::text[]) AND "index" < $3
"""
# Level by level: over many nodes at once PostgreSQL answers one recursive statement by reading the whole table.
_BELOW: Final = """
SELECT DISTINCT node FROM custody_touch
WHERE parent = ANY($1::text[]) AND "index" < $2 AND split_part(node, '/', 1) <> ALL($3::text[])
"""
_ABOVE: Final = """
SELECT DISTINCT parent AS node FROM custody_touch WHERE node = ANY($1::text[]) AND "index" < $2 AND parent IS NOT NULL
"""


async def save(tx: Transaction, entries: Iterable[Entry]) -> None:
    """The projection's position keeps each entry to once."""
    await (await driver(tx)).copy_records_to_table(
        "register_entry",
        columns=("model", "happened_at", "index", "key"),
        records=[(each.model, each.happened_at, each.index, each.key) for each in entries],
    )


async def entries_after(
    tx: Transaction, model: str, period: Period, size: int, after: Entry | None, limit: int
) -> list[Entry]:
    """Entries of a period in the ledger's first `size` records by time, then index; those after `after`."""
    start, index = (after.happened_at, after.index) if after else (period.start, -1)
    rows = await (await driver(tx)).fetch(_AFTER, model, period.end, size, start, index, limit)
    return [Entry(row["model"], row["happened_at"], row["index"], row["key"]) for row in rows]


async def entries_of(tx: Transaction, models: Sequence[str], keys: Iterable[str], size: int) -> list[int]:
    """Ledger indices of every record of these types that names one of these things."""
    rows = await (await driver(tx)).fetch(_OF_KEYS, list(models), list(keys), size)
    return [row["index"] for row in rows]


async def nodes_of(tx: Transaction, roots: Iterable[NodeId], skipping: Iterable[str], size: int) -> set[NodeId]:
    """The nodes whose evidence the rows of these nodes rest on: as `related_nodes`, without those of skipped kinds."""
    below = await _reach(tx, _BELOW, roots, size, list(skipping))
    return await _reach(tx, _ABOVE, below, size)


async def _reach(tx: Transaction, step: str, roots: Iterable[NodeId], *rest: object) -> set[NodeId]:
    connection = await driver(tx)
    reached = fresh = set(roots)
    while fresh:
        fresh = {row["node"] for row in await connection.fetch(step, list(fresh), *rest)} - reached
        reached = reached | fresh
    return reached
