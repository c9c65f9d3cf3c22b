"""Boxes, bags and drops: what is decided here, without I/O. Time and ids are passed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from ewaste.contracts.events.dropoff import Category, Channel, ItemDropped
from ewaste.contracts.refusal import NOT_FOUND, Refused

__all__ = ["Bag", "Drop", "Progress", "Stage", "check_time", "place", "stage_of"]

_CLOCK_SKEW: Final = timedelta(minutes=5)

# A prior in grams per piece: averages of UNU-KEYS 0306, 0303, 0301, 0401 (Statistics Netherlands, 2021). Cables,
# chargers and batteries have no key of their own and a category mean overstates them many times over: no prior.
ESTIMATED_GRAMS: Final[Mapping[Category, int]] = {
    Category.PHONE: 90,
    Category.TABLET: 820,
    Category.LAPTOP: 820,
    Category.SMALL_IT: 400,
    Category.SMALL_ELECTRONICS: 390,
}


class Stage(StrEnum):
    """Where an item is on its way, as a citizen reads it."""

    DROPPED = "dropped"
    COLLECTED = "collected"
    DELIVERED = "delivered"
    PROCESSED = "processed"
    CERTIFIED = "certified"


@dataclass(frozen=True, slots=True)
class Bag:
    """One bag that hangs or hung in a box."""

    bag_id: str
    point_id: str
    installed_at: datetime


@dataclass(frozen=True, slots=True)
class Drop:
    """One piece as it was reported; `receipt_code` is the citizen's alone and never leaves this service."""

    item_id: str
    receipt_code: str
    point_id: str
    bag_id: str | None
    category: Category
    channel: Channel
    dropped_at: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of an item's bag, load and batch; every field arrives on its own, in any order."""

    collected_at: datetime | None = None
    delivered_at: datetime | None = None
    processed_at: datetime | None = None
    certificate_id: str | None = None


def stage_of(progress: Progress) -> Stage:
    """The furthest stage that a fact shows: a later fact stands even where an earlier one is still on its way."""
    if progress.certificate_id:
        return Stage.CERTIFIED
    if progress.processed_at:
        return Stage.PROCESSED
    if progress.delivered_at:
        return Stage.DELIVERED
    return Stage.COLLECTED if progress.collected_at else Stage.DROPPED


def place(drop: Drop, bags: Sequence[Bag], now: datetime) -> ItemDropped:
    """Find the bag that hung in the box when the piece was dropped; `bags` are those of the box, oldest first.

    Raises `Refused` when the time is in the future, the box is unknown or the bag is not of this box.
    """
    check_time(drop.dropped_at, now, "dropped_at")
    bag = _named(drop, bags) if drop.bag_id else _hanging(drop, bags)
    return ItemDropped(
        item_id=drop.item_id,
        bag_id=bag.bag_id,
        point_id=drop.point_id,
        category=drop.category,
        channel=drop.channel,
        estimated_grams=ESTIMATED_GRAMS.get(drop.category),
    )


def check_time(moment: datetime, now: datetime, name: str) -> None:
    """Raises `Refused` when a device's time is further ahead than clocks are."""
    if moment > now + _CLOCK_SKEW:
        raise Refused("time-in-future", f"{name} is after {now:%H:%M:%S} UTC; check the clock", field=name)


def _named(drop: Drop, bags: Sequence[Bag]) -> Bag:
    for bag in bags:
        if bag.bag_id == drop.bag_id:
            return bag
    raise Refused(
        "bag-unknown", f"bag {drop.bag_id} never hung in box {drop.point_id}; scan the bag again", field="bag_id"
    )


def _hanging(drop: Drop, bags: Sequence[Bag]) -> Bag:
    if not bags:
        detail = f"box {drop.point_id} is unknown or has no bag yet; scan the box again or install a bag"
        raise Refused("box-unknown", detail, field="point_id", status=NOT_FOUND)
    hung = [bag for bag in bags if bag.installed_at <= drop.dropped_at]
    return hung[-1] if hung else bags[0]
