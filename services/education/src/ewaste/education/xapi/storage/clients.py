"""Learning systems and the digests of their secrets."""

from datetime import datetime
from typing import Final

from asyncpg import Record
from ewaste.education.xapi.model import Client
from ewaste.runtime.database import Transaction, driver

__all__ = ["add_client", "client_by_secret", "clients", "revoke_client"]

_ADD: Final = """
INSERT INTO xapi_client (key, secret_digest, home_page, reference_prefix, reads_all, added_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING 1
"""
_BY_SECRET: Final = """
SELECT key, home_page, reference_prefix, reads_all FROM xapi_client
WHERE key = $1 AND secret_digest = $2 AND revoked_at IS NULL
"""
_ALL: Final = """
SELECT key, home_page, reference_prefix, reads_all, added_at, revoked_at FROM xapi_client ORDER BY key
"""
_REVOKE: Final = "UPDATE xapi_client SET revoked_at = coalesce(revoked_at, $2) WHERE key = $1 RETURNING 1"


async def add_client(tx: Transaction, client: Client, secret_digest: bytes, now: datetime) -> bool:
    """False where the key is taken."""
    values = (client.key, secret_digest, client.home_page, client.reference_prefix, client.reads_all, now)
    return await (await driver(tx)).fetchval(_ADD, *values) is not None


async def client_by_secret(tx: Transaction, key: str, secret_digest: bytes) -> Client | None:
    """The comparison is of digests of random secrets: its time tells nothing about a secret."""
    row = await (await driver(tx)).fetchrow(_BY_SECRET, key, secret_digest)
    return Client(**row) if row else None


async def clients(tx: Transaction) -> list[Record]:
    return await (await driver(tx)).fetch(_ALL)


async def revoke_client(tx: Transaction, key: str, now: datetime) -> bool:
    """False where there is no such client."""
    return await (await driver(tx)).fetchval(_REVOKE, key, now) is not None
