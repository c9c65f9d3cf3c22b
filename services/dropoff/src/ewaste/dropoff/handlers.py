"""Use cases: load, decide, save, tell. The caller owns the transaction."""

from collections.abc import Sequence
from datetime import datetime

from ewaste.contracts.events.dropoff import (
    BagFillReported,
    BagInstalled,
    DropPointRegistered,
    DropPointRetired,
    FillSource,
    ItemDropped,
    RetirementReason,
)
from ewaste.contracts.events.logistics import BinCollected
from ewaste.contracts.refusal import CONFLICT, NOT_FOUND, Refused
from ewaste.dropoff import storage
from ewaste.dropoff.model import Bag, Drop, check_time, place
from ewaste.runtime.database import Transaction
from ewaste.runtime.inbox import Received
from ewaste.runtime.outbox import Fact, Outbox

__all__ = [
    "Receipt",
    "drop_items",
    "install_bag",
    "install_next_bags",
    "register_points",
    "report_fill",
    "retire_point",
]

Receipt = tuple[str, str]
"""Item id and receipt code."""


async def register_points(
    tx: Transaction, outbox: Outbox, points: Sequence[DropPointRegistered], now: datetime
) -> list[Refused | None]:
    """One result per point: None where it was registered."""
    new = await storage.add_points(tx, points, now)
    results: list[Refused | None] = []
    facts: list[Fact] = []
    for point in points:
        if point.point_id in new:
            new.discard(point.point_id)
            facts.append(Fact(point, now))
            results.append(None)
        else:
            results.append(_taken("point_id", f"box {point.point_id} is registered already; choose another id"))
    await outbox.add(tx, *facts)
    return results


async def retire_point(tx: Transaction, outbox: Outbox, point_id: str, reason: RetirementReason, now: datetime) -> None:
    found = await storage.point(tx, point_id, lock=True)
    if found is None:
        raise _unknown_box(point_id)
    if found.retired_at is None:
        await storage.retire(tx, point_id, now)
        await outbox.add(tx, Fact(DropPointRetired(point_id=point_id, reason=reason), now))


async def install_bag(tx: Transaction, outbox: Outbox, bag: Bag, now: datetime) -> None:
    """Hang a fresh bag; the same bag in the same box again changes nothing."""
    check_time(bag.installed_at, now, "installed_at")
    if await storage.point(tx, bag.point_id, lock=True) is None:
        raise _unknown_box(bag.point_id)
    if await storage.add_bags(tx, [bag]):
        await outbox.add(tx, Fact(BagInstalled(bag_id=bag.bag_id, point_id=bag.point_id), bag.installed_at))
        return
    stored = await storage.bag(tx, bag.bag_id)
    if stored is not None and stored.point_id != bag.point_id:
        raise _taken("bag_id", f"bag {bag.bag_id} hung in box {stored.point_id}; every bag has an id of its own")


async def install_next_bags(
    tx: Transaction, outbox: Outbox, collected: Sequence[tuple[Received, BinCollected]]
) -> None:
    """The crew hung a fresh bag where it took one: the box goes on with it."""
    swaps = {data.next_bag_id: (data, received) for received, data in collected if data.next_bag_id is not None}
    bags = [Bag(bag_id, data.point_id, received.event.envelope.time) for bag_id, (data, received) in swaps.items()]
    new = await storage.add_bags(tx, bags) if bags else set()
    facts = [
        Fact(
            BagInstalled(bag_id=bag_id, point_id=data.point_id, replaces_bag_id=data.bag_id),
            received.event.envelope.time,
            causation_id=str(received.event.envelope.id),
        )
        for bag_id, (data, received) in swaps.items()
        if bag_id in new
    ]
    await outbox.add(tx, *facts)


async def report_fill(
    tx: Transaction, outbox: Outbox, *, bag_id: str, fill_percent: int, reported_by: FillSource, now: datetime
) -> None:
    bag = await storage.bag(tx, bag_id)
    if bag is None:
        raise Refused("bag-unknown", f"bag {bag_id} is not known; scan it again", field="bag_id", status=NOT_FOUND)
    fact = BagFillReported(bag_id=bag_id, point_id=bag.point_id, fill_percent=fill_percent, reported_by=reported_by)
    await outbox.add(tx, Fact(fact, now))


async def drop_items(tx: Transaction, outbox: Outbox, drops: Sequence[Drop], now: datetime) -> list[Receipt | Refused]:
    """One result per drop, in order: its receipt, or why it was refused. A refused drop leaves nothing behind."""
    bags = await storage.bags_of(tx, (drop.point_id for drop in drops))
    placed = [_placed(drop, bags.get(drop.point_id, []), now) for drop in drops]
    good = {drop.item_id: (drop, fact) for drop, fact in reversed(list(zip(drops, placed, strict=True)))
            if isinstance(fact, ItemDropped)}  # fmt: skip
    new = await storage.add_items(tx, list(good.values())) if good else set()
    repeated = [drop.item_id for drop in drops if drop.item_id not in new]
    known = await storage.items(tx, repeated) if repeated else {}
    await outbox.add(tx, *(Fact(fact, drop.dropped_at) for drop, fact in good.values() if drop.item_id in new))
    return [
        fact if isinstance(fact, Refused) else _receipt(drop, fact, good[drop.item_id], known.get(drop.item_id))
        for drop, fact in zip(drops, placed, strict=True)
    ]


def _placed(drop: Drop, bags: Sequence[Bag], now: datetime) -> ItemDropped | Refused:
    try:
        return place(drop, bags, now)
    except Refused as refusal:
        return refusal


def _receipt(
    drop: Drop, fact: ItemDropped, first: tuple[Drop, ItemDropped], known: storage.ItemRow | None
) -> Receipt | Refused:
    """The same item sent again gets its first receipt; another item under its id is refused."""
    code, bag_id, category = (
        (known.receipt_code, known.bag_id, known.category)
        if known
        else (first[0].receipt_code, first[1].bag_id, first[1].category)
    )
    if (bag_id, category) != (fact.bag_id, fact.category):
        return _taken("item_id", f"item {drop.item_id} was recorded before as {category} in bag {bag_id}")
    return drop.item_id, code


def _taken(field: str, detail: str) -> Refused:
    return Refused("id-taken", detail, field=field, status=CONFLICT)


def _unknown_box(point_id: str) -> Refused:
    return Refused("box-unknown", f"box {point_id} is not registered", field="point_id", status=NOT_FOUND)
