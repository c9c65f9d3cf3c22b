"""Breaks of custody, said openly."""

from datetime import datetime

from ewaste.contracts.events.logistics import CustodyBreakDeclared
from ewaste.logistics.api.inputs import NewBreak
from ewaste.logistics.api.sending import answer_once
from ewaste.logistics.handlers.breaks import declare_break
from ewaste.logistics.journal import Journal
from ewaste.runtime.bulk import AGAIN, IdempotencyKey
from ewaste.runtime.database import Database, Transaction
from fastapi import APIRouter, Request, Response

__all__ = ["router"]


def router(database: Database, journal: Journal) -> APIRouter:
    api = APIRouter(tags=["breaks"])

    @api.post("/breaks", status_code=201, response_model=CustodyBreakDeclared, responses=AGAIN)
    async def declare(request: Request, body: NewBreak, key: IdempotencyKey = None) -> Response:
        """Say that traceability of these bags ends here. Only a correction makes them whole again."""

        async def work(tx: Transaction, now: datetime) -> tuple[CustodyBreakDeclared, bool]:
            declared = body.to_fact()
            return declared, await declare_break(tx, journal, declared, body.declared_at or now, now)

        return await answer_once(database, request, "breaks", key, work)

    return api
