"""Use cases: load, decide, save, tell. The caller owns the transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ewaste.contracts.events.dropoff import (
    BagFillReported,
    BagInstalled,
    DropPointRegistered,
    DropPointRetired,
    FillSource,
    ItemDropped,
    RetirementReason,
)
from ewaste.contracts.ids import uuid7
from ewaste.contracts.refusal import CONFLICT, NOT_FOUND, Refused
from ewaste.dropoff.model import Bag, Drop, check_time, place
from ewaste.dropoff.storage import boxes
from ewaste.dropoff.storage.progress import Heard
from ewaste.dropoff.storage.tables import ItemRow
from ewaste.runtime.database import Transaction
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
    tx: Transaction, outbox: Outbox, points: Sequence[DropPointRegistered], now: datetime, id: UUID | None = None
) -> list[Refused | None]:
    """One result per point: None where it was registered. `id` is the event's where a correction names it before."""
    facts = [Fact(point, now) if id is None else Fact(point, now, id=id) for point in points]
    new = await boxes.add_points(tx, [(fact.id, point) for fact, point in zip(facts, points, strict=True)], now)
    await outbox.add(tx, *(fact for fact in facts if fact.id in new))
    return [
        None
        if fact.id in new
        else _taken("point_id", f"box {point.point_id} is registered already; choose another id, or correct it")
        for fact, point in zip(facts, points, strict=True)
    ]


async def retire_point(tx: Transaction, outbox: Outbox, point_id: str, reason: RetirementReason, now: datetime) -> None:
    found = await boxes.point(tx, point_id, lock=True)
    if found is None:
        raise _unknown_box(point_id)
    if found.retired_at is None:
        await boxes.retire(tx, point_id, now)
        await outbox.add(tx, Fact(DropPointRetired(point_id=point_id, reason=reason), now))


async def install_bag(
    tx: Transaction, outbox: Outbox, bag: Bag, now: datetime, fact: BagInstalled | None = None, id: UUID | None = None
) -> None:
    """Hang a fresh bag; the same bag in the same box again changes nothing. `fact` tells more than the bag does."""
    check_time(bag.installed_at, now, "installed_at")
    if await boxes.point(tx, bag.point_id, lock=True) is None:
        raise _unknown_box(bag.point_id)
    told = Fact(fact or BagInstalled(bag_id=bag.bag_id, point_id=bag.point_id), bag.installed_at, id=id or uuid7())
    if await boxes.add_bags(tx, [(bag, told.id, None)]):
        await outbox.add(tx, told)
        return
    stored = await boxes.bag(tx, bag.bag_id)
    if stored is not None and stored.point_id != bag.point_id:
        raise _taken("bag_id", f"bag {bag.bag_id} hung in box {stored.point_id}; every bag has an id of its own")


async def install_next_bags(tx: Transaction, outbox: Outbox, collected: Sequence[Heard]) -> None:
    """The crew hung a fresh bag where it took one: the box goes on with it."""
    swaps = {one.detail: one for one in collected if one.detail is not None and one.point_id is not None}
    facts = [
        Fact(
            BagInstalled(bag_id=bag_id, point_id=str(one.point_id), replaces_bag_id=one.subject),
            one.at,
            causation_id=str(one.event_id),
        )
        for bag_id, one in swaps.items()
    ]
    bags = [
        (Bag(bag_id, str(one.point_id), one.at), fact.id, one.event_id)
        for (bag_id, one), fact in zip(swaps.items(), facts, strict=True)
    ]
    new = await boxes.add_bags(tx, bags) if bags else set()
    await outbox.add(tx, *(fact for fact in facts if fact.id in new))


async def report_fill(
    tx: Transaction, outbox: Outbox, *, bag_id: str, fill_percent: int, reported_by: FillSource, now: datetime
) -> None:
    bag = await boxes.bag(tx, bag_id)
    if bag is None:
        raise Refused("bag-unknown", f"bag {bag_id} is not known; scan it again", field="bag_id", status=NOT_FOUND)
    fact = BagFillReported(bag_id=bag_id, point_id=bag.point_id, fill_percent=fill_percent, reported_by=reported_by)
    await outbox.add(tx, Fact(fact, now))


async def drop_items(
    tx: Transaction, outbox: Outbox, drops: Sequence[Drop], now: datetime, id: UUID | None = None
) -> list[Receipt | Refused]:
    """One result per drop, in order: its receipt, or why it was refused. A refused drop leaves nothing behind."""
    bags = await boxes.bags_of(tx, (drop.point_id for drop in drops))
    placed = [_placed(drop, bags.get(drop.point_id, []), now) for drop in drops]
    good = {drop.item_id: (drop, fact, id or uuid7()) for drop, fact in reversed(list(zip(drops, placed, strict=True)))
            if isinstance(fact, ItemDropped)}  # fmt: skip
    new = await boxes.add_items(tx, list(good.values())) if good else set()
    repeated = [drop.item_id for drop in drops if drop.item_id not in new]
    known = await boxes.items(tx, repeated) if repeated else {}
    await outbox.add(
        tx, *(Fact(fact, drop.dropped_at, id=told) for drop, fact, told in good.values() if drop.item_id in new)
    )
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
    drop: Drop, fact: ItemDropped, first: tuple[Drop, ItemDropped, UUID], known: ItemRow | None
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
