"""Collection plans."""

from datetime import datetime
from typing import Final

from asyncpg import Record
from ewaste.contracts.events.logistics import CollectionPlanned, CollectionStop
from ewaste.logistics.storage.tables import PlanRow, PlanStopRow
from ewaste.runtime.database import Transaction, driver
from sqlalchemy import select
from sqlmodel import col

__all__ = ["add_plan", "plan", "remove_plan", "stops"]

_PLAN: Final = """
INSERT INTO plan (plan_id, carrier_id, service_date, planned_at) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING RETURNING 1
"""
_STOPS: Final = """
INSERT INTO plan_stop (plan_id, position, point_id, bag_id)
SELECT $1, ordinality, point_id, bag_id FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS t(point_id, bag_id)
"""
_STOPS_SHOWN: Final = """
SELECT s.point_id, s.bag_id, p.name_th, p.name_en, p.latitude_microdegrees, p.longitude_microdegrees,
       ARRAY(SELECT c.bag_id FROM collection c WHERE (c.plan_id, c.point_id) = (s.plan_id, s.point_id)
             ORDER BY c.collected_at) AS collected_bag_ids
FROM plan_stop s
LEFT JOIN LATERAL (SELECT * FROM point WHERE point.point_id = s.point_id
                   AND NOT EXISTS (SELECT FROM withdrawn w WHERE w.event_id = point.event_id)
                   ORDER BY event_id DESC LIMIT 1) p ON true
WHERE s.plan_id = $1 ORDER BY s.position
"""


async def add_plan(tx: Transaction, plan: CollectionPlanned, now: datetime) -> bool:
    """Store it; False where its id is taken."""
    connection = await driver(tx)
    if await connection.fetchval(_PLAN, plan.plan_id, plan.carrier_id, plan.service_date, now) is None:
        return False
    await connection.execute(
        _STOPS, plan.plan_id, [stop.point_id for stop in plan.stops], [stop.bag_id for stop in plan.stops]
    )
    return True


async def plan(tx: Transaction, plan_id: str) -> CollectionPlanned | None:
    row = await tx.get(PlanRow, plan_id)
    if row is None:
        return None
    query = select(PlanStopRow).where(col(PlanStopRow.plan_id) == plan_id).order_by(col(PlanStopRow.position))
    stops = tuple(CollectionStop(point_id=s.point_id, bag_id=s.bag_id) for s in await tx.scalars(query))
    return CollectionPlanned(plan_id=plan_id, carrier_id=row.carrier_id, service_date=row.service_date, stops=stops)


async def remove_plan(tx: Transaction, plan_id: str) -> None:
    connection = await driver(tx)
    await connection.execute("DELETE FROM plan_stop WHERE plan_id = $1", plan_id)
    await connection.execute("DELETE FROM plan WHERE plan_id = $1", plan_id)


async def stops(tx: Transaction, plan_id: str) -> list[Record]:
    """The stops of a plan with the box's name and place, and the bags that were taken there."""
    return await (await driver(tx)).fetch(_STOPS_SHOWN, plan_id)
