"""Giver against receiver: how seal and grams of a bag differ at each change of hands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

from ewaste.contracts.events.logistics import BinCollected, Difference, HandoverRecorded, LoadDispatched
from ewaste.contracts.events.recycler import LoadReceived
from ewaste.evidence.custody.fold import Custody, Fact, remembered
from ewaste.evidence.custody.graph import node
from ewaste.evidence.custody.loads import Book, book_of, custodian_before
from ewaste.evidence.rules.ruleset import Rules, classify_handover, gravest

__all__ = ["Comparison", "bag_comparisons", "collections_of", "is_grave", "load_comparisons"]

_GRAVE: Final = frozenset({Difference.SIGNIFICANT, Difference.SEAL_MISMATCH})
_Change: TypeAlias = Fact[LoadDispatched] | Fact[HandoverRecorded] | Fact[LoadReceived]


class _Word(NamedTuple):
    """What one side says of a bag."""

    seal: str
    grams: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """One bag at one change of hands; grams as each side weighed them, `index` and `time` of the later record."""

    bag_id: str
    load_id: str
    index: int
    time: datetime
    event_id: int
    """With `time` the place in the order things happened, whatever the order of arrival."""
    giver_id: str | None
    receiver_id: str
    seal_given: str
    seal_read: str
    given_grams: int
    received_grams: int
    difference: Difference

    @property
    def is_grave(self) -> bool:
        """Whether it opens a dispute: a broken seal or a significant weight difference."""
        return is_grave(self.difference)


def is_grave(difference: Difference) -> bool:
    """Whether it opens a dispute: a broken seal or a significant weight difference."""
    return difference in _GRAVE


def collections_of(custody: Custody, bag_id: str) -> list[Fact[BinCollected]]:
    """The records that sealed and weighed this bag; more than one contradict each other."""
    # A collection also names the fresh bag: for that one it is no weighing.
    return [fact for fact in custody.facts(node("bag", bag_id), BinCollected) if fact.data.bag_id == bag_id]


@remembered
def bag_comparisons(custody: Custody, bag_id: str) -> tuple[Comparison, ...]:
    """Every change of hands of a bag that both sides spoke about, in the order they happened.

    Street scale against dispatch, giver against receiver at each handover, and dispatch (else the street scale)
    against the recycler's scale. What a handover itself calls the difference counts where it is graver.
    """
    collected = next(iter(collections_of(custody, bag_id)), None)
    found: list[Comparison] = []
    for load_id in custody.around(node("bag", bag_id), "load"):
        book = book_of(custody, load_id)
        if collected is not None:
            found += _against_street(custody.rules, book, bag_id, collected)
        found += _in_load(custody.rules, book, bag_id, collected)
    return _in_order(found)


@remembered
def load_comparisons(custody: Custody, load_id: str) -> tuple[Comparison, ...]:
    """Every bag of a load at each of its changes of hands, from the load's own records alone."""
    book = book_of(custody, load_id)
    return _in_order(
        each for bag_id in sorted(book.bag_ids) for each in _in_load(custody.rules, book, bag_id, street=None)
    )


def _in_order(found: Iterable[Comparison]) -> tuple[Comparison, ...]:
    return tuple(sorted(found, key=lambda each: (each.time, each.event_id, each.index, each.load_id, each.bag_id)))


def _against_street(rules: Rules, book: Book, bag_id: str, collected: Fact[BinCollected]) -> Iterable[Comparison]:
    street = _Word(collected.data.seal_number, collected.data.gross_grams)
    for dispatch, row in book.sent.get(bag_id, ()):
        hands = (collected.data.carrier_id, dispatch.data.carrier_id)
        yield _compare(rules, bag_id, dispatch, hands, given=street, taken=_Word(row.seal_number, row.gross_grams))


# A record may list a bag twice; each row is held against the other side's word.
def _in_load(rules: Rules, book: Book, bag_id: str, street: Fact[BinCollected] | None) -> Iterable[Comparison]:
    for handover, row in book.handed.get(bag_id, ()):
        given, taken = _Word(row.seal_given, row.given_grams), _Word(row.seal_read, row.received_grams)
        hands = (handover.data.giver_id, handover.data.receiver_id)
        yield _compare(rules, bag_id, handover, hands, given=given, taken=taken, declared=row.difference)
    if rows := book.sent.get(bag_id):
        yield from _weighed_in(rules, book, bag_id, _Word(rows[0][1].seal_number, rows[0][1].gross_grams))
    elif street is not None:
        yield from _weighed_in(rules, book, bag_id, _Word(street.data.seal_number, street.data.gross_grams))


def _weighed_in(rules: Rules, book: Book, bag_id: str, given: _Word) -> Iterable[Comparison]:
    for receipt, row in book.received.get(bag_id, ()):
        hands = (custodian_before(book, receipt), receipt.data.partner_id)
        yield _compare(rules, bag_id, receipt, hands, given=given, taken=_Word(row.seal_read, row.received_grams))


def _compare(
    rules: Rules,
    bag_id: str,
    fact: _Change,
    hands: tuple[str | None, str],
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
    envelope = fact.evidence.event.envelope
    return Comparison(
        bag_id=bag_id,
        load_id=fact.data.load_id,
        index=fact.index,
        time=envelope.time,
        event_id=envelope.id.int,
        giver_id=hands[0],
        receiver_id=hands[1],
        seal_given=given.seal,
        seal_read=taken.seal,
        given_grams=given.grams,
        received_grams=taken.grams,
        difference=gravest(ours, declared),
    )
