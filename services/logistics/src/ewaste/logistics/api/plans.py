"""The municipality plans which boxes a carrier empties on a day."""

from datetime import UTC, date, datetime
from typing import Annotated

from ewaste.contracts.events.logistics import CollectionPlanned, CollectionStop
from ewaste.contracts.fields import Day, Identifier
from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.logistics.handlers.plans import plan_collection
from ewaste.logistics.journal import Journal
from ewaste.logistics.storage import plans
from ewaste.runtime.bulk import AGAIN, IdempotencyKey, Input
from ewaste.runtime.database import Database
from ewaste.runtime.idempotency import once
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

__all__ = ["NewPlan", "router"]


class NewStop(Input):
    point_id: Identifier
    bag_id: Identifier | None = None


class NewPlan(Input):
    """Boxes in the order in which they are visited."""

    plan_id: Identifier
    carrier_id: Identifier
    service_date: Day
    stops: Annotated[list[NewStop], Field(min_length=1, max_length=500)]

    def to_plan(self) -> CollectionPlanned:
        stops = tuple(CollectionStop(point_id=stop.point_id, bag_id=stop.bag_id) for stop in self.stops)
        return CollectionPlanned(
            plan_id=self.plan_id, carrier_id=self.carrier_id, service_date=self.service_date, stops=stops
        )


class PlanReceipt(BaseModel):
    plan_id: str
    unknown_point_ids: list[str]
    """Boxes that nobody told of yet; the plan stands all the same."""


class StopShown(BaseModel):
    """Name and place are null while the box is not known here."""

    point_id: str
    bag_id: str | None
    name_th: str | None
    name_en: str | None
    latitude_microdegrees: int | None
    longitude_microdegrees: int | None
    collected_bag_ids: list[str]


class PlanShown(BaseModel):
    plan_id: str
    carrier_id: str
    service_date: date
    stops: list[StopShown]


def router(database: Database, journal: Journal) -> APIRouter:
    api = APIRouter(tags=["plans"])

    @api.post("/plans", status_code=201, response_model=PlanReceipt, responses=AGAIN)
    async def plan(request: Request, body: NewPlan, key: IdempotencyKey = None) -> Response:
        """Ask a carrier to empty boxes on a day. The same plan again gets 200 and changes nothing."""

        async def work() -> tuple[int, bytes]:
            unknown, new = await plan_collection(tx, journal, body.to_plan(), datetime.now(UTC))
            receipt = PlanReceipt(plan_id=body.plan_id, unknown_point_ids=unknown)
            return 201 if new else 200, receipt.model_dump_json().encode()

        async with database.transaction() as tx:
            return await once(tx, "plans", key, await request.body(), work)

    @api.get("/plans/{plan_id}")
    async def show_plan(plan_id: Identifier) -> PlanShown:
        """The stops with name and place, and the bags that were taken there."""
        async with database.transaction() as tx:
            found = await plans.plan(tx, plan_id)
            if found is None:
                raise Refused("plan-unknown", f"plan {plan_id} is unknown; check the id", status=NOT_FOUND,
                              field="plan_id")  # fmt: skip
            stops = [StopShown(**row) for row in await plans.stops(tx, plan_id)]
        return PlanShown(plan_id=plan_id, carrier_id=found.carrier_id, service_date=found.service_date, stops=stops)

    return api
