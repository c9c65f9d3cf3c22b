"""Loads leave, change hands and arrive."""

from datetime import datetime
from typing import Annotated

from asyncpg import Record
from ewaste.contracts.events.logistics import HandoverRecorded
from ewaste.contracts.fields import Identifier
from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.logistics.api.inputs import NewHandover, NewLoad, NewOffer
from ewaste.logistics.api.sending import answer_once
from ewaste.logistics.api.views import LoadShown, LoadSummary, OfferShown, show_load, show_offer
from ewaste.logistics.handlers.loads import dispatch_load, offer_load, record_handover
from ewaste.logistics.journal import Journal
from ewaste.logistics.storage import cases, loads, offers
from ewaste.runtime.bulk import AGAIN, IdempotencyKey
from ewaste.runtime.database import Database, Transaction
from ewaste.runtime.http import Page, page, read_cursor
from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

__all__ = ["router"]

_Cursor = tuple[AwareDatetime, Identifier]


def router(database: Database, journal: Journal) -> APIRouter:
    api = APIRouter(tags=["loads"])

    async def shown(tx: Transaction, load_id: str) -> LoadShown:
        return show_load(await cases.case_of(tx, load_id, journal.rules), await offers.open_offers(tx, load_id))

    @api.post("/loads", status_code=201, response_model=LoadShown, responses=AGAIN)
    async def dispatch(request: Request, body: NewLoad, key: IdempotencyKey = None) -> Response:
        """Send bags off to one place. The same load again gets 200 and changes nothing."""

        async def work(tx: Transaction, now: datetime) -> tuple[LoadShown, bool]:
            new = await dispatch_load(tx, journal, body.to_load(now), now)
            return await shown(tx, body.load_id), new

        return await answer_once(database, request, "loads", key, work)

    @api.get("/loads")
    async def list_loads(
        cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> Page[LoadSummary]:
        """Loads, the latest first."""
        before = read_cursor(cursor, _Cursor)
        async with database.transaction() as tx:
            rows = await loads.loads_before(tx, before, limit + 1)
        return page(rows, limit, lambda row: LoadSummary(**row), _key)

    @api.get("/loads/{load_id}")
    async def show(load_id: Identifier) -> LoadShown:
        """A load with its bags, its chain of hands, its disputes and its state."""
        async with database.transaction() as tx:
            if await loads.load(tx, load_id) is None:
                detail = f"load {load_id} is unknown; check the id"
                raise Refused("load-unknown", detail, field="load_id", status=NOT_FOUND)
            return await shown(tx, load_id)

    @api.post("/loads/{load_id}/handovers", status_code=201, response_model=HandoverRecorded, responses=AGAIN)
    async def hand_over(
        request: Request, load_id: Identifier, body: NewHandover, key: IdempotencyKey = None
    ) -> Response:
        """Record what the receiver weighed and read; tells how it differs. The same again gets 200."""

        async def work(tx: Transaction, now: datetime) -> tuple[HandoverRecorded, bool]:
            return await record_handover(tx, journal, body.to_handover(load_id, now), now)

        return await answer_once(database, request, f"loads/{load_id}/handovers", key, work)

    @api.post("/loads/{load_id}/handovers/offers", status_code=201, response_model=OfferShown, responses=AGAIN)
    async def offer(request: Request, load_id: Identifier, body: NewOffer, key: IdempotencyKey = None) -> Response:
        """The giver's own seals and grams, stated first: the receiver's reading is held against them."""

        async def work(tx: Transaction, now: datetime) -> tuple[OfferShown, bool]:
            offered = body.to_offer(load_id, now)
            return show_offer(offered), await offer_load(tx, journal, offered, now)

        return await answer_once(database, request, f"loads/{load_id}/offers", key, work)

    return api


def _key(row: Record) -> tuple[str, str]:
    return row["dispatched_at"].isoformat(), row["load_id"]
