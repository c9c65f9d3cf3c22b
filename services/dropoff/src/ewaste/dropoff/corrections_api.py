"""HTTP: what this service told, and what of it was wrong."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.events.dropoff import BagInstalled, DropPointRegistered
from ewaste.contracts.fields import Identifier
from ewaste.contracts.refusal import Refused
from ewaste.dropoff import handlers
from ewaste.dropoff.api import NewDrop
from ewaste.dropoff.corrections import Corrector, Replace
from ewaste.dropoff.model import Bag
from ewaste.dropoff.storage import told
from ewaste.runtime.bulk import AGAIN, IdempotencyKey, Input, Moment
from ewaste.runtime.corrections import CorrectionInput, read_replacement, saying_it_right
from ewaste.runtime.database import Database, Transaction
from ewaste.runtime.idempotency import once
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

__all__ = ["router"]


class NewCorrection(CorrectionInput):
    """The fact by its `event_id`, or the one of this `type` about this `subject` that stands.

    `replacement` is the body with which that fact is recorded (of a bag with its `point_id`); none: it did not happen.
    """

    type: Literal["BagInstalled", "DropPointRegistered", "ItemDropped"] | None = None


class InstalledBag(Input):
    """A bag that hung in a box; without a time it is when the wrong one hung."""

    bag_id: Identifier
    point_id: Identifier
    installed_at: Moment | None = None
    replaces_bag_id: Identifier | None = None


class EventShown(BaseModel):
    """A fact that was told here: its id is what a correction names."""

    event_id: str
    type: str
    subject: str
    corrected_by: str | None
    replacement_event_id: str | None


class Events(BaseModel):
    items: list[EventShown]


def router(database: Database, corrector: Corrector) -> APIRouter:
    api = APIRouter(tags=["corrections"])

    @api.post("/corrections", status_code=201, response_model=EventCorrected, responses=AGAIN)
    async def correct(request: Request, body: NewCorrection, key: IdempotencyKey = None) -> Response:
        """Take a fact of this service back and, with `replacement`, say it right in the same transaction.

        Refused while other facts rest on it, which are named. The same again gets 200.
        """

        async def work() -> tuple[int, bytes]:
            now = datetime.now(UTC)
            replace = _replace(corrector, body.replacement, now) if body.replacement is not None else None
            fact, new = await corrector.correct(tx, body.to_correction(), replace, now)
            return 201 if new else 200, fact.model_dump_json().encode()

        async with database.transaction() as tx:
            return await once(tx, "corrections", key, await request.body(), work)

    @api.get("/events")
    async def list_events(subject: Identifier) -> Events:
        """What was told about a box, bag or item and can be corrected, or was; the oldest first."""
        async with database.transaction() as tx:
            rows = await told.events_about(tx, subject)
        shown = [{name: str(value) if value is not None else None for name, value in row.items()} for row in rows]
        return Events(items=[EventShown.model_validate(row) for row in shown])

    return api


def _replace(corrector: Corrector, replacement: dict[str, object], now: datetime) -> Replace:
    async def say(tx: Transaction, type: str, at: datetime, code: str | None, id: UUID) -> None:
        with saying_it_right():
            await _SAY[type](tx, _Right(corrector, replacement, at, code, id, now))

    return say


@dataclass(frozen=True, slots=True)
class _Right:
    """What is said right; without a time of its own it happened when the wrong one did."""

    corrector: Corrector
    body: dict[str, object]
    at: datetime
    code: str | None
    id: UUID
    now: datetime


async def _say_drop(tx: Transaction, right: _Right) -> None:
    """The piece keeps its receipt code: it is the same piece, told right."""
    drop = read_replacement(NewDrop, right.body).to_drop(right.at, right.code)
    (result,) = await handlers.drop_items(tx, right.corrector.outbox, [drop], right.now, right.id)
    if isinstance(result, Refused):
        raise result


async def _say_bag(tx: Transaction, right: _Right) -> None:
    body = read_replacement(InstalledBag, right.body)
    bag = Bag(body.bag_id, body.point_id, body.installed_at or right.at)
    fact = BagInstalled(bag_id=body.bag_id, point_id=body.point_id, replaces_bag_id=body.replaces_bag_id)
    await handlers.install_bag(tx, right.corrector.outbox, bag, right.now, fact, right.id)


async def _say_box(tx: Transaction, right: _Right) -> None:
    points = [read_replacement(DropPointRegistered, right.body)]
    (refusal,) = await handlers.register_points(tx, right.corrector.outbox, points, right.now, right.id)
    if refusal is not None:
        raise refusal


_SAY: Final = {"ItemDropped": _say_drop, "BagInstalled": _say_bag, "DropPointRegistered": _say_box}
