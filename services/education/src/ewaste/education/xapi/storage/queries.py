"""Statements out: by id, by filter, page by page in the order in which they were stored."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from asyncpg import Record
from ewaste.education.xapi.model import Client, Query, key_of
from ewaste.education.xapi.storage.statements import TURN
from ewaste.education.xapi.views import Kept
from ewaste.runtime.database import Transaction, driver

__all__ = ["consistent_through", "find", "statement"]

_COLUMNS: Final = "s.position, s.id, s.raw::text AS raw, s.stored, s.version, c.key, c.home_page"
_ONE: Final = f"""
SELECT {_COLUMNS} FROM xapi_statement s JOIN xapi_client c ON c.key = s.client
WHERE s.id = $1 AND s.voided = $2 AND ($3::text IS NULL OR s.client = $3)
"""
# The beginning of this statement is before the look at the locks: who takes its turn later stores under a later time.
_THROUGH: Final = f"""
SELECT CASE WHEN EXISTS (
    SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND classid::bigint = {TURN >> 32} AND objid::bigint = {TURN & 0xFFFFFFFF}
  ) THEN coalesce(last.stored, to_timestamp(0)) ELSE greatest(statement_timestamp(), last.stored) END
FROM (SELECT max(stored) AS stored FROM xapi_statement) last
"""


async def consistent_through(tx: Transaction) -> datetime:
    """Every statement stored until then is visible to what this transaction asks next."""
    found: datetime = await (await driver(tx)).fetchval(_THROUGH)
    return found


async def statement(tx: Transaction, client: Client, id: UUID, *, voided: bool) -> Kept | None:
    """One that the client may read."""
    row = await (await driver(tx)).fetchrow(_ONE, id, voided, _own(client))
    return _kept(row) if row else None


async def find(tx: Transaction, client: Client, query: Query) -> list[tuple[int, Kept]]:
    """Up to `limit + 1` with their positions: one more than asked for tells that there is a next page."""
    text, values = _search(client, query)
    return [(row["position"], _kept(row)) for row in await (await driver(tx)).fetch(text, *values)]


def _search(client: Client, query: Query) -> tuple[str, list[Any]]:
    """A statement is found by its own words, or by those of a statement that it refers to (Communication 2.1.3)."""
    values: list[Any] = []

    def value(found: Any) -> str:
        values.append(found)
        return f"${len(values)}"

    keys = query.keys or (() if client.reads_all else ((key_of(f"client:{client.key}"), False),))
    mentions = " ".join(
        f"JOIN xapi_mention m{n} ON m{n}.position = v.position AND m{n}.key = {value(key)}"
        + ("" if related else f" AND m{n}.direct")
        for n, (key, related) in enumerate(keys)
    )
    wanted = " AND ".join(_conditions(client, query, value))
    order = f"ORDER BY s.position {'ASC' if query.ascending else 'DESC'} LIMIT {query.limit + 1}"
    own = f"SELECT s.position FROM xapi_statement s JOIN xapi_statement v ON v.position = s.position {mentions}"
    reached = (
        "SELECT s.position FROM xapi_statement v JOIN xapi_reach r ON r.via = v.position "
        f"JOIN xapi_statement s ON s.position = r.position {mentions}"
    )
    found = " UNION ".join(f"({one} WHERE {wanted} {order})" for one in ((own, reached) if keys else (own,)))
    text = f"""SELECT {_COLUMNS} FROM ({found}) found JOIN xapi_statement s ON s.position = found.position
    JOIN xapi_client c ON c.key = s.client {order}"""
    return text, values


def _conditions(client: Client, query: Query, value: Any) -> list[str]:
    found = ["NOT s.voided"]
    if not client.reads_all:
        found.append(f"s.client = {value(client.key)}")
    if query.since:
        found.append(f"s.stored > {value(query.since)}")
    if query.until:
        found.append(f"s.stored <= {value(query.until)}")
    if query.after is not None:
        found.append(f"s.position {'>' if query.ascending else '<'} {value(query.after)}")
    return found


def _own(client: Client) -> str | None:
    return None if client.reads_all else client.key


def _kept(row: Record) -> Kept:
    authority = Client(row["key"], row["home_page"]).authority
    return Kept(row["id"], row["raw"], row["stored"], authority, row["version"])
