"""One request, one transaction, one answer: 201 where it is new, 200 where it was there before just so."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from ewaste.runtime.database import Database, Transaction
from ewaste.runtime.idempotency import once
from fastapi import Request, Response
from pydantic import BaseModel

__all__ = ["answer_once"]


async def answer_once(
    database: Database,
    request: Request,
    scope: str,
    key: str | None,
    work: Callable[[Transaction, datetime], Awaitable[tuple[BaseModel, bool]]],
) -> Response:
    """`work` gives the answer and whether it is new; raises `Refused`."""
    async with database.transaction() as tx:

        async def do() -> tuple[int, bytes]:
            shown, new = await work(tx, datetime.now(UTC))
            return 201 if new else 200, shown.model_dump_json().encode()

        return await once(tx, scope, key, await request.body(), do)
