"""Creates databases on a PostgreSQL server; never drops one."""

from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from ewaste.local.errors import StackFailed

__all__ = ["base_url", "ensure_databases", "service_database"]


def service_database(service: str) -> str:
    """The database that a service owns."""
    return f"ewaste_{service}"


def base_url(url: str) -> str:
    """The URL without its database name: services append their own."""
    parts = urlsplit(url)
    return urlunsplit(("postgresql", parts.netloc, "", parts.query, ""))


async def ensure_databases(url: str, names: Iterable[str]) -> list[str]:
    """Create what is missing, connecting to the database in `url` or to `postgres`; returns the names it created.

    Raises StackFailed when the server can't be reached or refuses.
    """
    parts = urlsplit(url)
    maintenance = urlunsplit(("postgresql", parts.netloc, parts.path.strip("/") or "postgres", parts.query, ""))
    try:
        connection = await asyncpg.connect(maintenance, timeout=30)
        try:
            return [name for name in names if await _create(connection, name)]
        finally:
            await connection.close()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as problem:
        where = f"{parts.hostname}:{parts.port or 5432}"
        raise StackFailed(f"PostgreSQL at {where} could not set up the databases: {problem}") from problem


async def _create(connection: "asyncpg.Connection[asyncpg.Record]", name: str) -> bool:
    if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
        return False
    quoted = '"' + name.replace('"', '""') + '"'
    try:
        # template0: an existing server's template1 may have another locale or leftovers.
        await connection.execute(f"CREATE DATABASE {quoted} ENCODING 'UTF8' TEMPLATE template0")
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        return False
    return True
