"""The ids of actors; what they are is in the records."""

from typing import Final

from ewaste.runtime.database import Transaction, driver

__all__ = ["add_actor", "is_used", "remove_actor"]

_ADD: Final = "INSERT INTO actor (actor_id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING 1"
_USED: Final = """
SELECT r.subject FROM record r
WHERE r.type IN ('HandoverRecorded', 'CustodyBreakDeclared', 'DisputeDecided')
  AND NOT EXISTS (SELECT FROM correction c WHERE c.corrected_event_id = r.event_id)
  AND (convert_from(r.value, 'UTF8')::jsonb -> 'data') @> ANY($1::jsonb[])
ORDER BY r.position LIMIT 1
"""


async def add_actor(tx: Transaction, actor_id: str) -> bool:
    """False where the id is taken."""
    return await (await driver(tx)).fetchval(_ADD, actor_id) is not None


async def is_used(tx: Transaction, actor_id: str) -> str | None:
    """A fact that names the actor as one who answers for it; None: nothing rests on it."""
    roles = ("giver_id", "receiver_id", "declared_by", "decided_by")
    asked = [f'{{"{role}": "{actor_id}"}}' for role in roles]
    found: str | None = await (await driver(tx)).fetchval(_USED, asked)
    return found


async def remove_actor(tx: Transaction, actor_id: str) -> None:
    await (await driver(tx)).execute("DELETE FROM actor WHERE actor_id = $1", actor_id)
