"""Giver against receiver: how seal and grams of a bag differ at each change of hands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from ewaste.contracts.events.logistics import (
    BagHandover,
    BagInLoad,
    BinCollected,
    Difference,
    HandoverRecorded,
    LoadDispatched,
)
from ewaste.contracts.events.recycler import LoadReceived, LoadRejected, ReceivedBag
from ewaste.evidence.custody import Custody, Fact
from ewaste.evidence.custody_graph import node
from ewaste.evidence.rules import Rules, classify_handover, gravest

__all__ = [
    "Comparison",
    "bag_comparisons",
    "collections_of",
    "is_grave",
    "is_rejected",
    "load_comparisons",
    "rejected_of",
]

R = TypeVar("R", BagHandover, BagInLoad, ReceivedBag)
_GRAVE = frozenset({Difference.SIGNIFICANT, Difference.SEAL_MISMATCH})


class _Word(NamedTuple):
    """What one side says of a bag."""

    seal: str
    grams: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """One bag at one change of hands; grams as each side weighed them, `index` of the later record."""

    bag_id: str
    load_id: str
    index: int
    seal_given: str
    seal_read: str
    given_grams: int
    received_grams: int
    difference: Difference


def is_grave(difference: Difference) -> bool:
    """Whether it opens a dispute: a broken seal or a significant weight difference."""
    return difference in _GRAVE


def collections_of(custody: Custody, bag_id: str) -> list[Fact[BinCollected]]:
    """The records that sealed and weighed this bag; more than one contradict each other."""
    # A collection also names the fresh bag: for that one it is no weighing.
    return [fact for fact in custody.facts(node("bag", bag_id), BinCollected) if fact.data.bag_id == bag_id]


def is_rejected(custody: Custody, bag_id: str, load_id: str) -> bool:
    """Whether the recycler refused this bag of the load, by name or with the whole load."""
    return bool(rejected_of(custody, load_id, {bag_id}))


def rejected_of(custody: Custody, load_id: str, bag_ids: set[str]) -> set[str]:
    """Which of these bags of the load the recycler refused; no name in a refusal means the whole load."""
    rejections = custody.facts(node("load", load_id), LoadRejected)
    if any(not fact.data.bag_ids for fact in rejections):
        return set(bag_ids)
    return bag_ids & {each for fact in rejections for each in fact.data.bag_ids}


def bag_comparisons(custody: Custody, bag_id: str) -> list[Comparison]:
    """Every change of hands of a bag that both sides spoke about, by ledger index of the later word.

    Street scale against dispatch, giver against receiver at each handover, and dispatch (else the street scale)
    against the recycler's scale. What a handover itself calls the difference counts where it is graver.
    """
    bag = node("bag", bag_id)
    collected = collections_of(custody, bag_id)
    street = _Word(collected[0].data.seal_number, collected[0].data.gross_grams) if collected else None
    sent: dict[str, _Word] = {}
    found: list[Comparison] = []
    for dispatch in custody.facts(bag, LoadDispatched):
        for row in _rows(dispatch.data.bags, bag_id):
            sent.setdefault(dispatch.data.load_id, _sent(row))
            if street is not None:
                found.append(_compare(custody.rules, bag_id, dispatch, given=street, taken=_sent(row)))
    for handover in custody.facts(bag, HandoverRecorded):
        found += [_handed_over(custody.rules, handover, row) for row in _rows(handover.data.bags, bag_id)]
    for receipt in custody.facts(bag, LoadReceived):
        if given := sent.get(receipt.data.load_id, street):
            words = [_received(received) for received in _rows(receipt.data.bags, bag_id)]
            found += [_compare(custody.rules, bag_id, receipt, given=given, taken=taken) for taken in words]
    return sorted(found, key=lambda each: (each.index, each.load_id))


def load_comparisons(custody: Custody, load_id: str) -> list[Comparison]:
    """Every bag of a load at each of its changes of hands, from the load's own records alone."""
    load = node("load", load_id)
    found: list[Comparison] = []
    for handover in custody.facts(load, HandoverRecorded):
        found += [_handed_over(custody.rules, handover, row) for row in handover.data.bags]
    sent: dict[str, _Word] = {}
    for dispatch in custody.facts(load, LoadDispatched):
        for bag in dispatch.data.bags:
            sent.setdefault(bag.bag_id, _sent(bag))
    for receipt in custody.facts(load, LoadReceived):
        for received in receipt.data.bags:
            if given := sent.get(received.bag_id):
                taken = _received(received)
                found.append(_compare(custody.rules, received.bag_id, receipt, given=given, taken=taken))
    return sorted(found, key=lambda each: (each.index, each.bag_id))


# A record may list a bag twice; each row is held against the other side's word.
def _rows(rows: Sequence[R], bag_id: str) -> list[R]:
    return [row for row in rows if row.bag_id == bag_id]


def _sent(row: BagInLoad) -> _Word:
    return _Word(row.seal_number, row.gross_grams)


def _received(row: ReceivedBag) -> _Word:
    return _Word(row.seal_read, row.received_grams)


def _handed_over(rules: Rules, fact: Fact[HandoverRecorded], row: BagHandover) -> Comparison:
    given, taken = _Word(row.seal_given, row.given_grams), _Word(row.seal_read, row.received_grams)
    return _compare(rules, row.bag_id, fact, given=given, taken=taken, declared=row.difference)


def _compare(
    rules: Rules,
    bag_id: str,
    fact: Fact[LoadDispatched] | Fact[HandoverRecorded] | Fact[LoadReceived],
    *,
    given: _Word,
    taken: _Word,
    declared: Difference = Difference.MATCHED,
) -> Comparison:
    ours = classify_handover(
        seal_given=given.seal,
        seal_read=taken.seal,
        given_grams=given.grams,
        received_grams=taken.grams,
        rules=rules,
    )
    difference = gravest(ours, declared)
    return Comparison(
        bag_id, fact.data.load_id, fact.index, given.seal, taken.seal, given.grams, taken.grams, difference
    )
