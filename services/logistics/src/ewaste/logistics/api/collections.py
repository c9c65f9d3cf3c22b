"""Crews collect bags; what they recorded without a line arrives later, more than once, in bulk."""

from datetime import UTC, datetime

from ewaste.contracts.refusal import Refused
from ewaste.logistics.api.inputs import NewCollection
from ewaste.logistics.handlers.collections import Collected, collect_bags
from ewaste.logistics.journal import Journal
from ewaste.runtime.bulk import AGAIN, Bulk, IdempotencyKey, Lines, check_size, judge
from ewaste.runtime.database import Database
from ewaste.runtime.idempotency import once
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

__all__ = ["router"]


class CollectionReceipt(BaseModel):
    bag_id: str
    known: bool
    """False: nobody told yet that this bag hung in this box. The collection stands all the same."""


def router(database: Database, journal: Journal, bulk_lines: int) -> APIRouter:
    api = APIRouter(tags=["collections"])

    @api.post("/collections", status_code=201, response_model=CollectionReceipt, responses=AGAIN)
    async def collect(request: Request, body: NewCollection, key: IdempotencyKey = None) -> Response:
        """Record that a bag was sealed, weighed and taken. The same again gets 200 and changes nothing."""

        async def work() -> tuple[int, bytes]:
            now = datetime.now(UTC)
            (result,) = await collect_bags(tx, journal, [body.to_collection(now)], now)
            if isinstance(result, Refused):
                raise result
            return 201 if result.new else 200, _receipt(result).model_dump_json().encode()

        async with database.transaction() as tx:
            return await once(tx, "collections", key, await request.body(), work)

    @api.post("/collections/bulk", response_model=Lines[CollectionReceipt])
    async def collect_many(request: Request, body: Bulk, key: IdempotencyKey = None) -> Response:
        """A crew's round; every line is judged by itself."""
        check_size(body, bulk_lines)

        async def work() -> tuple[int, bytes]:
            now = datetime.now(UTC)

            async def handle(good: list[NewCollection]) -> list[Collected | Refused]:
                return await collect_bags(tx, journal, [one.to_collection(now) for one in good], now)

            results = await judge(body, NewCollection, handle)
            receipts = [one if isinstance(one, Refused) else _receipt(one) for one in results]
            return 200, Lines[CollectionReceipt].of(receipts).model_dump_json().encode()

        async with database.transaction() as tx:
            return await once(tx, "collections/bulk", key, await request.body(), work)

    return api


def _receipt(result: Collected) -> CollectionReceipt:
    return CollectionReceipt(bag_id=result.bag_id, known=result.known)
