"""Collections, loads and handovers: what is decided here, without I/O. Time and ids are passed in."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from ewaste.contracts.events.logistics import (
    BagHandover,
    BagInLoad,
    BinCollected,
    CollectionPlanned,
    Difference,
    HandoverRecorded,
    LoadDispatched,
)
from ewaste.contracts.refusal import CONFLICT, Refused
from ewaste.evidence.custody_model import BagState, LoadState
from ewaste.evidence.rules import Rules, classify_handover, gravest

__all__ = [
    "MOST_BAG_GRAMS",
    "NO_SEAL",
    "Collection",
    "Handover",
    "Load",
    "LoadFacts",
    "Reading",
    "bag_state",
    "check_plan",
    "collect",
    "conflict",
    "dispatch",
    "hand_over",
    "load_state",
    "repeats",
]

_CLOCK_SKEW: Final = timedelta(minutes=5)

MOST_BAG_GRAMS: Final = 100_000
"""Nobody lifts more out of a box: an amount above it is a unit mistake. A full load of 1,000 bags fits an event."""
NO_SEAL: Final = "none"
"""What a handover says where the receiver found no seal, or none that can be read: a mismatch with any seal."""


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


@dataclass(frozen=True, slots=True)
class Load:
    """Sealed bags that leave together."""

    load_id: str
    carrier_id: str
    origin_id: str
    destination_id: str
    manifest_number: str | None
    bag_ids: frozenset[str]
    dispatched_at: datetime = field(compare=False)


@dataclass(frozen=True, slots=True, order=True)
class Reading:
    """What the receiver saw of one bag; a bag that did not arrive has 0 grams and no seal."""

    bag_id: str
    seal_read: str
    received_grams: int


@dataclass(frozen=True, slots=True)
class Handover:
    """A load changes hands; one reading for each of its bags."""

    handover_id: str
    load_id: str
    giver_id: str
    receiver_id: str
    place_id: str
    readings: tuple[Reading, ...]
    handed_over_at: datetime


@dataclass(frozen=True, slots=True)
class LoadFacts:
    """What is known of a load, counted in its own bags; every fact arrives on its own, in any order."""

    sent: int
    received: int = 0
    rejected: int = 0
    contradicted: int = 0
    """Bags that are both received and rejected."""
    foreign: bool = False
    """The receiver names a bag that was not sent."""
    grave: bool = False
    """A broken seal or a significant difference of grams at any change of hands."""
    arrived: bool = False
    """A handover reached the place or the receiver that the load was sent to."""


def collect(collection: Collection, now: datetime) -> BinCollected:
    """Accept what the crew says; raises `Refused` where it cannot be true."""
    _check_time(collection.collected_at, now, "collected_at")
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


def dispatch(load: Load, collected: Mapping[str, Collection], now: datetime) -> LoadDispatched:
    """Grams and seals come from the collections; raises `Refused` naming the bags that were not collected."""
    _check_time(load.dispatched_at, now, "dispatched_at")
    if load.origin_id == load.destination_id:
        raise Refused("going-nowhere", "the load goes to where it is; name another place", field="destination_id")
    if missing := load.bag_ids - collected.keys():
        detail = f"not collected: {_named(missing)}; send their collections first, or take them out of the load"
        raise Refused("bag-not-collected", detail, field="bag_ids")
    taken = [collected[bag_id] for bag_id in sorted(load.bag_ids)]
    return LoadDispatched(
        load_id=load.load_id,
        carrier_id=load.carrier_id,
        origin_id=load.origin_id,
        destination_id=load.destination_id,
        bags=tuple(BagInLoad(bag_id=c.bag_id, seal_number=c.seal_number, gross_grams=c.gross_grams) for c in taken),
        gross_grams=sum(c.gross_grams for c in taken),
        manifest_number=load.manifest_number,
    )


def hand_over(handover: Handover, given: Mapping[str, BagInLoad], rules: Rules, now: datetime) -> HandoverRecorded:
    """Compare what was given with what was received, bag by bag and in sum (after 40 CFR 264.72).

    Every bag of the load is named, also one that did not arrive. Raises `Refused`.
    """
    _check_time(handover.handed_over_at, now, "handed_over_at")
    if handover.giver_id == handover.receiver_id:
        raise Refused("same-hands", "giver and receiver are the same; name who takes the load", field="receiver_id")
    _check_bags([reading.bag_id for reading in handover.readings], given.keys())
    bags = tuple(_compare(given[reading.bag_id], reading, rules) for reading in sorted(handover.readings))
    given_grams = sum(bag.given_grams for bag in bags)
    received_grams = sum(bag.received_grams for bag in bags)
    return HandoverRecorded(
        handover_id=handover.handover_id,
        load_id=handover.load_id,
        giver_id=handover.giver_id,
        receiver_id=handover.receiver_id,
        place_id=handover.place_id,
        bags=bags,
        given_grams=given_grams,
        received_grams=received_grams,
        # Also the sum: the same few grams missing in every bag hide below each bag's tolerance.
        difference=gravest(*(bag.difference for bag in bags), _weights(given_grams, received_grams, rules)),
    )


def repeats(handover: Handover, recorded: HandoverRecorded) -> bool:
    """Whether the handover says what was recorded, by the same hands; the device's clock may differ."""
    hands = ("handover_id", "load_id", "giver_id", "receiver_id", "place_id")
    readings = [Reading(bag.bag_id, bag.seal_read, bag.received_grams) for bag in recorded.bags]
    return sorted(handover.readings) == sorted(readings) and all(
        getattr(handover, name) == getattr(recorded, name) for name in hands
    )


def _check_bags(read: Sequence[str], sent: Iterable[str]) -> None:
    if twice := [bag_id for bag_id, times in Counter(read).items() if times > 1]:
        raise Refused("bag-twice", f"named twice: {_named(twice)}; send one reading for each bag", field="bags")
    if foreign := set(read) - set(sent):
        detail = f"not in this load: {_named(foreign)}; send them with the load they came with"
        raise Refused("bag-not-in-load", detail, field="bags")
    if missing := set(sent) - set(read):
        detail = f"in this load but not read: {_named(missing)}; a bag that did not arrive has received_grams 0"
        raise Refused("bag-not-read", detail, field="bags")


def _compare(given: BagInLoad, reading: Reading, rules: Rules) -> BagHandover:
    return BagHandover(
        bag_id=given.bag_id,
        seal_given=given.seal_number,
        seal_read=reading.seal_read,
        given_grams=given.gross_grams,
        received_grams=reading.received_grams,
        difference=classify_handover(
            seal_given=given.seal_number,
            seal_read=reading.seal_read,
            given_grams=given.gross_grams,
            received_grams=reading.received_grams,
            rules=rules,
        ),
    )


def _weights(given_grams: int, received_grams: int, rules: Rules) -> Difference:
    return classify_handover(
        seal_given="", seal_read="", given_grams=given_grams, received_grams=received_grams, rules=rules
    )


def check_plan(plan: CollectionPlanned) -> CollectionPlanned:
    """The plan itself; raises `Refused` where it names a box twice."""
    seen: set[str] = set()
    for number, stop in enumerate(plan.stops):
        if stop.point_id in seen:
            detail = f"box {stop.point_id} is in the plan twice; a crew passes once"
            raise Refused("stop-twice", detail, field=f"stops.{number}.point_id")
        seen.add(stop.point_id)
    return plan


def load_state(facts: LoadFacts) -> LoadState:
    """The furthest stage that a fact shows, and before all a dispute."""
    unspoken = facts.sent - facts.received - facts.rejected + facts.contradicted
    spoken = facts.received or facts.rejected
    if facts.grave or facts.foreign or facts.contradicted or (spoken and unspoken):
        return LoadState.DISPUTED
    if facts.received:
        return LoadState.PARTLY_ACCEPTED if facts.rejected else LoadState.ACCEPTED
    if facts.rejected:
        return LoadState.REJECTED
    return LoadState.DELIVERED if facts.arrived else LoadState.DISPATCHED


def bag_state(*, collected: bool, in_load: bool, accepted: bool) -> BagState:
    """Where a bag is; one that a recycler refused is sealed and free for another load."""
    if accepted:
        return BagState.DELIVERED
    if in_load:
        return BagState.IN_TRANSIT
    return BagState.SEALED if collected else BagState.INSTALLED


def _check_time(moment: datetime, now: datetime, name: str) -> None:
    if moment > now + _CLOCK_SKEW:
        raise Refused("time-in-future", f"{name} is after {now:%H:%M:%S} UTC; check the clock", field=name)


def _named(bag_ids: Iterable[str]) -> str:
    shown = sorted(bag_ids)
    more = f" and {len(shown) - 5} more" if len(shown) > 5 else ""
    return ", ".join(shown[:5]) + more
