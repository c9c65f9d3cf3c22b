"""What this service told, and what of it was wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from asyncpg import Record
from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.fields import Identifier, Part
from ewaste.contracts.refusal import Refused
from ewaste.logistics.api.inputs import (
    NewActor,
    NewBreak,
    NewCollection,
    NewCorrection,
    NewDecision,
    NewHandover,
    NewLoad,
    NewResolution,
)
from ewaste.logistics.api.plans import NewPlan
from ewaste.logistics.api.sending import answer_once
from ewaste.logistics.handlers.actors import register_actor
from ewaste.logistics.handlers.breaks import declare_break
from ewaste.logistics.handlers.collections import collect_bags
from ewaste.logistics.handlers.corrections import Replace, correct_event
from ewaste.logistics.handlers.disputes import decide_dispute, state_resolution
from ewaste.logistics.handlers.loads import dispatch_load, record_handover
from ewaste.logistics.handlers.plans import plan_collection
from ewaste.logistics.journal import Journal
from ewaste.logistics.storage import records
from ewaste.runtime.bulk import AGAIN, IdempotencyKey, Input
from ewaste.runtime.corrections import read_replacement, saying_it_right
from ewaste.runtime.database import Database, Transaction
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

__all__ = ["router"]

_MOST_EVENTS: Final = 1000


class EventShown(BaseModel):
    """A fact that was told here: its id is what a correction names."""

    event_id: str
    type: str
    """With the context, such as `logistics.BinCollected`."""
    subject: str
    happened_at: datetime
    corrected_by: str | None
    replacement_event_id: str | None


class Events(BaseModel):
    items: list[EventShown]


def router(database: Database, journal: Journal) -> APIRouter:
    api = APIRouter(tags=["corrections"])

    @api.post("/corrections", status_code=201, response_model=EventCorrected, responses=AGAIN)
    async def correct(request: Request, body: NewCorrection, key: IdempotencyKey = None) -> Response:
        """Take a fact of this service back and, with `replacement`, say it right in the same transaction.

        Refused while other facts rest on it, which are named. The same again gets 200.
        """

        async def work(tx: Transaction, now: datetime) -> tuple[EventCorrected, bool]:
            replace = _replace(body.replacement, now) if body.replacement is not None else None
            return await correct_event(tx, journal, body.to_correction(), replace, now)

        return await answer_once(database, request, "corrections", key, work)

    @api.get("/events")
    async def list_events(subject: Identifier) -> Events:
        """What was told about a bag, load, handover, actor, plan or break, the oldest first; at most 1,000."""
        async with database.transaction() as tx:
            rows = await records.told_about(tx, subject, _MOST_EVENTS)
        return Events(items=[_shown(row) for row in rows])

    return api


def _shown(row: Record) -> EventShown:
    return EventShown(
        event_id=str(row["event_id"]),
        type=f"{row['topic'].removeprefix('ewaste.')}.{row['type']}",
        subject=row["subject"],
        happened_at=row["happened_at"],
        corrected_by=str(row["corrected_by"]) if row["corrected_by"] else None,
        replacement_event_id=str(row["replacement_event_id"]) if row["replacement_event_id"] else None,
    )


def _replace(replacement: dict[str, object], now: datetime) -> Replace:
    async def say(tx: Transaction, wrong: Part, at: datetime, journal: Journal) -> None:
        name = type(wrong).__name__
        body = read_replacement(_BODIES[name], replacement)
        with saying_it_right():
            await _SAY[name](tx, journal, body, _When(wrong, at, now))

    return say


@dataclass(frozen=True, slots=True)
class _When:
    """The wrong fact and its time: the right one happened then, unless it says when."""

    wrong: Any
    at: datetime
    now: datetime


async def _collect(tx: Transaction, journal: Journal, body: NewCollection, when: _When) -> None:
    (result,) = await collect_bags(tx, journal, [body.to_collection(when.at)], when.now)
    if isinstance(result, Refused):
        raise result


async def _dispatch(tx: Transaction, journal: Journal, body: NewLoad, when: _When) -> None:
    await dispatch_load(tx, journal, body.to_load(when.at), when.now)


async def _hand_over(tx: Transaction, journal: Journal, body: NewHandover, when: _When) -> None:
    await record_handover(tx, journal, body.to_handover(when.wrong.load_id, when.at), when.now)


async def _plan(tx: Transaction, journal: Journal, body: NewPlan, when: _When) -> None:
    await plan_collection(tx, journal, body.to_plan(), when.now)


async def _register(tx: Transaction, journal: Journal, body: NewActor, when: _When) -> None:
    await register_actor(tx, journal, body.to_actor(), when.now)


async def _break(tx: Transaction, journal: Journal, body: NewBreak, when: _When) -> None:
    await declare_break(tx, journal, body.to_fact(), body.declared_at or when.at, when.now)


async def _state(tx: Transaction, journal: Journal, body: NewResolution, when: _When) -> None:
    await state_resolution(tx, journal, body.to_fact(when.wrong.load_id), body.stated_at or when.at, when.now)


async def _decide(tx: Transaction, journal: Journal, body: NewDecision, when: _When) -> None:
    await decide_dispute(tx, journal, body.to_fact(when.wrong.load_id), body.decided_at or when.at, when.now)


_BODIES: Final[Mapping[str, type[Input]]] = {
    "BinCollected": NewCollection,
    "LoadDispatched": NewLoad,
    "HandoverRecorded": NewHandover,
    "CollectionPlanned": NewPlan,
    "ActorRegistered": NewActor,
    "CustodyBreakDeclared": NewBreak,
    "ResolutionStated": NewResolution,
    "DisputeDecided": NewDecision,
}
_SAY: Final[Mapping[str, Callable[..., Any]]] = {
    "BinCollected": _collect,
    "LoadDispatched": _dispatch,
    "HandoverRecorded": _hand_over,
    "CollectionPlanned": _plan,
    "ActorRegistered": _register,
    "CustodyBreakDeclared": _break,
    "ResolutionStated": _state,
    "DisputeDecided": _decide,
}
