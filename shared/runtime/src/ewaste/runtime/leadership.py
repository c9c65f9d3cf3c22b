"""One active instance of a role per database: a session-level advisory lock on a connection of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Final

import structlog
from ewaste.runtime.database import Database
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

__all__ = ["lead"]

_log = structlog.get_logger(__name__)
_RETRY_SECONDS: Final = 0.5
_CHECK_SECONDS: Final = 2.0


async def lead(
    database: Database, role: str, work: Callable[[], Awaitable[None]], waiting: Callable[[], None] | None = None
) -> None:
    """Run `work` for as long as this process holds the role; wait for it otherwise, and call `waiting` meanwhile.

    A holder that loses its connection stops working. Two may overlap for a moment: what `work` writes must be
    guarded by a compare-and-set of its own, the lock only keeps the peace.
    """
    key = int.from_bytes(sha256(f"ewaste:{role}".encode()).digest()[:8], "big", signed=True)
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        while not await _taken(connection, key):
            if waiting is not None:
                waiting()
            await asyncio.sleep(_RETRY_SECONDS)
        _log.info("role taken", role=role)
        try:
            await _while_held(connection, work)
        finally:
            # The connection goes back to a pool: the lock must not go with it.
            await connection.invalidate()


async def _taken(connection: AsyncConnection, key: int) -> bool:
    return bool(await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}))


async def _while_held(connection: AsyncConnection, work: Callable[[], Awaitable[None]]) -> None:
    async def watch() -> None:
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            await connection.execute(text("SELECT 1"))

    tasks = {asyncio.ensure_future(work()), asyncio.ensure_future(watch())}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
