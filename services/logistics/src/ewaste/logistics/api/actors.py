"""Who may hold bags."""

from datetime import datetime
from typing import Annotated

from ewaste.contracts.events.logistics import ActorRegistered
from ewaste.contracts.events.recycler import PartnerRegistered
from ewaste.contracts.fields import Identifier
from ewaste.logistics.api.inputs import NewActor
from ewaste.logistics.api.sending import answer_once
from ewaste.logistics.handlers.actors import register_actor
from ewaste.logistics.journal import Journal
from ewaste.logistics.model.cases import HolderKind
from ewaste.logistics.storage import records
from ewaste.logistics.storage.records import Told
from ewaste.runtime.bulk import AGAIN, IdempotencyKey
from ewaste.runtime.database import Database, Transaction
from ewaste.runtime.http import Page, page, read_cursor
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

__all__ = ["router"]


class Actor(BaseModel):
    """A registered holder; `event_id` is the fact that registered it."""

    actor_id: str
    kind: HolderKind
    name_th: str
    name_en: str | None
    licence_number: str | None
    sample: bool
    event_id: str


def router(database: Database, journal: Journal) -> APIRouter:
    api = APIRouter(tags=["actors"])

    @api.post("/actors", status_code=201, response_model=Actor, responses=AGAIN)
    async def register(request: Request, body: NewActor, key: IdempotencyKey = None) -> Response:
        """Register a carrier, store or office. The same again gets 200 and changes nothing."""

        async def work(tx: Transaction, now: datetime) -> tuple[Actor, bool]:
            new = await register_actor(tx, journal, body.to_actor(), now)
            found = await records.standing(tx, "actor", body.actor_id, ActorRegistered)
            assert found is not None, "it was registered above or before"
            return _shown(found), new

        return await answer_once(database, request, "actors", key, work)

    @api.get("/actors")
    async def list_actors(cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> Page[Actor]:
        """Actors, and recyclers as the recycler service told, in the order of their ids."""
        async with database.transaction() as tx:
            rows = await records.registered(tx, read_cursor(cursor, Identifier) or "", limit + 1)
        return page(rows, limit, _shown, lambda one: one.event.envelope.subject)

    return api


def _shown(told: Told) -> Actor:
    data = told.data
    if isinstance(data, PartnerRegistered):
        kind, id = HolderKind.PARTNER, data.partner_id
    else:
        assert isinstance(data, ActorRegistered), "only registrations are read"
        kind, id = HolderKind(data.kind), data.actor_id
    return Actor(
        actor_id=id,
        kind=kind,
        name_th=data.name_th,
        name_en=data.name_en,
        licence_number=data.licence_number,
        sample=data.sample,
        event_id=str(told.event_id),
    )
