"""What one device recorded without a line, uploaded at once: facts of any kind, judged in their order."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

from ewaste.contracts.fields import Identifier
from ewaste.contracts.refusal import Refused
from ewaste.logistics.api.inputs import NewBreak, NewCollection, NewHandover, NewLoad, NewOffer
from ewaste.logistics.handlers.breaks import declare_break
from ewaste.logistics.handlers.collections import collect_bags
from ewaste.logistics.handlers.loads import dispatch_load, offer_load, record_handover
from ewaste.logistics.journal import Journal
from ewaste.runtime.bulk import Bulk, IdempotencyKey, Input, Lines, check_size, judge
from ewaste.runtime.database import Database, Transaction
from ewaste.runtime.idempotency import once
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, model_validator

__all__ = ["router"]


class RoundLine(Input):
    """One fact: exactly one of these. A handover and an offer name their load in `load_id`."""

    collection: NewCollection | None = None
    load: NewLoad | None = None
    handover: NewHandover | None = None
    offer: NewOffer | None = None
    custody_break: NewBreak | None = Field(default=None, alias="break")
    load_id: Identifier | None = None

    @model_validator(mode="after")
    def _holds_one_fact(self) -> "RoundLine":
        held = [name for name in _KINDS if getattr(self, name) is not None]
        if len(held) != 1:
            raise ValueError("give one of collection, load, handover, offer and break in each line")
        if (self.load_id is not None) != (held[0] in {"handover", "offer"}):
            raise ValueError("a handover or offer names its load in load_id, the others have none")
        return self

    @property
    def kind(self) -> Any:
        return next(name for name in _KINDS if getattr(self, name) is not None)


class RoundReceipt(BaseModel):
    """`new` is false where it was recorded before just so."""

    kind: Literal["collection", "load", "handover", "offer", "break"]
    id: str
    new: bool


async def _collection(tx: Transaction, journal: Journal, line: RoundLine, now: datetime) -> tuple[str, bool]:
    assert line.collection is not None, "it is the fact of this line"
    (result,) = await collect_bags(tx, journal, [line.collection.to_collection(now)], now)
    if isinstance(result, Refused):
        raise result
    return result.bag_id, result.new


async def _load(tx: Transaction, journal: Journal, line: RoundLine, now: datetime) -> tuple[str, bool]:
    assert line.load is not None, "it is the fact of this line"
    return line.load.load_id, await dispatch_load(tx, journal, line.load.to_load(now), now)


async def _handover(tx: Transaction, journal: Journal, line: RoundLine, now: datetime) -> tuple[str, bool]:
    assert line.handover is not None, "it is the fact of this line"
    assert line.load_id is not None, "the line was checked"
    fact, new = await record_handover(tx, journal, line.handover.to_handover(line.load_id, now), now)
    return fact.handover_id, new


async def _offer(tx: Transaction, journal: Journal, line: RoundLine, now: datetime) -> tuple[str, bool]:
    assert line.offer is not None, "it is the fact of this line"
    assert line.load_id is not None, "the line was checked"
    return line.offer.offer_id, await offer_load(tx, journal, line.offer.to_offer(line.load_id, now), now)


async def _break(tx: Transaction, journal: Journal, line: RoundLine, now: datetime) -> tuple[str, bool]:
    assert line.custody_break is not None, "it is the fact of this line"
    body = line.custody_break
    return body.break_id, await declare_break(tx, journal, body.to_fact(), body.declared_at or now, now)


_KINDS: Final[Mapping[str, Callable[[Transaction, Journal, RoundLine, datetime], Awaitable[tuple[str, bool]]]]] = {
    "collection": _collection,
    "load": _load,
    "handover": _handover,
    "offer": _offer,
    "custody_break": _break,
}


def router(database: Database, journal: Journal, bulk_lines: int) -> APIRouter:
    api = APIRouter(tags=["rounds"])

    @api.post("/rounds", response_model=Lines[RoundReceipt])
    async def upload(request: Request, body: Bulk, key: IdempotencyKey = None) -> Response:
        """A device's collections, loads, handovers, offers and breaks, judged in their order, each by itself.

        Send it again as often as needed: what is here already is accepted and told once. A line that was refused
        because another upload is still to come (its collections, its load) is accepted when it is sent after that.
        """
        check_size(body, bulk_lines)

        async def work() -> tuple[int, bytes]:
            now = datetime.now(UTC)

            async def handle(good: list[RoundLine]) -> list[RoundReceipt | Refused]:
                return [await _judged(tx, journal, line, now) for line in good]

            results = await judge(body, RoundLine, handle)
            return 200, Lines[RoundReceipt].of(results).model_dump_json().encode()

        async with database.transaction() as tx:
            return await once(tx, "rounds", key, await request.body(), work)

    return api


async def _judged(tx: Transaction, journal: Journal, line: RoundLine, now: datetime) -> RoundReceipt | Refused:
    """In a savepoint of its own: a refused line leaves nothing behind."""
    kind = line.kind
    try:
        async with tx.begin_nested():
            id, new = await _KINDS[kind](tx, journal, line, now)
    except Refused as refusal:
        name = kind.removeprefix("custody_")
        field = refusal.field if refusal.field in {None, "load_id"} else f"{name}.{refusal.field}"
        return Refused(refusal.code, refusal.detail, field=field, status=refusal.status)
    return RoundReceipt(kind=kind.removeprefix("custody_"), id=id, new=new)
