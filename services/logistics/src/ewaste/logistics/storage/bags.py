"""Boxes and bags as others told of them, and the collections."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from asyncpg import Record
from ewaste.contracts.events.dropoff import DropPointRegistered
from ewaste.logistics.model.collections import Collection
from ewaste.runtime.database import Transaction, driver, write_rows

__all__ = [
    "add_bags",
    "add_collections",
    "add_points",
    "bag",
    "collections_like",
    "collections_of",
    "known_bags",
    "known_points",
    "remove_collection",
    "told_bags",
    "withdraw",
]

_POINTS: Final = """
INSERT INTO point (event_id, point_id, name_th, name_en, khwaeng, latitude_microdegrees, longitude_microdegrees)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::int[])
ON CONFLICT DO NOTHING
"""
_BAGS: Final = """
INSERT INTO bag (event_id, bag_id, point_id, installed_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) ON CONFLICT DO NOTHING
"""
_WITHDRAWN: Final = "INSERT INTO withdrawn (event_id) SELECT * FROM unnest($1::uuid[]) ON CONFLICT DO NOTHING"
_STANDING: Final = "NOT EXISTS (SELECT FROM withdrawn w WHERE w.event_id = {told}.event_id)"
# Sorted, so that two crews' requests wait for each other in one order.
_COLLECTIONS: Final = """
INSERT INTO collection (bag_id, point_id, seal_number, gross_grams, tare_grams, next_bag_id, carrier_id, plan_id,
                        collected_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::int[], $6::text[], $7::text[], $8::text[],
                     $9::timestamptz[]) ORDER BY 1
ON CONFLICT DO NOTHING RETURNING bag_id
"""
_COLLECTED: Final = "SELECT * FROM collection WHERE bag_id = ANY($1::text[])"
_LIKE: Final = """
SELECT * FROM collection
WHERE bag_id = ANY($1::text[]) OR seal_number = ANY($2::text[]) OR next_bag_id = ANY($3::text[])
"""
# The crew that took the bag before knows the fresh one before the drop-off service tells of it.
_KNOWN_BAGS: Final = f"""
WITH asked AS (SELECT * FROM unnest($1::text[], $2::text[]) AS t(bag_id, point_id))
SELECT bag_id FROM asked JOIN bag USING (bag_id, point_id) WHERE {_STANDING.format(told="bag")}
UNION SELECT asked.bag_id FROM asked JOIN collection c ON (c.next_bag_id, c.point_id) = (asked.bag_id, asked.point_id)
"""
_TOLD_BAGS: Final = f"""
SELECT bag_id FROM bag WHERE bag_id = ANY($1::text[]) AND {_STANDING.format(told="bag")}
UNION SELECT bag_id FROM collection WHERE bag_id = ANY($1::text[])
UNION SELECT next_bag_id FROM collection WHERE next_bag_id = ANY($1::text[])
UNION SELECT bag_id FROM load_bag WHERE bag_id = ANY($1::text[])
"""
_KNOWN_POINTS: Final = (
    f"SELECT point_id FROM point WHERE point_id = ANY($1::text[]) AND {_STANDING.format(told='point')}"
)
_BAG: Final = f"""
SELECT asked.bag_id, coalesce(c.point_id, b.point_id, before.point_id) AS point_id,
       coalesce(b.installed_at, before.collected_at) AS installed_at, c.seal_number, c.gross_grams, c.tare_grams,
       c.next_bag_id, c.carrier_id, c.plan_id, c.collected_at, l.load_id, l.standing, x.break_id
FROM (SELECT $1::text AS bag_id) asked
LEFT JOIN LATERAL (SELECT * FROM bag WHERE bag.bag_id = asked.bag_id AND {_STANDING.format(told="bag")}
                   ORDER BY installed_at DESC, event_id LIMIT 1) b ON true
LEFT JOIN collection c ON c.bag_id = asked.bag_id
LEFT JOIN collection before ON before.next_bag_id = asked.bag_id
LEFT JOIN LATERAL (SELECT load_id, standing FROM load_bag WHERE load_bag.bag_id = asked.bag_id
                   ORDER BY released_at DESC NULLS FIRST LIMIT 1) l ON true
LEFT JOIN broken_bag x ON x.bag_id = asked.bag_id
WHERE coalesce(b.bag_id, c.bag_id, before.bag_id, CASE WHEN l.load_id IS NOT NULL THEN asked.bag_id END) IS NOT NULL
"""


async def add_points(tx: Transaction, points: Sequence[tuple[UUID, DropPointRegistered]]) -> None:
    """Each with the event that told of it."""
    rows = [
        (event_id, p.point_id, p.name_th, p.name_en, p.khwaeng.value, p.latitude_microdegrees, p.longitude_microdegrees)
        for event_id, p in points
    ]
    await write_rows(tx, _POINTS, rows)


async def add_bags(tx: Transaction, bags: Iterable[tuple[UUID, str, str, datetime]]) -> None:
    """Event, bag, box and time of each."""
    await write_rows(tx, _BAGS, bags)


async def withdraw(tx: Transaction, event_ids: Iterable[UUID]) -> None:
    """Events of others that their source took back, whether they came here yet or not."""
    await write_rows(tx, _WITHDRAWN, ((event_id,) for event_id in event_ids))


async def add_collections(tx: Transaction, collections: Sequence[Collection]) -> set[str]:
    """Store them; returns the bags that were new: one that shares its bag, seal or fresh bag with another is not."""
    rows = await (await driver(tx)).fetch(
        _COLLECTIONS,
        [c.bag_id for c in collections],
        [c.point_id for c in collections],
        [c.seal_number for c in collections],
        [c.gross_grams for c in collections],
        [c.tare_grams for c in collections],
        [c.next_bag_id for c in collections],
        [c.carrier_id for c in collections],
        [c.plan_id for c in collections],
        [c.collected_at for c in collections],
    )
    return {row["bag_id"] for row in rows}


async def collections_of(tx: Transaction, bag_ids: Iterable[str]) -> dict[str, Collection]:
    """The collections of these bags, by bag."""
    rows = await (await driver(tx)).fetch(_COLLECTED, list(bag_ids))
    return {row["bag_id"]: Collection(**row) for row in rows}


async def collections_like(tx: Transaction, collections: Sequence[Collection]) -> list[Collection]:
    """Stored collections that share a bag, a seal or a fresh bag with one of these."""
    rows = await (await driver(tx)).fetch(
        _LIKE,
        [c.bag_id for c in collections],
        [c.seal_number for c in collections],
        [c.next_bag_id for c in collections if c.next_bag_id],
    )
    return [Collection(**row) for row in rows]


async def known_bags(tx: Transaction, bags: Iterable[tuple[str, str]]) -> set[str]:
    """Of these pairs of bag and box, the bags of which somebody told that they hung in that box."""
    columns: list[Any] = [list(column) for column in zip(*bags, strict=True)]
    return {row["bag_id"] for row in await (await driver(tx)).fetch(_KNOWN_BAGS, *columns)} if columns else set()


async def told_bags(tx: Transaction, bag_ids: Iterable[str]) -> set[str]:
    """Of these the bags that anybody ever told of."""
    return {row["bag_id"] for row in await (await driver(tx)).fetch(_TOLD_BAGS, list(bag_ids))}


async def remove_collection(tx: Transaction, bag_id: str) -> None:
    await (await driver(tx)).execute("DELETE FROM collection WHERE bag_id = $1", bag_id)


async def known_points(tx: Transaction, point_ids: Iterable[str]) -> set[str]:
    return {row["point_id"] for row in await (await driver(tx)).fetch(_KNOWN_POINTS, list(point_ids))}


async def bag(tx: Transaction, bag_id: str) -> Record | None:
    """What is known of a bag: where it hung, its collection, its load and whether a recycler took it."""
    return await (await driver(tx)).fetchrow(_BAG, bag_id)
