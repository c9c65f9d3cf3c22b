"""Boxes, bags and items; writes take whole arrays."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from ewaste.contracts.events.dropoff import DropPointRegistered, ItemDropped
from ewaste.dropoff.model import Bag, Drop
from ewaste.dropoff.storage.tables import BagRow, ItemRow, PointRow
from ewaste.runtime.database import Transaction, driver
from sqlalchemy import select, text
from sqlmodel import col

__all__ = [
    "add_bags",
    "add_items",
    "add_points",
    "bag",
    "bags_caused_by",
    "bags_of",
    "item_in",
    "items",
    "point",
    "points_after",
    "remove",
    "retire",
]

_POINTS: Final = """
INSERT INTO drop_point (point_id, name_th, name_en, khwaeng, community, latitude_microdegrees, longitude_microdegrees,
                        sample, event_id, registered_at)
SELECT *, $10::timestamptz FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[],
                                       $7::int[], $8::bool[], $9::uuid[])
ON CONFLICT DO NOTHING RETURNING event_id
"""
_BAGS: Final = """
INSERT INTO bag (bag_id, point_id, installed_at, event_id, cause_event_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::uuid[], $5::uuid[])
ON CONFLICT DO NOTHING RETURNING event_id
"""
_ITEMS: Final = """
INSERT INTO item (item_id, receipt_code, bag_id, point_id, category, dropped_at, event_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::uuid[])
ON CONFLICT (item_id) DO NOTHING RETURNING item_id
"""
# No index of items by bag: that is the hot table, and only a rare correction asks.
_ITEM_IN: Final = "SELECT item_id FROM item WHERE bag_id = $1 LIMIT 1"
_REMOVE: Final = {
    "DropPointRegistered": "DELETE FROM drop_point WHERE point_id = $1",
    "BagInstalled": "DELETE FROM bag WHERE bag_id = $1",
    "ItemDropped": "DELETE FROM item WHERE item_id = $1",
}


async def add_points(tx: Transaction, facts: Sequence[tuple[UUID, DropPointRegistered]], now: datetime) -> set[UUID]:
    """Store the points, each with the event that tells it; returns the events that were new."""
    points = [point for _, point in facts]
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
        [event_id for event_id, _ in facts],
        now,
    )
    return {row["event_id"] for row in rows}


async def add_bags(tx: Transaction, bags: Sequence[tuple[Bag, UUID, UUID | None]]) -> set[UUID]:
    """Store the bags, each with the event that tells it and what caused that; returns the events that were new."""
    rows = await (await driver(tx)).fetch(
        _BAGS,
        [bag.bag_id for bag, _, _ in bags],
        [bag.point_id for bag, _, _ in bags],
        [bag.installed_at for bag, _, _ in bags],
        [event_id for _, event_id, _ in bags],
        [cause for _, _, cause in bags],
    )
    return {row["event_id"] for row in rows}


async def bags_caused_by(tx: Transaction, event_ids: Sequence[UUID]) -> Sequence[BagRow]:
    """The bags that crews hung by these collections."""
    if not event_ids:
        return ()
    return (await tx.scalars(select(BagRow).where(col(BagRow.cause_event_id).in_(set(event_ids))))).all()


async def item_in(tx: Transaction, bag_id: str) -> str | None:
    """One of the items in a bag."""
    found: str | None = await (await driver(tx)).fetchval(_ITEM_IN, bag_id)
    return found


async def remove(tx: Transaction, type: str, subject: str) -> None:
    """The row that a fact of this type left behind."""
    await (await driver(tx)).execute(_REMOVE[type], subject)
    tx.expire_all()


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


async def add_items(tx: Transaction, items: Sequence[tuple[Drop, ItemDropped, UUID]]) -> set[str]:
    """Store the items, each with the event that tells it; returns the ids that were new."""
    rows = await (await driver(tx)).fetch(
        _ITEMS,
        [drop.item_id for drop, _, _ in items],
        [drop.receipt_code for drop, _, _ in items],
        [fact.bag_id for _, fact, _ in items],
        [fact.point_id for _, fact, _ in items],
        [fact.category.value for _, fact, _ in items],
        [drop.dropped_at for drop, _, _ in items],
        [event_id for _, _, event_id in items],
    )
    return {row["item_id"] for row in rows}


async def items(tx: Transaction, item_ids: Iterable[str]) -> dict[str, ItemRow]:
    query = select(ItemRow).where(col(ItemRow.item_id).in_(set(item_ids)))
    return {row.item_id: row for row in await tx.scalars(query)}


async def retire(tx: Transaction, point_id: str, now: datetime) -> None:
    await tx.execute(text("UPDATE drop_point SET retired_at = :now WHERE point_id = :id"), {"now": now, "id": point_id})
