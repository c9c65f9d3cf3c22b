"""Documents of state: one row each, found by a digest of all that names it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1, sha256
from typing import Final
from uuid import UUID

from ewaste.education.xapi.mentions import activity_key
from ewaste.education.xapi.model import Client, key_of, person_keys
from ewaste.runtime.database import Transaction, driver

__all__ = ["Document", "StateOf", "drop", "drop_all", "ids", "read", "save"]


@dataclass(frozen=True, slots=True)
class StateOf:
    """Whose documents, about what."""

    client: Client
    agent: str
    """An `agent_key`."""
    activity_id: str
    registration: UUID | None = None

    def key(self, state_id: str) -> bytes:
        """Every part ends with its length: no two names run into the same bytes."""
        parts = (self.client.key, self.agent, self.activity_id, str(self.registration or ""), state_id)
        return sha256(b"".join(part.encode() + len(part).to_bytes(4) for part in parts)).digest()


@dataclass(frozen=True, slots=True)
class Document:
    content: bytes
    content_type: str
    updated_at: datetime

    @property
    def etag(self) -> str:
        """SHA-1 in quotes, as the specification names it (Communication 3.1); it proves nothing and needn't."""
        return f'"{sha1(self.content, usedforsecurity=False).hexdigest()}"'


_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 42))"
_READ: Final = "SELECT content, content_type, updated_at FROM xapi_state WHERE key = $1"
_SAVE: Final = """
INSERT INTO xapi_state (key, client, agent, person, activity, registration, state_id, content_type, content, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (key) DO UPDATE SET content_type = excluded.content_type, content = excluded.content,
  updated_at = excluded.updated_at
"""
_DROP: Final = "DELETE FROM xapi_state WHERE key = $1"
_OF: Final = """
client = $1 AND agent = $2 AND activity = $3 AND ($4::uuid IS NULL OR registration = $4)
"""
_IDS: Final = f"""
SELECT DISTINCT state_id FROM xapi_state WHERE {_OF} AND ($5::timestamptz IS NULL OR updated_at > $5) ORDER BY state_id
"""
_DROP_ALL: Final = f"DELETE FROM xapi_state WHERE {_OF}"


async def read(tx: Transaction, of: StateOf, state_id: str, *, lock: bool = False) -> Document | None:
    """With `lock` nobody else changes this document, or makes it, until the transaction ends."""
    connection = await driver(tx)
    key = of.key(state_id)
    if lock:
        await connection.execute(_LOCK, key.hex())
    row = await connection.fetchrow(_READ, key)
    return Document(**row) if row else None


async def save(tx: Transaction, of: StateOf, state_id: str, document: Document) -> None:
    await (await driver(tx)).execute(
        _SAVE,
        of.key(state_id),
        *_named(of)[:2],
        [key_of(key) for key in person_keys(of.agent, of.client)],
        *_named(of)[2:],
        state_id,
        document.content_type,
        document.content,
        document.updated_at,
    )


async def drop(tx: Transaction, of: StateOf, state_id: str) -> None:
    await (await driver(tx)).execute(_DROP, of.key(state_id))


async def drop_all(tx: Transaction, of: StateOf) -> None:
    """Every document of the agent and activity; with a registration only its."""
    await (await driver(tx)).execute(_DROP_ALL, *_named(of))


async def ids(tx: Transaction, of: StateOf, since: datetime | None) -> Sequence[str]:
    rows = await (await driver(tx)).fetch(_IDS, *_named(of), since)
    return [row["state_id"] for row in rows]


def _named(of: StateOf) -> tuple[str, bytes, bytes, UUID | None]:
    return of.client.key, key_of(of.agent), key_of(activity_key(of.activity_id)), of.registration
