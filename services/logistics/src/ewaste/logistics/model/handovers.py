"""A load changes hands: the giver states, the receiver reads and weighs."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime

from ewaste.contracts.events.logistics import (
    BagHandover,
    Delegation,
    Difference,
    HandoverPurpose,
    HandoverRecorded,
)
from ewaste.contracts.refusal import CONFLICT, Refused
from ewaste.evidence.rules.ruleset import Rules, classify_handover, gravest
from ewaste.logistics.model.cases import STORES, Case, HolderKind, kind_of
from ewaste.logistics.model.words import Word, check_each_once, check_time, named

__all__ = ["Handover", "Offer", "Reading", "check_offer", "hand_over", "is_partial", "repeats"]


@dataclass(frozen=True, slots=True, order=True)
class Reading:
    """What the receiver saw of one bag; a bag that did not arrive has 0 grams and no seal."""

    bag_id: str
    seal_read: str
    received_grams: int


@dataclass(frozen=True, slots=True)
class Handover:
    """A load changes hands; `given` is what the giver itself says of bags, where it says anything."""

    handover_id: str
    load_id: str
    giver_id: str
    receiver_id: str
    place_id: str
    readings: tuple[Reading, ...]
    handed_over_at: datetime
    purpose: HandoverPurpose | None = None
    """None: told from who takes part and where."""
    given: Mapping[str, tuple[str | None, int | None]] = field(default_factory=dict)
    """Seal and grams by bag; None for what the giver does not say."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The giver's own seals and grams, stated before the receiver reads; sent again it is the same."""

    offer_id: str
    load_id: str
    giver_id: str
    receiver_id: str
    words: Mapping[str, Word]
    offered_at: datetime = field(compare=False)


def hand_over(
    handover: Handover, case: Case, offered: Mapping[str, Word], rules: Rules, now: datetime
) -> HandoverRecorded:
    """Compare what was given with what was received, bag by bag and in sum (after 40 CFR 264.72).

    `offered` are the giver's words before the receiver read. Every bag that is with the giver is named, also one that
    did not arrive. Raises `Refused`.
    """
    check_time(handover.handed_over_at, now, "handed_over_at")
    _check_hands(handover.giver_id, handover.receiver_id, case)
    check_each_once([reading.bag_id for reading in handover.readings], "bags")
    _check_bags({reading.bag_id for reading in handover.readings}, case)
    delegation = _delegation(handover.giver_id, handover.receiver_id, case)
    purpose = _purpose(handover, case)
    given = _given(handover, case, offered)
    bags = tuple(_compare(given[reading.bag_id], reading, rules) for reading in sorted(handover.readings))
    given_grams, received_grams = sum(bag.given_grams for bag in bags), sum(bag.received_grams for bag in bags)
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
        purpose=purpose,
        delegation=delegation,
    )


def check_offer(offer: Offer, case: Case, now: datetime) -> None:
    """Raises `Refused` where the giver cannot give this."""
    check_time(offer.offered_at, now, "offered_at")
    _check_hands(offer.giver_id, offer.receiver_id, case)
    _check_bags(offer.words.keys(), case)
    _delegation(offer.giver_id, offer.receiver_id, case)


def _check_hands(giver_id: str, receiver_id: str, case: Case) -> None:
    if giver_id == receiver_id:
        raise Refused("same-hands", "giver and receiver are the same; name who takes the load", field="receiver_id")
    if giver_id != case.holder_id:
        detail = (
            f"load {case.load_id} is with {case.holder_id}, not with {giver_id}; record the handover from "
            f"{case.holder_id} to {giver_id} first, or name {case.holder_id} as the giver"
        )
        raise Refused("not-the-holder", detail, field="giver_id", status=CONFLICT)


def is_partial(bag_ids: set[str], case: Case) -> bool:
    """Whether only refused bags go back while others stay."""
    return bool(case.held() - bag_ids)


def _check_bags(bag_ids: Set[str], case: Case) -> None:
    if foreign := bag_ids - case.sent.keys():
        detail = f"not in this load: {named(foreign)}; send them with the load they came with"
        raise Refused("bag-not-in-load", detail, field="bags")
    if left := bag_ids & (case.taken_back | case.elsewhere.keys()):
        bag_id = min(left)
        where = f"is in load {case.elsewhere[bag_id]}" if bag_id in case.elsewhere else "was taken back"
        detail = f"bag {bag_id} {where} and is in this load no more; leave it out"
        raise Refused("bag-left-load", detail, field="bags", status=CONFLICT)
    refused = {bag_id for bag_id, partner_id in case.refusers.items() if partner_id == case.holder_id}
    if (missing := case.held() - bag_ids) and not bag_ids <= refused - case.received:
        detail = (
            f"in this load but not read: {named(missing)}; a bag that did not arrive has received_grams 0. Only bags "
            "that the recycler refused go back by themselves: send them again once its refusal is here"
        )
        raise Refused("bag-not-read", detail, field="bags")


def _delegation(giver_id: str, receiver_id: str, case: Case) -> Delegation | None:
    """Who confirms for whom, where one side is not registered; raises `Refused` where neither is."""
    giver, receiver = kind_of(case.custody, giver_id), kind_of(case.custody, receiver_id)
    if giver and receiver:
        return None
    if giver:
        return Delegation(for_id=receiver_id, by_id=giver_id)
    if receiver:
        return Delegation(for_id=giver_id, by_id=receiver_id)
    detail = (
        f"neither {giver_id} nor {receiver_id} is registered, so nobody can answer for this handover; register one of "
        "them with POST /actors and send it again"
    )
    raise Refused("nobody-registered", detail, field="giver_id")


def _purpose(handover: Handover, case: Case) -> HandoverPurpose:
    giver, receiver = kind_of(case.custody, handover.giver_id), kind_of(case.custody, handover.receiver_id)
    goal = case.dispatched.destination_id
    arrives = goal in {handover.receiver_id, handover.place_id}
    if handover.purpose is None:
        return _likely(giver, receiver, arrives=arrives)
    fits = {
        HandoverPurpose.DELIVERY: arrives,
        HandoverPurpose.STORAGE_IN: receiver is None or receiver in STORES,
        HandoverPurpose.STORAGE_OUT: giver is None or giver in STORES,
        HandoverPurpose.CARRIER_CHANGE: True,
    }
    if not fits[handover.purpose]:
        detail = (
            f"not {handover.purpose}: the load goes to {goal}, {handover.giver_id} is "
            f"{giver or 'not registered'}, {handover.receiver_id} is {receiver or 'not registered'}; leave purpose out "
            "or correct who takes part"
        )
        raise Refused("purpose-wrong", detail, field="purpose")
    return handover.purpose


def _likely(giver: HolderKind | None, receiver: HolderKind | None, *, arrives: bool) -> HandoverPurpose:
    if arrives:
        return HandoverPurpose.DELIVERY
    if receiver in STORES:
        return HandoverPurpose.STORAGE_IN
    return HandoverPurpose.STORAGE_OUT if giver in STORES else HandoverPurpose.CARRIER_CHANGE


def _given(handover: Handover, case: Case, offered: Mapping[str, Word]) -> dict[str, Word]:
    """The giver's word: its offer, else this request's, else what it last read, agreed or sent."""
    words = case.last_words()
    found = {}
    for number, reading in enumerate(handover.readings):
        said, last = handover.given.get(reading.bag_id, (None, None)), words[reading.bag_id]
        if offer := offered.get(reading.bag_id):
            _check_offered(said, offer, reading.bag_id, number)
        seal = said[0] or (offer.seal if offer else last.seal)
        grams = said[1] or (offer.grams if offer else last.grams)
        if grams == 0:
            detail = f"bag {reading.bag_id} did not arrive last time; say in given_grams what its giver weighed now"
            raise Refused("giver-silent", detail, field=f"bags.{number}.given_grams")
        found[reading.bag_id] = Word(seal, grams)
    return found


def _check_offered(said: tuple[str | None, int | None], offer: Word, bag_id: str, number: int) -> None:
    if said[0] not in {None, offer.seal} or said[1] not in {None, offer.grams}:
        detail = (
            f"the giver offered bag {bag_id} with seal {offer.seal} and {offer.grams} g; leave seal_given and "
            "given_grams out, or let the giver offer it again"
        )
        raise Refused("offered-otherwise", detail, field=f"bags.{number}.given_grams", status=CONFLICT)


def repeats(handover: Handover, recorded: HandoverRecorded) -> bool:
    """Whether the handover says what was recorded, by the same hands; the device's clock may differ."""
    hands = ("handover_id", "load_id", "giver_id", "receiver_id", "place_id")
    readings = [Reading(bag.bag_id, bag.seal_read, bag.received_grams) for bag in recorded.bags]
    given = {bag.bag_id: (bag.seal_given, bag.given_grams) for bag in recorded.bags}
    return (
        sorted(handover.readings) == sorted(readings)
        and all(getattr(handover, name) == getattr(recorded, name) for name in hands)
        and handover.purpose in {None, recorded.purpose}
        and all(
            said in {None, told} for bag_id, both in handover.given.items()
            for said, told in zip(both, given[bag_id], strict=True)
        )
    )  # fmt: skip


def _compare(given: Word, reading: Reading, rules: Rules) -> BagHandover:
    return BagHandover(
        bag_id=reading.bag_id,
        seal_given=given.seal,
        seal_read=reading.seal_read,
        given_grams=given.grams,
        received_grams=reading.received_grams,
        difference=classify_handover(
            seal_given=given.seal,
            seal_read=reading.seal_read,
            given_grams=given.grams,
            received_grams=reading.received_grams,
            rules=rules,
        ),
    )


def _weights(given_grams: int, received_grams: int, rules: Rules) -> Difference:
    return classify_handover(
        seal_given="", seal_read="", given_grams=given_grams, received_grams=received_grams, rules=rules
    )
