"""A fact of this service is taken back, and said right where there is a right one: nothing is ever edited."""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from ewaste.contracts.events.common import CorrectionReason, EventCorrected
from ewaste.contracts.events.logistics import ActorRegistered
from ewaste.contracts.fields import Context, Part
from ewaste.contracts.ids import uuid7
from ewaste.contracts.refusal import CONFLICT, NOT_FOUND, Refused
from ewaste.contracts.topics import topic_of
from ewaste.logistics.handlers import undo
from ewaste.logistics.handlers.standing import settle
from ewaste.logistics.journal import Journal
from ewaste.logistics.storage import actors, records
from ewaste.runtime.corrections import Correction
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact

__all__ = ["Replace", "correct_event"]

Replace = Callable[[Transaction, Part, datetime, Journal], Awaitable[None]]
"""Says the fact right, given the wrong one and its time, in a journal that knows the id of the right one."""


_UNDO: Final[Mapping[str, Callable[[Transaction, Part], Awaitable[set[str]]]]] = {
    "BinCollected": undo.collection,
    "LoadDispatched": undo.load,
    "HandoverRecorded": undo.handover,
    "CollectionPlanned": undo.plan,
    "ActorRegistered": undo.actor,
    "CustodyBreakDeclared": undo.custody_break,
    "ResolutionStated": undo.statement,
    "DisputeDecided": undo.statement,
}


async def correct_event(
    tx: Transaction, journal: Journal, correction: Correction, replace: Replace | None, now: datetime
) -> tuple[EventCorrected, bool]:
    """Take the fact back; the flag is False when it was corrected before just so. Raises `Refused`."""
    event_id = correction.event_id or await _find(tx, correction)
    wrong, at = await _own(tx, event_id)
    if done := await records.correction_of(tx, event_id):
        if (done["reason"], done["replacement_digest"]) != (correction.reason, correction.digest):
            detail = f"event {event_id} was corrected by {done['event_id']}; correct what replaced it, if that is wrong"
            raise Refused("corrected-before", detail, field="event_id", status=CONFLICT)
        return _fact(journal, event_id, done["replacement_event_id"], correction.reason), False
    load_ids = await _UNDO[type(wrong).__name__](tx, wrong)
    replacement = uuid7() if replace else None
    fact, own_id = _fact(journal, event_id, replacement, correction.reason), uuid7()
    # Taken back before the right one is said: both may be about the same bag, load or handover.
    await records.add_correction(tx, fact, own_id, correction.digest)
    await journal.tell(tx, Fact(fact, now, id=own_id))
    await settle(tx, journal.rules, load_ids, now)
    if replace and replacement:
        await replace(tx, wrong, at, dataclasses.replace(journal, id=replacement))
        await _check_said(tx, replacement)
    await _check_actor(tx, wrong)
    return fact, True


async def _check_said(tx: Transaction, id: UUID) -> None:
    if await records.told(tx, id) is None:
        detail = "what is to replace the fact was told before; correct without a replacement"
        raise Refused("told-before", detail, field="replacement", status=CONFLICT)


def _fact(journal: Journal, event_id: UUID, replacement: UUID | None, reason: CorrectionReason) -> EventCorrected:
    return EventCorrected(
        corrected_event_id=str(event_id),
        corrected_source=journal.source,
        replacement_event_id=str(replacement) if replacement else None,
        reason=reason,
    )


async def _find(tx: Transaction, correction: Correction) -> UUID:
    """The latest fact of this type about this subject: the one that stands, else the one corrected last."""
    rows = await records.told_about(tx, correction.subject or "", 1000)
    found = [row for row in rows if (row["type"], row["subject"]) == (correction.type, correction.subject)]
    found.sort(key=lambda row: (row["corrected_by"] is None, row["position"]))
    if not found:
        detail = f"no {correction.type} about {correction.subject} was told here; GET /events?subject= shows what was"
        raise Refused("event-unknown", detail, field="subject", status=NOT_FOUND)
    event_id: UUID = found[-1]["event_id"]
    return event_id


async def _own(tx: Transaction, event_id: UUID) -> tuple[Part, datetime]:
    found = await records.told(tx, event_id)
    if found is None or found[0]["topic"] != topic_of(Context.LOGISTICS):
        detail = f"event {event_id} is no fact of this service; GET /events?subject= shows those about a bag or load"
        raise Refused("event-unknown", detail, field="event_id", status=NOT_FOUND)
    if isinstance(found[1], EventCorrected):
        detail = "a correction is not corrected; record the fact again, under its own id"
        raise Refused("correction-stays", detail, field="event_id")
    return found[1], found[0]["happened_at"]


async def _check_actor(tx: Transaction, wrong: Part) -> None:
    """An actor that others rely on may be described anew, not taken away."""
    if not isinstance(wrong, ActorRegistered) or await records.standing(tx, "actor", wrong.actor_id, ActorRegistered):
        return
    if subject := await actors.is_used(tx, wrong.actor_id):
        detail = f"{subject} rests on {wrong.actor_id}; replace its registration, or correct that fact first"
        raise Refused("in-use", detail, field="event_id", status=CONFLICT)
