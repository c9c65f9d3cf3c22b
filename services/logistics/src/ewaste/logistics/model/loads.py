"""Sealed bags leave together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ewaste.contracts.events.logistics import BagInLoad, LoadDispatched
from ewaste.contracts.refusal import CONFLICT, Refused
from ewaste.logistics.model.collections import Collection
from ewaste.logistics.model.words import Word, check_time, named

__all__ = ["Load", "check_from_store", "check_seals", "dispatch"]


@dataclass(frozen=True, slots=True)
class Load:
    """Bags that leave together; sent again it is the same load, whatever the device's clock says.

    `stated` are the bags for which the dispatcher read the seal and weighed; the others leave as they were collected.
    """

    load_id: str
    carrier_id: str
    origin_id: str
    destination_id: str
    manifest_number: str | None
    bag_ids: frozenset[str]
    dispatched_at: datetime = field(compare=False)
    stated: Mapping[str, Word] = field(default_factory=dict)


def dispatch(load: Load, collected: Mapping[str, Collection], now: datetime) -> LoadDispatched:
    """Seals and grams are the dispatcher's own where stated, else the crew's.

    Raises `Refused` naming the bags that were neither collected nor stated.
    """
    check_time(load.dispatched_at, now, "dispatched_at")
    if load.origin_id == load.destination_id:
        raise Refused("going-nowhere", "the load goes to where it is; name another place", field="destination_id")
    if missing := load.bag_ids - collected.keys() - load.stated.keys():
        detail = (
            f"not collected: {named(missing)}; send their collections first, state their seals and grams in `bags`, "
            "or take them out of the load"
        )
        raise Refused("bag-not-collected", detail, field="bag_ids")
    bags = tuple(_leaving(bag_id, load, collected) for bag_id in sorted(load.bag_ids))
    return LoadDispatched(
        load_id=load.load_id,
        carrier_id=load.carrier_id,
        origin_id=load.origin_id,
        destination_id=load.destination_id,
        bags=bags,
        gross_grams=sum(bag.gross_grams for bag in bags),
        manifest_number=load.manifest_number,
    )


def _leaving(bag_id: str, load: Load, collected: Mapping[str, Collection]) -> BagInLoad:
    if word := load.stated.get(bag_id):
        return BagInLoad(bag_id=bag_id, seal_number=word.seal, gross_grams=word.grams)
    crew = collected[bag_id]
    return BagInLoad(bag_id=bag_id, seal_number=crew.seal_number, gross_grams=crew.gross_grams)


def check_seals(load: Load, closing: Mapping[str, str]) -> None:
    """Raises `Refused` where a seal that the dispatcher read closes another bag; `closing` is bag by seal."""
    seen: dict[str, str] = {}
    for bag_id, word in sorted(load.stated.items()):
        other = seen.setdefault(word.seal, closing.get(word.seal, bag_id))
        if other != bag_id:
            detail = f"seal {word.seal} closes bag {other}; read the seal of bag {bag_id} again"
            raise Refused("seal-used", detail, field="bags", status=CONFLICT)


def check_from_store(load: Load, bag_id: str, holder_id: str, place_id: str) -> None:
    """Raises `Refused` where a bag that is in a store leaves from somewhere else."""
    if not {load.origin_id, load.carrier_id} & {holder_id, place_id}:
        detail = f"bag {bag_id} is in the store of {holder_id}; dispatch it from there (origin_id {place_id})"
        raise Refused("bag-in-store", detail, field="origin_id", status=CONFLICT)
