"""One pool per service; one transaction per use case or per batch of records."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, cast

import asyncpg
from ewaste.runtime.settings import RuntimeSettings
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

__all__ = ["Database", "Driver", "Transaction", "driver", "write_rows"]

Transaction: TypeAlias = AsyncSession
Driver: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class Database:
    """The service's own database. Built by the composition root, closed by it."""

    def __init__(self, settings: RuntimeSettings) -> None:
        self.engine: AsyncEngine = create_async_engine(
            settings.service_database_url,
            pool_size=settings.database_connections,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args={"server_settings": {"application_name": f"ewaste-{settings.context}"}},
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Commit when the block ends, roll back when it raises."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    async def ping(self) -> None:
        """Raise when the database does not answer."""
        async with self.transaction() as tx:
            await (await driver(tx)).execute("SELECT 1")

    async def close(self) -> None:
        await self.engine.dispose()


async def driver(tx: Transaction) -> Driver:
    """The asyncpg connection of this transaction, for COPY and for statements over whole arrays.

    SQLAlchemy begins lazily: without the first statement below, work on the bare connection would commit by itself.
    """
    connection = await tx.connection()
    raw = (await connection.get_raw_connection()).driver_connection
    bare = cast(Driver, raw)
    if not bare.is_in_transaction():
        await connection.exec_driver_sql("SELECT 1")
    return bare


async def write_rows(tx: Transaction, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Execute a statement over `unnest($1::…[], …)`, an array per column of `rows`; without rows do nothing."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    if columns:
        await (await driver(tx)).execute(statement, *columns)
