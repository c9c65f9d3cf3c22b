"""Loads, their bags and their places in the chain of hands; what their records show, kept for lists."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from asyncpg import Record
from ewaste.contracts.events.logistics import BagInLoad, LoadDispatched
from ewaste.logistics.model.cases import BagStanding
from ewaste.logistics.model.loads import Load
from ewaste.logistics.model.words import Word
from ewaste.logistics.storage.tables import LoadRow
from ewaste.runtime.database import Transaction, driver

__all__ = [
    "add_handover",
    "add_load",
    "bags_in_stores",
    "claim_bags",
    "closing",
    "handover_after",
    "handover_taken",
    "load",
    "loads_before",
    "loads_of_bags",
    "lock_load",
    "remove_handover",
    "remove_load",
    "resting_on",
    "store_standing",
    "went_on",
]

_LOAD: Final = """
INSERT INTO load (load_id, carrier_id, origin_id, destination_id, manifest_number, gross_grams, dispatched_at,
                  state, holder_id, place_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'dispatched', $2, $3) ON CONFLICT DO NOTHING RETURNING 1
"""
_CLAIM: Final = """
INSERT INTO load_bag (load_id, bag_id, seal_number, gross_grams, stated, standing)
SELECT $1, *, 'in_transit' FROM unnest($2::text[], $3::text[], $4::int[], $5::bool[]) ORDER BY 2
ON CONFLICT DO NOTHING RETURNING bag_id
"""
_ELSEWHERE: Final = "SELECT bag_id, load_id FROM load_bag WHERE bag_id = ANY($1::text[]) AND released_at IS NULL"
_IN_STORES: Final = """
SELECT DISTINCT ON (b.bag_id) b.bag_id, b.standing, l.holder_id, l.place_id, l.load_id
FROM load_bag b JOIN load l USING (load_id) WHERE b.bag_id = ANY($1::text[])
ORDER BY b.bag_id, b.released_at DESC NULLS FIRST
"""
_CLOSING: Final = """
SELECT seal_number, bag_id FROM collection WHERE seal_number = ANY($1::text[])
UNION SELECT seal_number, bag_id FROM load_bag WHERE stated AND seal_number = ANY($1::text[])
"""
_LOCK: Final = "SELECT 1 FROM load WHERE load_id = $1 FOR UPDATE"
_BAGS: Final = "SELECT bag_id, seal_number, gross_grams, stated FROM load_bag WHERE load_id = $1"
_LOADS_OF: Final = "SELECT DISTINCT load_id FROM load_bag WHERE bag_id = ANY($1::text[]) ORDER BY 1"
_HANDOVER: Final = """
INSERT INTO handover (handover_id, load_id, number, partial)
SELECT $1, $2::text, 1 + count(*), $3 FROM handover WHERE load_id = $2::text ON CONFLICT DO NOTHING RETURNING number
"""
_HANDOVER_TAKEN: Final = "SELECT load_id FROM handover WHERE handover_id = $1"
_RESTING: Final = "SELECT min(load_id) FROM load_bag WHERE bag_id = $1 AND NOT stated"
_HANDOVER_AFTER: Final = """
SELECT later.handover_id FROM handover h JOIN handover later USING (load_id)
WHERE h.handover_id = $1 AND later.number > h.number ORDER BY later.number DESC LIMIT 1
"""
_WENT_ON: Final = """
SELECT o.bag_id, o.load_id FROM load_bag l JOIN load_bag o USING (bag_id)
WHERE l.load_id = $1 AND l.bag_id = ANY($2::text[]) AND l.released_at IS NOT NULL
  AND o.load_id <> $1 AND (o.released_at IS NULL OR o.released_at > l.released_at)
ORDER BY o.bag_id LIMIT 1
"""
_REMOVE_LOAD: Final = (
    "DELETE FROM offer WHERE load_id = $1",
    "DELETE FROM dispute WHERE load_id = $1",
    "DELETE FROM load_bag WHERE load_id = $1",
    "DELETE FROM load WHERE load_id = $1",
)
_BEFORE: Final = """
SELECT *, (SELECT count(*) FROM load_bag b WHERE b.load_id = load.load_id) AS bag_count FROM load
WHERE (dispatched_at, load_id) < (coalesce($1::timestamptz, 'infinity'), coalesce($2::text, ''))
ORDER BY dispatched_at DESC, load_id DESC LIMIT $3
"""
_STANDING: Final = "UPDATE load SET state = $2, holder_id = $3, place_id = $4 WHERE load_id = $1"
_BAG_STANDING: Final = """
UPDATE load_bag SET standing = s.standing
FROM unnest($2::text[], $3::text[]) AS s(bag_id, standing)
WHERE load_id = $1 AND load_bag.bag_id = s.bag_id AND load_bag.standing <> s.standing
"""
_RELEASE: Final = """
UPDATE load_bag SET released_at = $3 WHERE load_id = $1 AND bag_id = ANY($2::text[]) AND released_at IS NULL
"""
_CLAIM_BACK: Final = """
UPDATE load_bag SET released_at = NULL
WHERE load_id = $1 AND bag_id <> ALL($2::text[]) AND released_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM load_bag o WHERE o.bag_id = load_bag.bag_id AND o.released_at IS NULL)
"""


async def add_load(tx: Transaction, load: Load, fact: LoadDispatched) -> bool:
    """Store the load without its bags; False where its id is taken."""
    added = await (await driver(tx)).fetchval(
        _LOAD,
        load.load_id,
        load.carrier_id,
        load.origin_id,
        load.destination_id,
        load.manifest_number,
        fact.gross_grams,
        load.dispatched_at,
    )
    return added is not None


async def claim_bags(
    tx: Transaction, load_id: str, bags: Sequence[BagInLoad], stated: Mapping[str, Word]
) -> dict[str, str]:
    """Put the bags into the load; returns those that could not be, with the load each is in."""
    connection = await driver(tx)
    rows = await connection.fetch(
        _CLAIM,
        load_id,
        [bag.bag_id for bag in bags],
        [bag.seal_number for bag in bags],
        [bag.gross_grams for bag in bags],
        [bag.bag_id in stated for bag in bags],
    )
    left = sorted({bag.bag_id for bag in bags} - {row["bag_id"] for row in rows})
    found = {row["bag_id"]: row["load_id"] for row in await connection.fetch(_ELSEWHERE, left)} if left else {}
    # One that was released meanwhile is still not in this load.
    return {bag_id: found.get(bag_id, "another load") for bag_id in left}


async def bags_in_stores(tx: Transaction, bag_ids: Iterable[str]) -> list[Record]:
    """Of these bags those that are free in a store: its holder, place and the load they came with."""
    rows = await (await driver(tx)).fetch(_IN_STORES, list(bag_ids))
    return [row for row in rows if row["standing"] == BagStanding.STORED]


async def closing(tx: Transaction, seals: Iterable[str]) -> dict[str, str]:
    """Which bag each of these seals closes."""
    rows = await (await driver(tx)).fetch(_CLOSING, list(seals))
    return {row["seal_number"]: row["bag_id"] for row in rows}


async def load(tx: Transaction, load_id: str) -> Load | None:
    row = await tx.get(LoadRow, load_id, populate_existing=True)
    if row is None:
        return None
    bags = await (await driver(tx)).fetch(_BAGS, load_id)
    return Load(
        load_id=row.load_id,
        carrier_id=row.carrier_id,
        origin_id=row.origin_id,
        destination_id=row.destination_id,
        manifest_number=row.manifest_number,
        bag_ids=frozenset(bag["bag_id"] for bag in bags),
        dispatched_at=row.dispatched_at,
        stated={bag["bag_id"]: Word(bag["seal_number"], bag["gross_grams"]) for bag in bags if bag["stated"]},
    )


async def lock_load(tx: Transaction, load_id: str) -> bool:
    """Events about the load are written one after the other; False where it is unknown."""
    return await (await driver(tx)).fetchval(_LOCK, load_id) is not None


async def loads_of_bags(tx: Transaction, bag_ids: Iterable[str]) -> list[str]:
    """The loads that these bags are or were in, sorted."""
    return [row["load_id"] for row in await (await driver(tx)).fetch(_LOADS_OF, list(bag_ids))]


async def add_handover(tx: Transaction, handover_id: str, load_id: str, *, partial: bool) -> bool:
    """Take the next place in the chain of hands; False where its id is taken. The load is locked."""
    return await (await driver(tx)).fetchval(_HANDOVER, handover_id, load_id, partial) is not None


async def handover_taken(tx: Transaction, handover_id: str) -> str | None:
    """The load whose handover has this id."""
    found: str | None = await (await driver(tx)).fetchval(_HANDOVER_TAKEN, handover_id)
    return found


async def resting_on(tx: Transaction, bag_id: str) -> str | None:
    """A load that the bag left in as its crew had collected it."""
    found: str | None = await (await driver(tx)).fetchval(_RESTING, bag_id)
    return found


async def handover_after(tx: Transaction, handover_id: str) -> str | None:
    """The last handover of the load, where it is a later one."""
    found: str | None = await (await driver(tx)).fetchval(_HANDOVER_AFTER, handover_id)
    return found


async def went_on(tx: Transaction, load_id: str, bag_ids: Iterable[str]) -> tuple[str, str] | None:
    """One of these bags that left this load for a later one, and which."""
    row = await (await driver(tx)).fetchrow(_WENT_ON, load_id, list(bag_ids))
    return (row["bag_id"], row["load_id"]) if row else None


async def remove_handover(tx: Transaction, handover_id: str) -> None:
    await (await driver(tx)).execute("DELETE FROM handover WHERE handover_id = $1", handover_id)


async def remove_load(tx: Transaction, load_id: str) -> None:
    """Its bags are free again."""
    connection = await driver(tx)
    for statement in _REMOVE_LOAD:
        await connection.execute(statement, load_id)


async def loads_before(tx: Transaction, before: tuple[datetime, str] | None, limit: int) -> list[Record]:
    """Loads, the latest first, that left before this time and id."""
    return await (await driver(tx)).fetch(_BEFORE, *(before or (None, None)), limit)


async def store_standing(
    tx: Transaction,
    load_id: str,
    *,
    state: str,
    holder_id: str,
    place_id: str,
    bags: Mapping[str, BagStanding],
    freed: set[str],
    now: datetime,
) -> None:
    """Keep what the load's records show; the bags in `freed` may go into another load, the others may not."""
    connection = await driver(tx)
    await connection.execute(_STANDING, load_id, state, holder_id, place_id)
    await connection.execute(_BAG_STANDING, load_id, list(bags), [one.value for one in bags.values()])
    await connection.execute(_RELEASE, load_id, sorted(freed), now)
    await connection.execute(_CLAIM_BACK, load_id, sorted(freed))
