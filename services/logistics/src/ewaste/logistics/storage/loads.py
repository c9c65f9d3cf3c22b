"""Loads, handovers and the recyclers' answers."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from asyncpg import Record
from ewaste.contracts.events.logistics import BagHandover, BagInLoad, HandoverRecorded, LoadDispatched
from ewaste.logistics.model import Load, LoadFacts
from ewaste.logistics.storage.tables import HandoverBagRow, HandoverRow, LoadBagRow, LoadRow
from ewaste.runtime.database import Transaction, driver, write_rows
from sqlalchemy import select
from sqlmodel import col

__all__ = [
    "add_handover",
    "add_load",
    "bags_received",
    "bags_rejected",
    "claim_bags",
    "given_bags",
    "handover",
    "handovers_of",
    "load",
    "load_with_facts",
    "loads_before",
    "loads_received",
    "loads_rejected",
    "lock_load",
    "release_bags",
]

_LOAD: Final = """
INSERT INTO load (load_id, carrier_id, origin_id, destination_id, manifest_number, gross_grams, dispatched_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING 1
"""
_CLAIM: Final = """
INSERT INTO load_bag (load_id, bag_id) SELECT $1, bag_id FROM unnest($2::text[]) AS t(bag_id) ORDER BY bag_id
ON CONFLICT DO NOTHING RETURNING bag_id
"""
_ELSEWHERE: Final = "SELECT bag_id, load_id FROM load_bag WHERE bag_id = ANY($1::text[]) AND released_at IS NULL"
_LOCK: Final = "SELECT 1 FROM load WHERE load_id = $1 FOR UPDATE"
_GIVEN: Final = """
SELECT bag_id, seal_number, gross_grams FROM load_bag JOIN collection USING (bag_id) WHERE load_id = $1 ORDER BY bag_id
"""
_HANDOVER: Final = """
INSERT INTO handover (handover_id, load_id, giver_id, receiver_id, place_id, given_grams, received_grams, difference,
                      handed_over_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING 1
"""
_HANDOVER_BAGS: Final = """
INSERT INTO handover_bag (handover_id, bag_id, seal_given, seal_read, given_grams, received_grams, difference)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::int[], $6::int[], $7::text[])
"""
# `shown` limits the loads before their bags are counted.
_FACTS: Final = """
WITH shown AS ({shown})
SELECT shown.*, count(*) AS sent, count(a.received_at) AS received,
       count(coalesce(a.rejected_at, x.rejected_at)) AS rejected,
       count(*) FILTER (WHERE a.received_at IS NOT NULL AND coalesce(a.rejected_at, x.rejected_at) IS NOT NULL)
           AS contradicted,
       EXISTS (SELECT FROM answer_bag o WHERE o.load_id = shown.load_id AND o.received_at IS NOT NULL
               AND NOT EXISTS (SELECT FROM load_bag WHERE (load_id, bag_id) = (o.load_id, o.bag_id))) AS foreign_bag,
       coalesce(bool_or(x.difference IN ('significant', 'seal_mismatch')), false) OR EXISTS (
           SELECT FROM handover h WHERE h.load_id = shown.load_id AND h.difference IN ('significant', 'seal_mismatch')
       ) AS grave,
       EXISTS (SELECT FROM handover h WHERE h.load_id = shown.load_id
               AND shown.destination_id IN (h.receiver_id, h.place_id)) AS arrived
FROM shown JOIN load_bag b USING (load_id) LEFT JOIN answer_bag a USING (load_id, bag_id)
LEFT JOIN answer x USING (load_id)
GROUP BY load_id, carrier_id, origin_id, destination_id, manifest_number, gross_grams, dispatched_at
ORDER BY dispatched_at DESC, load_id DESC
"""
_ONE_LOAD: Final = _FACTS.format(shown="SELECT * FROM load WHERE load_id = $1")
_LOADS_BEFORE: Final = _FACTS.format(
    shown="""SELECT * FROM load
WHERE (dispatched_at, load_id) < (coalesce($1::timestamptz, 'infinity'), coalesce($2::text, ''))
ORDER BY dispatched_at DESC, load_id DESC LIMIT $3"""
)
_BAGS_RECEIVED: Final = """
INSERT INTO answer_bag (load_id, bag_id, received_at) SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[])
ON CONFLICT (load_id, bag_id) DO UPDATE SET received_at = least(answer_bag.received_at, excluded.received_at)
"""
_BAGS_REJECTED: Final = """
INSERT INTO answer_bag (load_id, bag_id, rejected_at) SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[])
ON CONFLICT (load_id, bag_id) DO UPDATE SET rejected_at = least(answer_bag.rejected_at, excluded.rejected_at)
"""
_LOADS_REJECTED: Final = """
INSERT INTO answer (load_id, rejected_at) SELECT * FROM unnest($1::text[], $2::timestamptz[])
ON CONFLICT (load_id) DO UPDATE SET rejected_at = least(answer.rejected_at, excluded.rejected_at)
"""
_LOADS_RECEIVED: Final = """
INSERT INTO answer (load_id, difference) SELECT * FROM unnest($1::text[], $2::text[])
ON CONFLICT (load_id) DO UPDATE SET difference = excluded.difference
"""
_RELEASE: Final = """
UPDATE load_bag SET released_at = refused.at
FROM (SELECT load_id, bag_id, coalesce(a.rejected_at, x.rejected_at) AS at
      FROM load_bag LEFT JOIN answer_bag a USING (load_id, bag_id) LEFT JOIN answer x USING (load_id)
      WHERE load_id = ANY($1::text[]) AND a.received_at IS NULL) AS refused
WHERE (load_bag.load_id, load_bag.bag_id) = (refused.load_id, refused.bag_id)
  AND refused.at IS NOT NULL AND load_bag.released_at IS NULL
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


async def claim_bags(tx: Transaction, load_id: str, bag_ids: Iterable[str]) -> dict[str, str]:
    """Put the bags into the load; returns those that could not be, with the load each is in."""
    connection = await driver(tx)
    claimed = {row["bag_id"] for row in await connection.fetch(_CLAIM, load_id, list(bag_ids))}
    left = sorted(set(bag_ids) - claimed)
    found = {row["bag_id"]: row["load_id"] for row in await connection.fetch(_ELSEWHERE, left)} if left else {}
    # One that was released meanwhile is still not in this load.
    return {bag_id: found.get(bag_id, "another load") for bag_id in left}


async def load(tx: Transaction, load_id: str) -> Load | None:
    row = await tx.get(LoadRow, load_id)
    if row is None:
        return None
    bag_ids = await tx.scalars(select(col(LoadBagRow.bag_id)).where(col(LoadBagRow.load_id) == load_id))
    return Load(
        load_id=row.load_id,
        carrier_id=row.carrier_id,
        origin_id=row.origin_id,
        destination_id=row.destination_id,
        manifest_number=row.manifest_number,
        bag_ids=frozenset(bag_ids),
        dispatched_at=row.dispatched_at,
    )


async def lock_load(tx: Transaction, load_id: str) -> bool:
    """Events about the load are written one after the other; False where it is unknown."""
    return await (await driver(tx)).fetchval(_LOCK, load_id) is not None


async def given_bags(tx: Transaction, load_id: str) -> dict[str, BagInLoad]:
    """The bags of a load with the seals and grams it was dispatched with."""
    rows = await (await driver(tx)).fetch(_GIVEN, load_id)
    return {row["bag_id"]: BagInLoad(**row) for row in rows}


async def add_handover(tx: Transaction, fact: HandoverRecorded, at: datetime) -> bool:
    """Store it; False where its id is taken."""
    connection = await driver(tx)
    head = (fact.handover_id, fact.load_id, fact.giver_id, fact.receiver_id, fact.place_id)
    sums = (fact.given_grams, fact.received_grams, fact.difference.value)
    if await connection.fetchval(_HANDOVER, *head, *sums, at) is None:
        return False
    await connection.execute(
        _HANDOVER_BAGS,
        fact.handover_id,
        [bag.bag_id for bag in fact.bags],
        [bag.seal_given for bag in fact.bags],
        [bag.seal_read for bag in fact.bags],
        [bag.given_grams for bag in fact.bags],
        [bag.received_grams for bag in fact.bags],
        [bag.difference.value for bag in fact.bags],
    )
    return True


async def handover(tx: Transaction, handover_id: str) -> HandoverRecorded | None:
    """The handover as it was told."""
    row = await tx.get(HandoverRow, handover_id)
    if row is None:
        return None
    query = select(HandoverBagRow).where(col(HandoverBagRow.handover_id) == handover_id)
    bags = await tx.scalars(query.order_by(col(HandoverBagRow.bag_id)))
    return HandoverRecorded(**row.model_dump(), bags=tuple(BagHandover(**bag.model_dump()) for bag in bags))


async def handovers_of(tx: Transaction, load_id: str) -> Sequence[HandoverRow]:
    query = select(HandoverRow).where(col(HandoverRow.load_id) == load_id)
    return (await tx.scalars(query.order_by(col(HandoverRow.handed_over_at), col(HandoverRow.handover_id)))).all()


async def load_with_facts(tx: Transaction, load_id: str) -> tuple[Record, LoadFacts] | None:
    row = await (await driver(tx)).fetchrow(_ONE_LOAD, load_id)
    return (row, _facts(row)) if row else None


async def loads_before(
    tx: Transaction, before: tuple[datetime, str] | None, limit: int
) -> list[tuple[Record, LoadFacts]]:
    """Loads, the latest first, that left before this time and id."""
    rows = await (await driver(tx)).fetch(_LOADS_BEFORE, *(before or (None, None)), limit)
    return [(row, _facts(row)) for row in rows]


def _facts(row: Record) -> LoadFacts:
    return LoadFacts(
        sent=row["sent"],
        received=row["received"],
        rejected=row["rejected"],
        contradicted=row["contradicted"],
        foreign=row["foreign_bag"],
        grave=row["grave"],
        arrived=row["arrived"],
    )


async def bags_received(tx: Transaction, rows: Iterable[tuple[str, str, datetime]]) -> None:
    """Load, bag and time of each."""
    await write_rows(tx, _BAGS_RECEIVED, {row[:2]: row for row in rows}.values())


async def bags_rejected(tx: Transaction, rows: Iterable[tuple[str, str, datetime]]) -> None:
    """Load, bag and time of each."""
    await write_rows(tx, _BAGS_REJECTED, {row[:2]: row for row in rows}.values())


async def loads_rejected(tx: Transaction, rows: Iterable[tuple[str, datetime]]) -> None:
    await write_rows(tx, _LOADS_REJECTED, dict(rows).items())


async def loads_received(tx: Transaction, rows: Iterable[tuple[str, str | None]]) -> None:
    """Load and the recycler's word on its difference."""
    await write_rows(tx, _LOADS_RECEIVED, dict(rows).items())


async def release_bags(tx: Transaction, load_ids: Iterable[str]) -> None:
    """Bags that the recycler refused are free for another load."""
    await (await driver(tx)).execute(_RELEASE, list(load_ids))
