"""Bags are sealed, weighed and taken."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ewaste.contracts.events.logistics import BinCollected
from ewaste.contracts.refusal import CONFLICT, Refused
from ewaste.logistics.model.words import MOST_BAG_GRAMS, check_time

__all__ = ["Collection", "collect", "conflict"]


@dataclass(frozen=True, slots=True)
class Collection:
    """A bag as the crew sealed and weighed it; sent again it is the same, whatever the device's clock says."""

    bag_id: str
    point_id: str
    seal_number: str
    gross_grams: int
    tare_grams: int
    next_bag_id: str | None
    carrier_id: str
    plan_id: str | None
    collected_at: datetime = field(compare=False)


def collect(collection: Collection, now: datetime) -> BinCollected:
    """Accept what the crew says; raises `Refused` where it cannot be true."""
    check_time(collection.collected_at, now, "collected_at")
    if collection.gross_grams > MOST_BAG_GRAMS:
        detail = f"{collection.gross_grams} g in one bag, at most {MOST_BAG_GRAMS}; grams are meant, check the unit"
        raise Refused("grams-absurd", detail, field="gross_grams")
    if collection.tare_grams > collection.gross_grams:
        detail = f"tare {collection.tare_grams} g is above gross {collection.gross_grams} g; weigh the bag again"
        raise Refused("tare-above-gross", detail, field="tare_grams")
    if collection.next_bag_id == collection.bag_id:
        raise Refused("bag-reused", "the fresh bag is the bag that was taken; scan the fresh one", field="next_bag_id")
    return BinCollected(
        bag_id=collection.bag_id,
        point_id=collection.point_id,
        seal_number=collection.seal_number,
        gross_grams=collection.gross_grams,
        tare_grams=collection.tare_grams,
        next_bag_id=collection.next_bag_id,
        carrier_id=collection.carrier_id,
        plan_id=collection.plan_id,
    )


def conflict(collection: Collection, stored: Sequence[Collection]) -> Refused | None:
    """Why a collection cannot stand beside the stored ones; None when it is one of them, sent again."""
    for other in stored:
        if other.bag_id == collection.bag_id:
            return None if other == collection else _collected_otherwise(collection, other)
    for other in stored:
        if other.seal_number == collection.seal_number:
            detail = f"seal {other.seal_number} closes bag {other.bag_id}; read the seal of {collection.bag_id} again"
            return Refused("seal-used", detail, field="seal_number", status=CONFLICT)
        if other.next_bag_id is not None and other.next_bag_id == collection.next_bag_id:
            detail = f"bag {other.next_bag_id} was hung in box {other.point_id} already; scan the fresh bag again"
            return Refused("next-bag-used", detail, field="next_bag_id", status=CONFLICT)
    return None


def _collected_otherwise(collection: Collection, stored: Collection) -> Refused:
    names = ("seal_number", "gross_grams", "tare_grams", "point_id", "next_bag_id", "carrier_id", "plan_id")
    name = next(name for name in names if getattr(collection, name) != getattr(stored, name))
    detail = (
        f"bag {stored.bag_id} was collected at {stored.collected_at:%Y-%m-%d %H:%M} UTC with {name} "
        f"{getattr(stored, name)}; a bag is collected once, so scan the bag again"
    )
    return Refused("bag-collected", detail, field=name, status=CONFLICT)
