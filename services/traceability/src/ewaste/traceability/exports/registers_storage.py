"""Which records put a thing into a register, by type and time: a period is found without reading the whole ledger."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from ewaste.evidence.custody_graph import NodeId
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
# As `_RELATED` of the custody projection, for many nodes at once and a ledger of $2 entries; what is skipped on the
# way down is not needed by any row.
_NODES: Final = """
WITH RECURSIVE below(node) AS (
    SELECT node FROM unnest($1::text[]) AS n(node) UNION
    SELECT t.node FROM custody_touch t JOIN below b ON t.parent = b.node
    WHERE t."index" < $2 AND split_part(t.node, '/', 1) <> ALL($3::text[])
), above(node) AS (
    SELECT node FROM below UNION
    SELECT t.parent FROM custody_touch t JOIN above a ON t.node = a.node
    WHERE t.parent IS NOT NULL AND t."index" < $2
) SELECT node FROM above
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


async def nodes_of(tx: Transaction, roots: Iterable[NodeId], skipping: Iterable[str], size: int) -> list[NodeId]:
    """The nodes whose evidence the rows of these nodes rest on."""
    rows = await (await driver(tx)).fetch(_NODES, list(roots), size, list(skipping))
    return [row["node"] for row in rows]
