"""Use cases: load, decide, save, tell. The caller owns the transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ewaste.contracts.events.logistics import BinCollected, CollectionPlanned, HandoverRecorded
from ewaste.contracts.refusal import CONFLICT, NOT_FOUND, Refused
from ewaste.evidence.rules import Rules
from ewaste.logistics.model import (
    Collection,
    Handover,
    Load,
    check_plan,
    collect,
    conflict,
    dispatch,
    hand_over,
    repeats,
)
from ewaste.logistics.storage import bags, loads, plans
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact, Outbox

__all__ = ["Collected", "collect_bags", "dispatch_load", "plan_collection", "record_handover"]


@dataclass(frozen=True, slots=True)
class Collected:
    """`known`: somebody told that this bag hung in this box. The crew is believed either way."""

    bag_id: str
    known: bool
    new: bool


async def collect_bags(
    tx: Transaction, outbox: Outbox, collections: Sequence[Collection], now: datetime
) -> list[Collected | Refused]:
    """One result per collection, in order. The same collection again is accepted and changes nothing."""
    facts = [_collected(collection, now) for collection in collections]
    fresh = _without_rivals([c for c, fact in zip(collections, facts, strict=True) if isinstance(fact, BinCollected)])
    new = await bags.add_collections(tx, fresh) if fresh else set()
    first = {c.bag_id: c for c in fresh if c.bag_id in new}
    told = [Fact(fact, c.collected_at) for c, fact in zip(collections, facts, strict=True)
            if isinstance(fact, BinCollected) and first.get(c.bag_id) is c]  # fmt: skip
    await outbox.add(tx, *told)
    rest = [c for c in collections if first.get(c.bag_id) is not c]
    stored = await bags.collections_like(tx, rest) if rest else []
    known = await bags.known_bags(tx, [(c.bag_id, c.point_id) for c in collections])
    return [
        _result(c, fact, stored, known, new=first.get(c.bag_id) is c)
        for c, fact in zip(collections, facts, strict=True)
    ]


def _collected(collection: Collection, now: datetime) -> BinCollected | Refused:
    try:
        return collect(collection, now)
    except Refused as refusal:
        return refusal


def _without_rivals(collections: Sequence[Collection]) -> list[Collection]:
    """Of those that share a bag, a seal or a fresh bag the first in the request stands, however the database sorts."""
    taken: set[tuple[str, str]] = set()
    kept = []
    for c in collections:
        claims = {("bag", c.bag_id), ("seal", c.seal_number), *({("next", c.next_bag_id)} if c.next_bag_id else ())}
        if not claims & taken:
            kept.append(c)
            taken |= claims
    return kept


def _result(
    collection: Collection, fact: BinCollected | Refused, stored: Sequence[Collection], known: set[str], *, new: bool
) -> Collected | Refused:
    refusal = fact if isinstance(fact, Refused) else None if new else conflict(collection, stored)
    return refusal or Collected(collection.bag_id, known=collection.bag_id in known, new=new)


async def dispatch_load(tx: Transaction, outbox: Outbox, load: Load, now: datetime) -> bool:
    """Send the load off; False when it was sent off before just so."""
    fact = dispatch(load, await bags.collections_of(tx, load.bag_ids), now)
    if not await loads.add_load(tx, load, fact):
        if await loads.load(tx, load.load_id) != load:
            raise _taken("load_id", f"load {load.load_id} left with other bags or to another place")
        return False
    if elsewhere := await loads.claim_bags(tx, load.load_id, load.bag_ids):
        bag_id, load_id = min(elsewhere.items())
        more = f" ({len(elsewhere)} bags are elsewhere)" if len(elsewhere) > 1 else ""
        detail = f"bag {bag_id} is in load {load_id}{more}; take it out of this load"
        raise Refused("bag-in-load", detail, field="bag_ids", status=CONFLICT)
    await outbox.add(tx, Fact(fact, load.dispatched_at))
    return True


async def record_handover(
    tx: Transaction, outbox: Outbox, handover: Handover, rules: Rules, now: datetime
) -> tuple[HandoverRecorded, bool]:
    """Compare and store; the flag is False when it was recorded before just so."""
    # The load's row is locked first: its events leave in the order in which they were decided.
    if not await loads.lock_load(tx, handover.load_id):
        detail = f"load {handover.load_id} is unknown; dispatch it first"
        raise Refused("load-unknown", detail, field="load_id", status=NOT_FOUND)
    if recorded := await loads.handover(tx, handover.handover_id):
        if not repeats(handover, recorded):
            raise _taken("handover_id", f"handover {handover.handover_id} was recorded with other readings or hands")
        return recorded, False
    fact = hand_over(handover, await loads.given_bags(tx, handover.load_id), rules, now)
    if not await loads.add_handover(tx, fact, handover.handed_over_at):
        raise _taken("handover_id", f"handover {handover.handover_id} is being recorded for another load")
    await outbox.add(tx, Fact(fact, handover.handed_over_at))
    return fact, True


async def plan_collection(
    tx: Transaction, outbox: Outbox, plan: CollectionPlanned, now: datetime
) -> tuple[list[str], bool]:
    """Boxes of the plan that nobody told of yet, sorted; the flag is False when the plan was there before just so."""
    check_plan(plan)
    new = await plans.add_plan(tx, plan, now)
    if new:
        await outbox.add(tx, Fact(plan, now))
    elif await plans.plan(tx, plan.plan_id) != plan:
        raise _taken("plan_id", f"plan {plan.plan_id} was made with another carrier, day or boxes")
    asked = {stop.point_id for stop in plan.stops}
    return sorted(asked - await bags.known_points(tx, asked)), new


def _taken(field: str, detail: str) -> Refused:
    return Refused("id-taken", f"{detail}; choose another id", field=field, status=CONFLICT)
