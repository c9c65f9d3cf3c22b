"""Disputes about bags, and how they end."""

from datetime import datetime
from typing import Annotated

from ewaste.contracts.events.logistics import DisputeDecided, ResolutionStated
from ewaste.contracts.fields import Identifier
from ewaste.evidence.custody.model import DisputeState
from ewaste.logistics.api.inputs import NewDecision, NewResolution
from ewaste.logistics.api.sending import answer_once
from ewaste.logistics.api.views import DisputeShown
from ewaste.logistics.handlers.disputes import decide_dispute, state_resolution
from ewaste.logistics.journal import Journal
from ewaste.logistics.storage import disputes
from ewaste.runtime.bulk import AGAIN, IdempotencyKey
from ewaste.runtime.database import Database, Transaction
from ewaste.runtime.http import Page, page, read_cursor
from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, Field

__all__ = ["router"]

_Cursor = tuple[AwareDatetime, Identifier, Identifier, Annotated[int, Field(ge=0, le=2**31 - 1)]]


def router(database: Database, journal: Journal) -> APIRouter:
    api = APIRouter(tags=["disputes"])

    @api.get("/disputes")
    async def list_disputes(
        state: DisputeState | None = None,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> Page[DisputeShown]:
        """Disputes, the oldest first; each is about one bag in one load."""
        async with database.transaction() as tx:
            rows = await disputes.disputes_after(tx, state, read_cursor(cursor, _Cursor), limit + 1)
        return page(
            rows,
            limit,
            lambda row: DisputeShown.model_validate_json(row["content"]),
            lambda row: (row["opened_at"].isoformat(), row["load_id"], row["bag_id"], row["number"]),
        )

    @api.post("/loads/{load_id}/resolutions", status_code=201, response_model=ResolutionStated, responses=AGAIN)
    async def state(request: Request, load_id: Identifier, body: NewResolution, key: IdempotencyKey = None) -> Response:
        """One side's word. The dispute ends when giver and receiver say the same; the last word of each counts."""

        async def work(tx: Transaction, now: datetime) -> tuple[ResolutionStated, bool]:
            said = body.to_fact(load_id)
            return said, await state_resolution(tx, journal, said, body.stated_at or now, now)

        return await answer_once(database, request, f"loads/{load_id}/resolutions", key, work)

    @api.post("/loads/{load_id}/decision", status_code=201, response_model=DisputeDecided, responses=AGAIN)
    async def decide(request: Request, load_id: Identifier, body: NewDecision, key: IdempotencyKey = None) -> Response:
        """The municipality's decision, once the parties had their days."""

        async def work(tx: Transaction, now: datetime) -> tuple[DisputeDecided, bool]:
            said = body.to_fact(load_id)
            return said, await decide_dispute(tx, journal, said, body.decided_at or now, now)

        return await answer_once(database, request, f"loads/{load_id}/decision", key, work)

    return api
