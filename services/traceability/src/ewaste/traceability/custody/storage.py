"""The projection's table: which ledger entries touch which node. States are derived when read, never stored."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Final

import sqlalchemy
from ewaste.evidence.custody.graph import NodeId
from ewaste.runtime.database import Transaction, driver
from ewaste.traceability.storage import Table
from sqlalchemy import BigInteger, Column, Index, String, text
from sqlmodel import Field

__all__ = [
    "EVERYTHING",
    "TOUCHES",
    "Touch",
    "batches_above",
    "indices_of",
    "lock_position",
    "move_position",
    "position",
    "related",
    "save",
]

EVERYTHING: Final = 2**63 - 1
"""A size that no ledger reaches."""
Touch = tuple[NodeId, NodeId | None, int]
"""Node, its parent where the entry links it, ledger index."""


# Written by COPY; the projection's position keeps each entry to once, so that no unique index is paid for. A core
# table, because a mapped one would need a primary key.
TOUCHES: Final = sqlalchemy.Table(
    "custody_touch",
    Table.metadata,
    Column("node", String, nullable=False),
    Column("parent", String),
    Column("index", BigInteger, nullable=False),
    Index("custody_touch_node", "node", "index"),
    Index("custody_touch_parent", "parent", postgresql_where=text("parent IS NOT NULL")),
)
"""A row per node that an entry touches; `parent` where the entry links the node to one."""


class ProjectionRow(Table, table=True):
    """How many entries of the ledger a projection has taken in."""

    __tablename__: ClassVar[Any] = "projection"

    name: str = Field(primary_key=True)
    size: int = Field(sa_column=Column(BigInteger, nullable=False))


# Down to the leaves, then up to the roots from everything reached, as evidence.custody.graph.related_nodes does it.
_RELATED: Final = """
WITH RECURSIVE below(node) AS (
    SELECT $1::text UNION SELECT t.node FROM custody_touch t JOIN below b ON t.parent = b.node
), above(node) AS (
    SELECT node FROM below UNION
    SELECT t.parent FROM custody_touch t JOIN above a ON t.node = a.node WHERE t.parent IS NOT NULL
) SELECT node FROM above
"""
_BATCHES: Final = """
WITH RECURSIVE bag(node) AS (
    SELECT node FROM unnest($1::text[]) AS n(node) UNION
    SELECT t.node FROM custody_touch t JOIN bag b ON t.parent = b.node WHERE b.node LIKE 'load/%'
) SELECT DISTINCT t.parent FROM custody_touch t JOIN bag USING (node) WHERE t.parent LIKE 'batch/%'
UNION SELECT node FROM bag WHERE node LIKE 'batch/%'
"""
_INDICES: Final = 'SELECT DISTINCT "index" FROM custody_touch WHERE node = ANY($1::text[]) AND "index" < $2'


async def lock_position(tx: Transaction, name: str) -> int:
    """How far the projection is; the row lock keeps it single."""
    size = await (await driver(tx)).fetchval("SELECT size FROM projection WHERE name = $1 FOR UPDATE", name)
    return int(size)


async def position(tx: Transaction, name: str) -> int:
    """How far the projection is, without a lock."""
    return int(await (await driver(tx)).fetchval("SELECT size FROM projection WHERE name = $1", name))


async def move_position(tx: Transaction, name: str, size: int) -> None:
    await (await driver(tx)).execute("UPDATE projection SET size = $2 WHERE name = $1", name, size)


async def save(tx: Transaction, touches: Sequence[Touch]) -> None:
    await (await driver(tx)).copy_records_to_table(
        "custody_touch", columns=("node", "parent", "index"), records=touches
    )


async def related(tx: Transaction, node: NodeId) -> list[NodeId]:
    """The nodes whose evidence a trace or certificate of `node` rests on."""
    return [row["node"] for row in await (await driver(tx)).fetch(_RELATED, node)]


async def batches_above(tx: Transaction, nodes: Iterable[NodeId]) -> list[NodeId]:
    """The batches that these bags, loads and batches are, or went into."""
    return sorted(row["parent"] for row in await (await driver(tx)).fetch(_BATCHES, list(nodes)))


async def indices_of(tx: Transaction, nodes: Iterable[NodeId], size: int = EVERYTHING) -> list[int]:
    """Of the ledger's first `size` entries those that touch any of these nodes."""
    return [row["index"] for row in await (await driver(tx)).fetch(_INDICES, list(nodes), size)]
