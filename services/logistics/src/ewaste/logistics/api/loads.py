"""Loads leave, change hands and arrive."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from asyncpg import Record
from ewaste.contracts.events.logistics import BagInLoad, Difference, HandoverRecorded
from ewaste.contracts.fields import Identifier, Reference
from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.evidence.custody_model import LoadState
from ewaste.evidence.rules import Rules
from ewaste.logistics import handlers
from ewaste.logistics.model import MOST_BAG_GRAMS, NO_SEAL, Handover, Load, LoadFacts, Reading, load_state
from ewaste.logistics.storage import loads
from ewaste.logistics.storage.tables import HandoverRow
from ewaste.runtime.bulk import AGAIN, IdempotencyKey, Input, Moment
from ewaste.runtime.database import Database
from ewaste.runtime.http import Page, page, read_cursor
from ewaste.runtime.idempotency import once
from ewaste.runtime.outbox import Outbox
from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

__all__ = ["router"]

_Cursor = tuple[AwareDatetime, Identifier]


class NewLoad(Input):
    """Bags that leave together; seals and grams come from their collections."""

    load_id: Identifier
    carrier_id: Identifier
    origin_id: Identifier
    destination_id: Identifier
    bag_ids: Annotated[list[Identifier], Field(min_length=1, max_length=1000)]
    manifest_number: Reference | None = None
    dispatched_at: Moment | None = None

    def to_load(self, now: datetime) -> Load:
        bag_ids = frozenset(self.bag_ids)
        if len(bag_ids) < len(self.bag_ids):
            twice = next(bag_id for bag_id in self.bag_ids if self.bag_ids.count(bag_id) > 1)
            raise Refused("bag-twice", f"bag {twice} is named twice; name every bag once", field="bag_ids")
        return Load(
            **self.model_dump(exclude={"bag_ids", "dispatched_at"}),
            bag_ids=bag_ids,
            dispatched_at=self.dispatched_at or now,
        )


class NewReading(Input):
    """What the receiver saw; a bag that did not arrive has 0 grams, one without a readable seal no `seal_read`."""

    bag_id: Identifier
    seal_read: Identifier | None = None
    received_grams: Annotated[int, Field(strict=True, ge=0, le=MOST_BAG_GRAMS)]


class NewHandover(Input):
    handover_id: Identifier
    giver_id: Identifier
    receiver_id: Identifier
    place_id: Identifier
    bags: Annotated[list[NewReading], Field(min_length=1, max_length=1000)]
    handed_over_at: Moment | None = None

    def to_handover(self, load_id: str, now: datetime) -> Handover:
        return Handover(
            **self.model_dump(exclude={"bags", "handed_over_at"}),
            load_id=load_id,
            readings=tuple(Reading(bag.bag_id, bag.seal_read or NO_SEAL, bag.received_grams) for bag in self.bags),
            handed_over_at=self.handed_over_at or now,
        )


class HandoverShown(BaseModel):
    handover_id: str
    giver_id: str
    receiver_id: str
    place_id: str
    given_grams: int
    received_grams: int
    difference: Difference
    handed_over_at: datetime


class LoadSummary(BaseModel):
    load_id: str
    state: LoadState
    carrier_id: str
    origin_id: str
    destination_id: str
    manifest_number: str | None
    bag_count: int
    gross_grams: int
    """Equals the sum over the bags."""
    dispatched_at: datetime


class LoadShown(LoadSummary):
    bags: list[BagInLoad]
    handovers: list[HandoverShown]


def router(database: Database, outbox: Outbox, rules: Rules) -> APIRouter:
    api = APIRouter(tags=["loads"])

    @api.post("/loads", status_code=201, response_model=LoadShown, responses=AGAIN)
    async def dispatch(request: Request, body: NewLoad, key: IdempotencyKey = None) -> Response:
        """Send collected bags off to one place. The same load again gets 200 and changes nothing."""

        async def work() -> tuple[int, bytes]:
            now = datetime.now(UTC)
            new = await handlers.dispatch_load(tx, outbox, body.to_load(now), now)
            found = await loads.load_with_facts(tx, body.load_id)
            assert found is not None, "it was stored above"
            handovers = [] if new else await loads.handovers_of(tx, body.load_id)
            shown = _shown(*found, await loads.given_bags(tx, body.load_id), handovers)
            return 201 if new else 200, shown.model_dump_json().encode()

        async with database.transaction() as tx:
            return await once(tx, "loads", key, await request.body(), work)

    @api.get("/loads")
    async def list_loads(
        cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> Page[LoadSummary]:
        """Loads, the latest first."""
        before = read_cursor(cursor, _Cursor)
        async with database.transaction() as tx:
            rows = await loads.loads_before(tx, before, limit + 1)
        return page(rows, limit, lambda one: LoadSummary(**_summary(*one)), lambda one: _key(one[0]))

    @api.get("/loads/{load_id}")
    async def show_load(load_id: Identifier) -> LoadShown:
        """A load with its bags, handovers and state."""
        async with database.transaction() as tx:
            found = await loads.load_with_facts(tx, load_id)
            if found is None:
                detail = f"load {load_id} is unknown; check the id"
                raise Refused("load-unknown", detail, field="load_id", status=NOT_FOUND)
            return _shown(*found, await loads.given_bags(tx, load_id), await loads.handovers_of(tx, load_id))

    @api.post("/loads/{load_id}/handovers", status_code=201, response_model=HandoverRecorded, responses=AGAIN)
    async def hand_over(
        request: Request, load_id: Identifier, body: NewHandover, key: IdempotencyKey = None
    ) -> Response:
        """Record what the receiver weighed and read; tells how it differs. The same again gets 200."""

        async def work() -> tuple[int, bytes]:
            now = datetime.now(UTC)
            fact, new = await handlers.record_handover(tx, outbox, body.to_handover(load_id, now), rules, now)
            return 201 if new else 200, fact.model_dump_json().encode()

        async with database.transaction() as tx:
            return await once(tx, f"loads/{load_id}/handovers", key, await request.body(), work)

    return api


def _key(row: Record) -> tuple[str, str]:
    return row["dispatched_at"].isoformat(), row["load_id"]


def _summary(row: Record, facts: LoadFacts) -> dict[str, object]:
    return {**row, "state": load_state(facts), "bag_count": facts.sent}


def _shown(row: Record, facts: LoadFacts, bags: dict[str, BagInLoad], handovers: Sequence[HandoverRow]) -> LoadShown:
    shown = [HandoverShown(**handover.model_dump()) for handover in handovers]
    return LoadShown.model_validate({**_summary(row, facts), "bags": list(bags.values()), "handovers": shown})
