"""The service's tables and every query; writes take whole arrays."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from ewaste.contracts.events.dropoff import DropPointRegistered, ItemDropped
from ewaste.dropoff.model import Bag, Drop, Progress
from ewaste.runtime.database import Transaction, driver, write_rows
from ewaste.runtime.tables import moment
from sqlalchemy import Index, select, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel, col

__all__ = ["BagRow", "ItemRow", "PointRow", "Table"]


class Table(SQLModel, registry=registry()):
    """Base of the tables of this service."""


class PointRow(Table, table=True):
    __tablename__: ClassVar[Any] = "drop_point"

    point_id: str = Field(primary_key=True)
    name_th: str
    name_en: str | None
    khwaeng: str
    community: str | None
    latitude_microdegrees: int
    longitude_microdegrees: int
    sample: bool
    registered_at: datetime = Field(sa_column=moment())
    retired_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class BagRow(Table, table=True):
    __tablename__: ClassVar[Any] = "bag"
    __table_args__ = (Index("bag_of_point", "point_id", "installed_at"),)

    bag_id: str = Field(primary_key=True)
    point_id: str
    installed_at: datetime = Field(sa_column=moment())


class ItemRow(Table, table=True):
    __tablename__: ClassVar[Any] = "item"

    item_id: str = Field(primary_key=True)
    receipt_code: str = Field(unique=True)
    bag_id: str
    point_id: str
    category: str
    dropped_at: datetime = Field(sa_column=moment())


class BagProgressRow(Table, table=True):
    """What others told of a bag; each column is set by one fact, in any order."""

    __tablename__: ClassVar[Any] = "bag_progress"

    bag_id: str = Field(primary_key=True)
    collected_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    delivered_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    batch_id: str | None = None


class BatchProgressRow(Table, table=True):
    __tablename__: ClassVar[Any] = "batch_progress"

    batch_id: str = Field(primary_key=True)
    processed_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    certificate_id: str | None = None


_POINTS: Final = """
INSERT INTO drop_point (point_id, name_th, name_en, khwaeng, community, latitude_microdegrees, longitude_microdegrees,
                        sample, registered_at)
SELECT *, $9::timestamptz FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::int[],
                                      $8::bool[])
ON CONFLICT DO NOTHING RETURNING point_id
"""
_BAGS: Final = """
INSERT INTO bag (bag_id, point_id, installed_at) SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[])
ON CONFLICT DO NOTHING RETURNING bag_id
"""
_ITEMS: Final = """
INSERT INTO item (item_id, receipt_code, bag_id, point_id, category, dropped_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
ON CONFLICT (item_id) DO NOTHING RETURNING item_id
"""
_PROGRESS: Final = """
SELECT i.item_id, i.category, i.point_id, i.bag_id, i.dropped_at, b.collected_at, b.delivered_at, x.processed_at,
       x.certificate_id
FROM item i LEFT JOIN bag_progress b USING (bag_id) LEFT JOIN batch_progress x USING (batch_id)
WHERE i.receipt_code = $1
"""
_BAG_COLLECTED: Final = """
INSERT INTO bag_progress (bag_id, collected_at) SELECT * FROM unnest($1::text[], $2::timestamptz[])
ON CONFLICT (bag_id) DO UPDATE SET collected_at = least(bag_progress.collected_at, excluded.collected_at)
"""
_BAG_DELIVERED: Final = """
INSERT INTO bag_progress (bag_id, delivered_at) SELECT * FROM unnest($1::text[], $2::timestamptz[])
ON CONFLICT (bag_id) DO UPDATE SET delivered_at = least(bag_progress.delivered_at, excluded.delivered_at)
"""
_BAG_BATCHED: Final = """
INSERT INTO bag_progress (bag_id, batch_id) SELECT * FROM unnest($1::text[], $2::text[])
ON CONFLICT (bag_id) DO UPDATE SET batch_id = excluded.batch_id
"""
_BATCH_PROCESSED: Final = """
INSERT INTO batch_progress (batch_id, processed_at) SELECT * FROM unnest($1::text[], $2::timestamptz[])
ON CONFLICT (batch_id) DO UPDATE SET processed_at = least(batch_progress.processed_at, excluded.processed_at)
"""
_BATCH_CERTIFIED: Final = """
INSERT INTO batch_progress (batch_id, certificate_id) SELECT * FROM unnest($1::text[], $2::text[])
ON CONFLICT (batch_id) DO UPDATE SET certificate_id = excluded.certificate_id
"""


def _earliest(rows: Iterable[tuple[str, datetime]]) -> Iterable[tuple[str, datetime]]:
    """One row for each id: the earliest time stands, whichever is told first."""
    return dict(sorted(rows, key=lambda row: row[1], reverse=True)).items()


async def add_points(tx: Transaction, points: Sequence[DropPointRegistered], now: datetime) -> set[str]:
    """Store the points; returns the ids that were new."""
    rows = await (await driver(tx)).fetch(
        _POINTS,
        [p.point_id for p in points],
        [p.name_th for p in points],
        [p.name_en for p in points],
        [p.khwaeng.value for p in points],
        [p.community for p in points],
        [p.latitude_microdegrees for p in points],
        [p.longitude_microdegrees for p in points],
        [p.sample for p in points],
        now,
    )
    return {row["point_id"] for row in rows}


async def add_bags(tx: Transaction, bags: Sequence[Bag]) -> set[str]:
    """Store the bags; returns the ids that were new."""
    rows = await (await driver(tx)).fetch(
        _BAGS, [b.bag_id for b in bags], [b.point_id for b in bags], [b.installed_at for b in bags]
    )
    return {row["bag_id"] for row in rows}


async def bags_of(tx: Transaction, point_ids: Iterable[str]) -> dict[str, list[Bag]]:
    """All bags of these boxes, oldest first."""
    query = select(BagRow).where(col(BagRow.point_id).in_(set(point_ids)))
    found: dict[str, list[Bag]] = {}
    for row in await tx.scalars(query.order_by(col(BagRow.installed_at), col(BagRow.bag_id))):
        found.setdefault(row.point_id, []).append(Bag(row.bag_id, row.point_id, row.installed_at))
    return found


async def bag(tx: Transaction, bag_id: str) -> Bag | None:
    row = await tx.get(BagRow, bag_id)
    return Bag(row.bag_id, row.point_id, row.installed_at) if row else None


async def point(tx: Transaction, point_id: str, *, lock: bool = False) -> PointRow | None:
    return await tx.get(PointRow, point_id, with_for_update=lock)


async def points_after(tx: Transaction, after: str | None, khwaeng: str | None, limit: int) -> Sequence[PointRow]:
    """Points in the order of their ids, retired ones left out."""
    query = select(PointRow).where(col(PointRow.retired_at).is_(None)).order_by(col(PointRow.point_id)).limit(limit)
    if after is not None:
        query = query.where(col(PointRow.point_id) > after)
    if khwaeng is not None:
        query = query.where(col(PointRow.khwaeng) == khwaeng)
    return (await tx.scalars(query)).all()


async def add_items(tx: Transaction, items: Sequence[tuple[Drop, ItemDropped]]) -> set[str]:
    """Store the items; returns the ids that were new."""
    rows = await (await driver(tx)).fetch(
        _ITEMS,
        [drop.item_id for drop, _ in items],
        [drop.receipt_code for drop, _ in items],
        [fact.bag_id for _, fact in items],
        [fact.point_id for _, fact in items],
        [fact.category.value for _, fact in items],
        [drop.dropped_at for drop, _ in items],
    )
    return {row["item_id"] for row in rows}


async def items(tx: Transaction, item_ids: Iterable[str]) -> dict[str, ItemRow]:
    query = select(ItemRow).where(col(ItemRow.item_id).in_(set(item_ids)))
    return {row.item_id: row for row in await tx.scalars(query)}


async def item_progress(tx: Transaction, receipt_code: str) -> tuple[dict[str, Any], Progress] | None:
    """The item behind a receipt code and what is known of its way."""
    row = await (await driver(tx)).fetchrow(_PROGRESS, receipt_code)
    if row is None:
        return None
    return dict(row), Progress(row["collected_at"], row["delivered_at"], row["processed_at"], row["certificate_id"])


async def bags_collected(tx: Transaction, rows: Iterable[tuple[str, datetime]]) -> None:
    await write_rows(tx, _BAG_COLLECTED, _earliest(rows))


async def bags_delivered(tx: Transaction, rows: Iterable[tuple[str, datetime]]) -> None:
    await write_rows(tx, _BAG_DELIVERED, _earliest(rows))


async def bags_batched(tx: Transaction, rows: Iterable[tuple[str, str]]) -> None:
    await write_rows(tx, _BAG_BATCHED, dict(rows).items())


async def batches_processed(tx: Transaction, rows: Iterable[tuple[str, datetime]]) -> None:
    await write_rows(tx, _BATCH_PROCESSED, _earliest(rows))


async def batches_certified(tx: Transaction, rows: Iterable[tuple[str, str]]) -> None:
    await write_rows(tx, _BATCH_CERTIFIED, dict(rows).items())


async def retire(tx: Transaction, point_id: str, now: datetime) -> None:
    await tx.execute(text("UPDATE drop_point SET retired_at = :now WHERE point_id = :id"), {"now": now, "id": point_id})
