"""Crews take bags."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ewaste.contracts.events.logistics import BinCollected
from ewaste.contracts.refusal import Refused
from ewaste.logistics.handlers.standing import settle
from ewaste.logistics.journal import Journal
from ewaste.logistics.model.collections import Collection, collect, conflict
from ewaste.logistics.storage import bags, loads
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact

__all__ = ["Collected", "collect_bags"]


@dataclass(frozen=True, slots=True)
class Collected:
    """`known`: somebody told that this bag hung in this box. The crew is believed either way."""

    bag_id: str
    known: bool
    new: bool


async def collect_bags(
    tx: Transaction, journal: Journal, collections: Sequence[Collection], now: datetime
) -> list[Collected | Refused]:
    """One result per collection, in order. The same collection again is accepted and changes nothing."""
    facts = [_collected(collection, now) for collection in collections]
    fresh = _without_rivals([c for c, fact in zip(collections, facts, strict=True) if isinstance(fact, BinCollected)])
    new = await bags.add_collections(tx, fresh) if fresh else set()
    first = {c.bag_id: c for c in fresh if c.bag_id in new}
    told = [Fact(fact, c.collected_at) for c, fact in zip(collections, facts, strict=True)
            if isinstance(fact, BinCollected) and first.get(c.bag_id) is c]  # fmt: skip
    await journal.tell(tx, *told)
    # A bag that the dispatcher had sealed and weighed itself may be on its way before its crew tells.
    await settle(tx, journal.rules, await loads.loads_of_bags(tx, first) if first else (), now)
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
