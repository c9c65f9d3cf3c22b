"""Facts of this service by their events, and what took them back."""

from typing import Final
from uuid import UUID

from asyncpg import Record
from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.registry import Event, read_event
from ewaste.runtime.database import Transaction, driver

__all__ = ["add_correction", "correction_of", "events_about", "standing", "told"]

_TOLD: Final = "SELECT payload FROM outbox WHERE id = $1"
_STANDING: Final = """
SELECT event_id, 'DropPointRegistered' AS type, point_id AS subject FROM drop_point WHERE point_id = $1
UNION ALL SELECT event_id, 'BagInstalled', bag_id FROM bag WHERE bag_id = $1
UNION ALL SELECT event_id, 'ItemDropped', item_id FROM item WHERE item_id = $1
"""
_ABOUT: Final = f"""
SELECT corrected_event_id AS event_id, type, subject, event_id AS corrected_by, replacement_event_id
FROM correction WHERE subject = $1
UNION ALL SELECT event_id, type, subject, NULL, NULL FROM ({_STANDING}) s
ORDER BY event_id
"""
_ADD: Final = """
INSERT INTO correction (corrected_event_id, event_id, replacement_event_id, type, subject, reason, replacement_digest)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_CORRECTION_OF: Final = "SELECT * FROM correction WHERE corrected_event_id = $1"


async def told(tx: Transaction, event_id: UUID) -> Event | None:
    """An event of this service; the outbox keeps all of them."""
    payload: bytes | None = await (await driver(tx)).fetchval(_TOLD, event_id)
    return read_event(payload) if payload else None


async def standing(tx: Transaction, type: str, subject: str) -> UUID | None:
    """The event of the fact of this type about this subject that was not taken back."""
    rows = await (await driver(tx)).fetch(_STANDING, subject)
    return next((row["event_id"] for row in rows if row["type"] == type), None)


async def events_about(tx: Transaction, subject: str) -> list[Record]:
    """Facts about a box, bag or item that can be corrected, or were; the oldest first."""
    return await (await driver(tx)).fetch(_ABOUT, subject)


async def add_correction(
    tx: Transaction, data: EventCorrected, event_id: UUID, type: str, subject: str, digest: bytes | None
) -> None:
    replacement = UUID(data.replacement_event_id) if data.replacement_event_id else None
    head = (UUID(data.corrected_event_id), event_id, replacement)
    await (await driver(tx)).execute(_ADD, *head, type, subject, data.reason.value, digest)


async def correction_of(tx: Transaction, event_id: UUID) -> Record | None:
    return await (await driver(tx)).fetchrow(_CORRECTION_OF, event_id)
