"""The alerts' tables: gaps as they are and as they changed, and when to look at a node again.

Written by the projector only, which holds the projection's position: its row lock keeps them single.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final, TypeVar
from uuid import UUID

from ewaste.contracts.events.traceability import GapKind
from ewaste.evidence.alerts.gaps import Gap
from ewaste.evidence.custody.graph import NodeId
from ewaste.runtime.database import Transaction, driver, write_rows
from ewaste.runtime.tables import moment
from ewaste.traceability.storage import Table
from sqlalchemy import BigInteger, Boolean, Column, Index, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, col

__all__ = [
    "AlertDueRow",
    "GapChangeRow",
    "GapRow",
    "alerts_before",
    "beside",
    "changes_after",
    "close_gaps",
    "defer",
    "due",
    "hint",
    "newest_change",
    "open_counts",
    "open_gaps",
    "plan",
    "repeated",
    "standing",
    "twice_placed",
    "upward",
    "with_open_gaps",
]


_Name = TypeVar("_Name")


class GapRow(Table, table=True):
    """One alert; open while `closed_at` is none."""

    __tablename__: ClassVar[Any] = "gap"
    __table_args__ = (
        Index("gap_open", "node", postgresql_where=text("closed_at IS NULL")),
        Index("gap_node", "node", "opened_position"),
        Index("gap_newest", "opened_position", unique=True),
    )

    gap_id: str = Field(primary_key=True)
    kind: str
    node: str
    evidence: list[int] = Field(sa_column=Column(ARRAY(BigInteger), nullable=False))
    due_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    opened_at: datetime = Field(sa_column=moment())
    opened_position: int = Field(sa_column=Column(BigInteger, nullable=False))
    """Of the change that opened it."""
    opened_size: int = Field(sa_column=Column(BigInteger, nullable=False))
    """How many ledger entries were known then."""
    closed_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    closed_by: list[int] | None = Field(default=None, sa_column=Column(ARRAY(BigInteger)))


class GapChangeRow(Table, table=True):
    """One opening or closing, in the order in which they are told."""

    __tablename__: ClassVar[Any] = "gap_change"

    position: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True, autoincrement=True))
    gap_id: str
    opened: bool = Field(sa_column=Column(Boolean, nullable=False))
    evidence: list[int] = Field(sa_column=Column(ARRAY(BigInteger), nullable=False))
    changed_at: datetime = Field(sa_column=moment())


class AlertDueRow(Table, table=True):
    """When to look at a node again, because time alone may open an alert."""

    __tablename__: ClassVar[Any] = "alert_due"
    __table_args__ = (Index("alert_due_at", "due_at"),)

    node: str = Field(primary_key=True)
    due_at: datetime = Field(sa_column=moment())


# Arrays of arrays have no rows to unnest: evidence travels as text.
_OPEN: Final = """
WITH fresh AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
        AS f(gap_id, kind, node, evidence, due_at)
), opened AS (
    INSERT INTO gap (gap_id, kind, node, evidence, due_at, opened_at, opened_size, opened_position)
    SELECT gap_id, kind, node, evidence::bigint[], due_at, $6, $7, nextval('gap_change_position_seq') FROM fresh
    ON CONFLICT (gap_id) DO UPDATE SET evidence = excluded.evidence, due_at = excluded.due_at,
        opened_at = excluded.opened_at, opened_size = excluded.opened_size,
        opened_position = excluded.opened_position, closed_at = NULL, closed_by = NULL
    WHERE gap.closed_at IS NOT NULL
    RETURNING gap_id, opened_position, evidence
), told AS (
    INSERT INTO gap_change (position, gap_id, opened, evidence, changed_at)
    SELECT opened_position, gap_id, true, evidence, $6 FROM opened
) SELECT gap_id FROM opened
"""
_CLOSE: Final = """
WITH gone AS (SELECT * FROM unnest($1::text[], $2::text[]) AS g(gap_id, closed_by)),
closed AS (
    UPDATE gap SET closed_at = $3, closed_by = gone.closed_by::bigint[] FROM gone
    WHERE gap.gap_id = gone.gap_id AND gap.closed_at IS NULL RETURNING gap.gap_id, gap.closed_by
), told AS (
    INSERT INTO gap_change (gap_id, opened, evidence, changed_at) SELECT gap_id, false, closed_by, $3 FROM closed
) SELECT gap_id FROM closed
"""
_STANDING: Final = """
SELECT gap_id, kind, node, evidence, due_at, opened_size FROM gap
WHERE node = ANY($1::text[]) AND closed_at IS NULL ORDER BY gap_id FOR UPDATE
"""
_WITH_OPEN: Final = "SELECT DISTINCT node FROM gap WHERE node = ANY($1::text[]) AND closed_at IS NULL"
_DEFER: Final = """
INSERT INTO alert_due (node, due_at) SELECT * FROM unnest($1::text[], $2::timestamptz[])
ON CONFLICT (node) DO UPDATE SET due_at = excluded.due_at
"""
_HINT: Final = """
INSERT INTO alert_due (node, due_at) SELECT * FROM unnest($1::text[], $2::timestamptz[])
ON CONFLICT (node) DO UPDATE SET due_at = least(alert_due.due_at, excluded.due_at)
"""
_DUE: Final = "SELECT node FROM alert_due WHERE due_at < $1 ORDER BY due_at LIMIT $2 FOR UPDATE"
# One look into the index for each, which finds nothing for what is new; LIMIT keeps it from becoming a join.
_TOUCHED: Final = """
SELECT node FROM unnest($1::text[]) AS asked(node)
WHERE (SELECT true FROM custody_touch t WHERE t.node = asked.node AND t."index" < $2 LIMIT 1)
"""
_TWICE: Final = """
SELECT node FROM custody_touch WHERE node = ANY($1::text[]) GROUP BY node HAVING count(DISTINCT parent) > 1
"""
_SAID: Final = """
SELECT event_id FROM unnest($1::uuid[]) AS asked(event_id)
WHERE (SELECT true FROM ledger_custody l WHERE l.event_id = asked.event_id AND l."index" < $2 LIMIT 1)
"""
# Whole loads answer for their bags, bags for their loads, and a batch's newest certificate for the one it replaces.
_BESIDE: Final = """
SELECT parent AS node FROM custody_touch
WHERE node = ANY($1::text[]) AND (parent LIKE 'load/%' OR parent LIKE 'certificate/%')
UNION SELECT node FROM custody_touch WHERE parent = ANY($2::text[])
"""
_UPWARD: Final = """
WITH RECURSIVE above(node) AS (
    SELECT unnest($1::text[]) UNION
    SELECT t.parent FROM custody_touch t JOIN above a ON t.node = a.node WHERE t.parent IS NOT NULL
) SELECT node FROM above
"""


async def open_gaps(tx: Transaction, gaps: Sequence[Gap], size: int, now: datetime) -> set[str]:
    """Open those that aren't yet; returns which. One that was closed opens again under its name."""
    columns = zip(
        *((gap.gap_id, gap.kind.value, gap.node, _array(gap.evidence), gap.due_at) for gap in gaps), strict=True
    )
    rows = await (await driver(tx)).fetch(_OPEN, *map(list, columns), now, size) if gaps else []
    return {row["gap_id"] for row in rows}


async def close_gaps(tx: Transaction, closed_by: Mapping[str, Iterable[int]], now: datetime) -> set[str]:
    """Close those that are open; returns which."""
    if not closed_by:
        return set()
    arrays = [_array(indices) for indices in closed_by.values()]
    rows = await (await driver(tx)).fetch(_CLOSE, list(closed_by), arrays, now)
    return {row["gap_id"] for row in rows}


def _array(indices: Iterable[int]) -> str:
    return "{" + ",".join(map(str, indices)) + "}"


async def standing(tx: Transaction, nodes: Iterable[NodeId]) -> list[tuple[Gap, int]]:
    """The open gaps of these nodes, each with the ledger's size when it opened."""
    rows = await (await driver(tx)).fetch(_STANDING, list(nodes))
    return [
        (
            Gap(row["gap_id"], GapKind(row["kind"]), row["node"], tuple(row["evidence"]), row["due_at"]),
            row["opened_size"],
        )
        for row in rows
    ]


async def with_open_gaps(tx: Transaction, nodes: Iterable[NodeId]) -> set[NodeId]:
    """Which of these nodes have an open gap."""
    return {row["node"] for row in await (await driver(tx)).fetch(_WITH_OPEN, list(nodes))}


async def plan(tx: Transaction, nodes: Iterable[NodeId], looks: Mapping[NodeId, datetime]) -> None:
    """Look again at these nodes when `looks` says so, and at the others not at all."""
    await (await driver(tx)).execute("DELETE FROM alert_due WHERE node = ANY($1::text[])", list(nodes))
    await write_rows(tx, _DEFER, looks.items())


async def defer(tx: Transaction, looks: Mapping[NodeId, datetime]) -> None:
    """Look at these nodes at these moments, and not before."""
    await write_rows(tx, _DEFER, sorted(looks.items()))


async def hint(tx: Transaction, looks: Mapping[NodeId, datetime]) -> None:
    """Look at these nodes at these moments, or sooner where that was planned."""
    await write_rows(tx, _HINT, sorted(looks.items()))


async def due(tx: Transaction, now: datetime, most: int) -> list[NodeId]:
    """Nodes whose moment has come, longest ago first."""
    return [row["node"] for row in await (await driver(tx)).fetch(_DUE, now, most)]


async def twice_placed(tx: Transaction, items: Sequence[NodeId], start: int) -> list[NodeId]:
    """Which of these items the ledger puts into more than one bag; they were named, maybe twice, from `start` on."""
    connection = await driver(tx)
    again = {row["node"] for row in await connection.fetch(_TOUCHED, items, start)} | _more_than_once(items)
    return [row["node"] for row in await connection.fetch(_TWICE, list(again))] if again else []


async def repeated(tx: Transaction, event_ids: Sequence[UUID], start: int) -> set[UUID]:
    """Which of these event ids, named from `start` on, stand in the ledger more than once."""
    before = await (await driver(tx)).fetch(_SAID, event_ids, start)
    return {row["event_id"] for row in before} | _more_than_once(event_ids)


def _more_than_once(names: Sequence[_Name]) -> set[_Name]:
    return {name for name, times in Counter(names).items() if times > 1} if len(set(names)) < len(names) else set()


async def beside(tx: Transaction, nodes: Sequence[NodeId]) -> list[NodeId]:
    """The nodes that are judged by the same facts as these."""
    loads = [name for name in nodes if name.startswith("load/")]
    return [row["node"] for row in await (await driver(tx)).fetch(_BESIDE, nodes, loads)]


async def upward(tx: Transaction, nodes: Iterable[NodeId]) -> list[NodeId]:
    """These nodes and all that they are or were in."""
    return [row["node"] for row in await (await driver(tx)).fetch(_UPWARD, list(nodes))]


async def alerts_before(
    tx: Transaction, before: int | None, limit: int, *, is_open: bool | None, kind: str | None, node: NodeId | None
) -> Sequence[GapRow]:
    """Alerts, the newest first, from those opened before this position."""
    query = select(GapRow).order_by(col(GapRow.opened_position).desc()).limit(limit)
    if before is not None:
        query = query.where(col(GapRow.opened_position) < before)
    if is_open is not None:
        query = query.where(col(GapRow.closed_at).is_(None) if is_open else col(GapRow.closed_at).is_not(None))
    if kind is not None:
        query = query.where(col(GapRow.kind) == kind)
    if node is not None:
        query = query.where(col(GapRow.node) == node)
    return (await tx.scalars(query)).all()


async def open_counts(tx: Transaction) -> dict[str, int]:
    """How many alerts are open, by kind."""
    statement = "SELECT kind, count(*) AS found FROM gap WHERE closed_at IS NULL GROUP BY kind ORDER BY kind"
    return {row["kind"]: row["found"] for row in await (await driver(tx)).fetch(statement)}


async def newest_change(tx: Transaction) -> int:
    """Position of the newest change, 0 when there is none."""
    return int(await (await driver(tx)).fetchval("SELECT coalesce(max(position), 0) FROM gap_change"))


async def changes_after(tx: Transaction, position: int, limit: int) -> Sequence[tuple[GapChangeRow, GapRow]]:
    """Openings and closings after this one, in their order, each with its gap."""
    query = (
        select(GapChangeRow, GapRow)
        .join(GapRow, col(GapRow.gap_id) == col(GapChangeRow.gap_id))
        .where(col(GapChangeRow.position) > position)
        .order_by(col(GapChangeRow.position))
        .limit(limit)
    )
    return [(change, gap) for change, gap in (await tx.execute(query)).all()]
