"""Statements in: one writer at a time, whole arrays."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from ewaste.education.xapi.model import Client, Known, Sent, key_of, keys_of
from ewaste.runtime.database import Transaction, driver, write_rows

__all__ = ["TURN", "add_statements", "forget", "known", "refer", "take_turn", "void"]

TURN: Final = 4_242_424_301
"""The advisory lock of whoever stores statements."""

# Statements become visible in the order of `stored` and `position`: only so can a reader say until when it has all.
_TURN: Final = f"SELECT pg_advisory_xact_lock({TURN})"
_NOW: Final = """
SELECT greatest(clock_timestamp(), max(stored) + interval '1 microsecond') FROM xapi_statement
WHERE position = (SELECT max(position) FROM xapi_statement)
"""
_KNOWN: Final = "SELECT id, digest, client, voiding FROM xapi_statement WHERE id = ANY($1::uuid[])"
_ADD: Final = """
INSERT INTO xapi_statement (id, client, stored, target, voiding, voided, version, digest, raw)
SELECT id, $7, $8, target, voiding, false, version, digest, raw::json
FROM unnest($1::uuid[], $2::uuid[], $3::bool[], $4::text[], $5::bytea[], $6::text[]) WITH ORDINALITY
  AS fresh (id, target, voiding, version, digest, raw, n) ORDER BY n
RETURNING id, position
"""
_MENTION: Final = """
INSERT INTO xapi_mention (key, position, direct) SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bool[])
"""
# Whichever of the two came first: each way round by its own index.
_VOID: Final = """
UPDATE xapi_statement SET voided = true WHERE NOT voided AND NOT voiding AND position IN (
  SELECT t.position FROM xapi_statement v JOIN xapi_statement t ON t.id = v.target
  JOIN xapi_client c ON c.key = v.client
  WHERE v.position = ANY($1::bigint[]) AND v.voiding AND (v.client = t.client OR c.reads_all)
  UNION ALL
  SELECT t.position FROM xapi_statement t JOIN xapi_statement v ON v.target = t.id
  JOIN xapi_client c ON c.key = v.client
  WHERE t.position = ANY($1::bigint[]) AND v.voiding AND (v.client = t.client OR c.reads_all)
) RETURNING position
"""
_UNMATCH: Final = "DELETE FROM xapi_match WHERE position = ANY($1::bigint[]) AND state = 'unmatched'"
# From every statement that is new, or refers to a new one in any number of steps, down to all that it refers to.
_REFER: Final = """
WITH RECURSIVE up AS (
  SELECT position, id, target FROM xapi_statement WHERE position = ANY($1::bigint[])
  UNION SELECT s.position, s.id, s.target FROM up JOIN xapi_statement s ON s.target = up.id
), down (position, via, target) AS (
  SELECT up.position, t.position, t.target FROM up JOIN xapi_statement t ON t.id = up.target
  UNION SELECT down.position, t.position, t.target FROM down JOIN xapi_statement t ON t.id = down.target
)
INSERT INTO xapi_reach (via, position) SELECT DISTINCT via, position FROM down WHERE via <> position
ON CONFLICT DO NOTHING
"""
_OF_PERSON: Final = "SELECT DISTINCT position FROM xapi_mention WHERE key = ANY($1::bytea[])"
_FORGET: Final = (
    "DELETE FROM xapi_match WHERE position = ANY($1::bigint[])",
    "DELETE FROM xapi_mention WHERE position = ANY($1::bigint[])",
    "DELETE FROM xapi_reach WHERE position = ANY($1::bigint[]) OR via = ANY($1::bigint[])",
    "DELETE FROM xapi_statement WHERE position = ANY($1::bigint[])",
)
_FORGET_STATE: Final = "DELETE FROM xapi_state WHERE person && $1::bytea[]"


async def take_turn(tx: Transaction) -> datetime:
    """Wait for whoever stores before; the time under which this transaction stores, after all that are stored."""
    connection = await driver(tx)
    await connection.execute(_TURN)
    found: datetime = await connection.fetchval(_NOW)
    return found


async def known(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, Known]:
    """What is stored under these ids."""
    rows = await (await driver(tx)).fetch(_KNOWN, sorted(set(ids)))
    return {row["id"]: Known(row["digest"], row["client"], row["voiding"]) for row in rows}


async def add_statements(
    tx: Transaction, client: Client, statements: Sequence[Sent], stored: datetime
) -> dict[UUID, int]:
    """Store them with the words under which they are found; their positions. The caller holds the turn."""
    rows = await (await driver(tx)).fetch(
        _ADD,
        [one.id for one in statements],
        [one.target for one in statements],
        [one.voiding for one in statements],
        [one.version for one in statements],
        [one.digest for one in statements],
        [one.raw for one in statements],
        client.key,
        stored,
    )
    positions: dict[UUID, int] = {row["id"]: row["position"] for row in rows}
    await write_rows(
        tx, _MENTION, ((key, positions[one.id], direct) for one in statements for key, direct in keys_of(one, client))
    )
    return positions


async def void(tx: Transaction, positions: Sequence[int]) -> set[int]:
    """Mark what these statements void, and which of them are voided already; a voided one becomes no fact later."""
    connection = await driver(tx)
    gone = [row["position"] for row in await connection.fetch(_VOID, positions)]
    if gone:
        await connection.execute(_UNMATCH, gone)
    return set(gone)


async def refer(tx: Transaction, positions: Sequence[int]) -> None:
    """Write which statements are found by what they refer to."""
    await (await driver(tx)).execute(_REFER, positions)


async def forget(tx: Transaction, keys: Sequence[str]) -> int:
    """Delete every statement and document under these keys of a person; how many statements."""
    connection = await driver(tx)
    digests = [key_of(key) for key in keys]
    positions = [row["position"] for row in await connection.fetch(_OF_PERSON, digests)]
    for statement in _FORGET:
        await connection.execute(statement, positions)
    await connection.execute(_FORGET_STATE, digests)
    return len(positions)
