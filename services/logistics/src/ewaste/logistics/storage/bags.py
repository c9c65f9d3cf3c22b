"""Boxes and bags as others told of them, and the collections."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from asyncpg import Record
from ewaste.contracts.events.dropoff import DropPointRegistered
from ewaste.logistics.model import Collection
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
]

_POINTS: Final = """
INSERT INTO point (point_id, name_th, name_en, khwaeng, latitude_microdegrees, longitude_microdegrees)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::int[]) ON CONFLICT DO NOTHING
"""
_BAGS: Final = """
INSERT INTO bag (bag_id, point_id, installed_at) SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[])
ON CONFLICT DO NOTHING
"""
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
_KNOWN_BAGS: Final = """
WITH asked AS (SELECT * FROM unnest($1::text[], $2::text[]) AS t(bag_id, point_id))
SELECT bag_id FROM asked JOIN bag USING (bag_id, point_id)
UNION SELECT asked.bag_id FROM asked JOIN collection c ON (c.next_bag_id, c.point_id) = (asked.bag_id, asked.point_id)
"""
_KNOWN_POINTS: Final = "SELECT point_id FROM point WHERE point_id = ANY($1::text[])"
_BAG: Final = """
SELECT asked.bag_id, coalesce(c.point_id, b.point_id, before.point_id) AS point_id,
       coalesce(b.installed_at, before.collected_at) AS installed_at, c.seal_number, c.gross_grams, c.tare_grams,
       c.next_bag_id, c.carrier_id, c.plan_id, c.collected_at, l.load_id,
       a.received_at IS NOT NULL AND coalesce(a.rejected_at, x.rejected_at) IS NULL AS accepted
FROM (SELECT $1::text AS bag_id) asked
LEFT JOIN bag b USING (bag_id)
LEFT JOIN collection c USING (bag_id)
LEFT JOIN collection before ON before.next_bag_id = asked.bag_id
LEFT JOIN load_bag l ON l.bag_id = asked.bag_id AND l.released_at IS NULL
LEFT JOIN answer_bag a ON (a.load_id, a.bag_id) = (l.load_id, asked.bag_id)
LEFT JOIN answer x ON x.load_id = l.load_id
WHERE coalesce(b.bag_id, c.bag_id, before.bag_id) IS NOT NULL
"""


async def add_points(tx: Transaction, points: Sequence[DropPointRegistered]) -> None:
    await (await driver(tx)).execute(
        _POINTS,
        [p.point_id for p in points],
        [p.name_th for p in points],
        [p.name_en for p in points],
        [p.khwaeng.value for p in points],
        [p.latitude_microdegrees for p in points],
        [p.longitude_microdegrees for p in points],
    )


async def add_bags(tx: Transaction, bags: Iterable[tuple[str, str, datetime]]) -> None:
    """Bag, box and time of each."""
    await write_rows(tx, _BAGS, bags)


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


async def known_points(tx: Transaction, point_ids: Iterable[str]) -> set[str]:
    return {row["point_id"] for row in await (await driver(tx)).fetch(_KNOWN_POINTS, list(point_ids))}


async def bag(tx: Transaction, bag_id: str) -> Record | None:
    """What is known of a bag: where it hung, its collection, its load and whether a recycler took it."""
    return await (await driver(tx)).fetchrow(_BAG, bag_id)
