"""A fact of this service is taken back, and said right where there is a right one: nothing is ever edited."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from ewaste.contracts.events.common import CorrectionReason, EventCorrected
from ewaste.contracts.events.dropoff import BagInstalled, DropPointRegistered, ItemDropped
from ewaste.contracts.fields import Part
from ewaste.contracts.ids import uuid7
from ewaste.contracts.refusal import CONFLICT, NOT_FOUND, Refused
from ewaste.dropoff.handlers import install_next_bags
from ewaste.dropoff.storage import boxes, progress, told
from ewaste.runtime.corrections import Correction
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact, Outbox

__all__ = ["Corrector", "Replace"]

Replace = Callable[[Transaction, str, datetime, str | None, UUID], Awaitable[None]]
"""Says the fact right: given type and time of the wrong one, the receipt code of its item, and the right event's id."""

_SUBJECT: Final = {DropPointRegistered: "point_id", BagInstalled: "bag_id", ItemDropped: "item_id"}


@dataclass(frozen=True, slots=True)
class Corrector:
    """Takes facts of this service back; `source` is this service's as events name it."""

    outbox: Outbox
    source: str

    async def correct(
        self, tx: Transaction, correction: Correction, replace: Replace | None, now: datetime
    ) -> tuple[EventCorrected, bool]:
        """Take the fact back; the flag is False when it was corrected before just so. Raises `Refused`."""
        event_id = correction.event_id or await _find(tx, correction)
        wrong, at = await _own(tx, event_id)
        if done := await told.correction_of(tx, event_id):
            if (done["reason"], done["replacement_digest"]) != (correction.reason, correction.digest):
                detail = (
                    f"event {event_id} was corrected by {done['event_id']}; correct what replaced it, if it is wrong"
                )
                raise Refused("corrected-before", detail, field="event_id", status=CONFLICT)
            return self._fact(event_id, done["replacement_event_id"], correction.reason), False
        replacement = uuid7() if replace else None
        code = await self._take_back(tx, wrong, event_id, replacement, correction, now)
        if replace and replacement:
            await replace(tx, type(wrong).__name__, at, code, replacement)
            if await told.told(tx, replacement) is None:
                detail = "what is to replace the fact was told before; correct without a replacement"
                raise Refused("told-before", detail, field="replacement", status=CONFLICT)
        await _check_box(tx, wrong)
        return self._fact(event_id, replacement, correction.reason), True

    async def undo_swaps(self, tx: Transaction, event_ids: Sequence[UUID], now: datetime) -> None:
        """Fresh bags that a collection hung which did not happen so: taken back while they are empty.

        A bag that holds items stays, for the items are in it; staff correct its box.
        """
        hung = [(row.bag_id, row.point_id, row.event_id) for row in await boxes.bags_caused_by(tx, event_ids)]
        for bag_id, point_id, event_id in hung:
            if await boxes.item_in(tx, bag_id) is None:
                wrong = BagInstalled(bag_id=bag_id, point_id=point_id)
                why = Correction(event_id, None, None, CorrectionReason.WRONG_SUBJECT, None)
                await self._take_back(tx, wrong, event_id, None, why, now)
                await install_next_bags(tx, self.outbox, await progress.swaps_with(tx, [bag_id]))

    async def _take_back(
        self,
        tx: Transaction,
        wrong: Part,
        event_id: UUID,
        replacement: UUID | None,
        correction: Correction,
        now: datetime,
    ) -> str | None:
        """The receipt code of the item that is taken back."""
        type, subject = _about(wrong)
        if await told.standing(tx, type, subject) != event_id:
            raise _unknown(f"event {event_id}", "event_id")
        code = await _check_free(tx, wrong)
        await boxes.remove(tx, type, subject)
        fact = self._fact(event_id, replacement, correction.reason)
        own = Fact(fact, now)
        await told.add_correction(tx, fact, own.id, type, subject, correction.digest)
        await self.outbox.add(tx, own)
        return code

    def _fact(self, event_id: UUID, replacement: UUID | None, reason: CorrectionReason) -> EventCorrected:
        return EventCorrected(
            corrected_event_id=str(event_id),
            corrected_source=self.source,
            replacement_event_id=str(replacement) if replacement else None,
            reason=reason,
        )


def _about(data: Part) -> tuple[str, str]:
    """Type and subject of a fact that can be corrected here."""
    return type(data).__name__, str(getattr(data, _SUBJECT[type(data)]))


async def _find(tx: Transaction, correction: Correction) -> UUID:
    """The standing fact of this type about this subject, else the one corrected last."""
    rows = [row for row in await told.events_about(tx, correction.subject or "") if row["type"] == correction.type]
    if not rows:
        raise _unknown(f"{correction.type} about {correction.subject}", "subject")
    rows.sort(key=lambda row: (row["corrected_by"] is None, row["event_id"]))
    event_id: UUID = rows[-1]["event_id"]
    return event_id


async def _own(tx: Transaction, event_id: UUID) -> tuple[Part, datetime]:
    event = await told.told(tx, event_id)
    if event is None:
        raise _unknown(f"event {event_id}", "event_id")
    data = event.data
    if type(data) not in _SUBJECT:
        named = ", ".join(sorted(model.__name__ for model in _SUBJECT))
        detail = f"{type(data).__name__} is not corrected here, only {named}; tell what is so now"
        raise Refused("not-corrected-here", detail, field="event_id")
    return data, event.envelope.time


async def _check_free(tx: Transaction, wrong: Part) -> str | None:
    """Raises `Refused` while items are in the bag; gives the receipt code of an item."""
    if isinstance(wrong, BagInstalled):
        await boxes.point(tx, wrong.point_id, lock=True)
        if item_id := await boxes.item_in(tx, wrong.bag_id):
            detail = f"item {item_id} is in bag {wrong.bag_id}; correct the drops of this bag first"
            raise Refused("in-use", detail, field="event_id", status=CONFLICT)
    if isinstance(wrong, DropPointRegistered):
        await boxes.point(tx, wrong.point_id, lock=True)
    if isinstance(wrong, ItemDropped):
        return (await boxes.items(tx, [wrong.item_id]))[wrong.item_id].receipt_code
    return None


async def _check_box(tx: Transaction, wrong: Part) -> None:
    """A box with bags may be described anew, not taken away."""
    if not isinstance(wrong, DropPointRegistered) or await boxes.point(tx, wrong.point_id):
        return
    if bags := (await boxes.bags_of(tx, [wrong.point_id])).get(wrong.point_id):
        detail = f"bag {bags[0].bag_id} hangs or hung in box {wrong.point_id}; replace its registration, or retire it"
        raise Refused("in-use", detail, field="event_id", status=CONFLICT)


def _unknown(what: str, field: str) -> Refused:
    detail = f"{what} is no fact of this service that stands; GET /events?subject= shows those about a box, bag or item"
    return Refused("event-unknown", detail, field=field, status=NOT_FOUND)
