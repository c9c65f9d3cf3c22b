"""What is recorded of one load, sorted once: who had it, which bags were sent, handed over, received and refused."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from ewaste.contracts.events.logistics import (
    BagHandover,
    BagInLoad,
    Delegation,
    HandoverPurpose,
    HandoverRecorded,
    LoadDispatched,
)
from ewaste.contracts.events.recycler import LoadReceived, LoadRejected, ReceivedBag
from ewaste.evidence.custody.facts import happened
from ewaste.evidence.custody.fold import Custody, Fact, remembered
from ewaste.evidence.custody.graph import node

__all__ = [
    "Book",
    "Hand",
    "book_of",
    "custodian_before",
    "hands_of",
    "holder_of",
    "is_rejected",
    "rejected_of",
]

SentRow: TypeAlias = tuple[Fact[LoadDispatched], BagInLoad]
HandedRow: TypeAlias = tuple[Fact[HandoverRecorded], BagHandover]
ReceivedRow: TypeAlias = tuple[Fact[LoadReceived], ReceivedBag]
_STORED: Final = HandoverPurpose.STORAGE_IN


@dataclass(frozen=True, slots=True)
class Book:
    """Everything said of a load, each list in the order it happened; rows by bag, a bag said twice stands twice."""

    dispatches: list[Fact[LoadDispatched]]
    handovers: list[Fact[HandoverRecorded]]
    receipts: list[Fact[LoadReceived]]
    rejections: list[Fact[LoadRejected]]
    sent: dict[str, list[SentRow]]
    handed: dict[str, list[HandedRow]]
    received: dict[str, list[ReceivedRow]]
    refused: frozenset[str]
    """Bags that a refusal names."""
    refused_whole: bool
    """A refusal that names no bag means all of them."""

    @property
    def answered(self) -> bool:
        """Whether the receiver spoke at all: only then a bag can be missing."""
        return bool(self.receipts or self.rejections)

    @property
    def bag_ids(self) -> set[str]:
        """Every bag that any record of the load names."""
        return {*self.sent, *self.handed, *self.received, *self.refused}

    def rejected(self, bag_ids: Iterable[str]) -> set[str]:
        """Which of these bags were refused."""
        return set(bag_ids) if self.refused_whole else set(bag_ids) & self.refused

    def is_rejected(self, bag_id: str) -> bool:
        return self.refused_whole or bag_id in self.refused

    def is_missing(self, bag_id: str) -> bool:
        """Sent, and the receiver answered without a word about it."""
        return self.answered and bag_id in self.sent and bag_id not in self.received and not self.is_rejected(bag_id)

    def is_foreign(self, bag_id: str) -> bool:
        """Received with a load that was sent without it."""
        return bool(self.sent) and bag_id in self.received and bag_id not in self.sent

    def is_contradicted(self, bag_id: str) -> bool:
        """Both received and refused."""
        return bag_id in self.received and self.is_rejected(bag_id)


@remembered
def book_of(custody: Custody, load_id: str) -> Book:
    """The records of a load; empty when nobody spoke of it."""
    load = node("load", load_id)
    dispatches, handovers = custody.facts(load, LoadDispatched), custody.facts(load, HandoverRecorded)
    receipts, rejections = custody.facts(load, LoadReceived), custody.facts(load, LoadRejected)
    book = Book(
        dispatches,
        handovers,
        receipts,
        rejections,
        sent={},
        handed={},
        received={},
        refused=frozenset(bag_id for fact in rejections for bag_id in fact.data.bag_ids),
        refused_whole=any(not fact.data.bag_ids for fact in rejections),
    )
    for dispatch in dispatches:
        for sent in dispatch.data.bags:
            book.sent.setdefault(sent.bag_id, []).append((dispatch, sent))
    for handover in handovers:
        for handed in handover.data.bags:
            book.handed.setdefault(handed.bag_id, []).append((handover, handed))
    for receipt in receipts:
        for received in receipt.data.bags:
            book.received.setdefault(received.bag_id, []).append((receipt, received))
    return book


def is_rejected(custody: Custody, bag_id: str, load_id: str) -> bool:
    """Whether the recycler refused this bag of the load, by name or with the whole load."""
    return book_of(custody, load_id).is_rejected(bag_id)


def rejected_of(custody: Custody, load_id: str, bag_ids: set[str]) -> set[str]:
    """Which of these bags of the load the recycler refused."""
    return book_of(custody, load_id).rejected(bag_ids)


@dataclass(frozen=True, slots=True)
class Hand:
    """One change of hands of a load; `index` is its record's place in the ledger."""

    index: int
    giver_id: str
    receiver_id: str
    place_id: str | None
    purpose: HandoverPurpose
    delegation: Delegation | None
    held_by: str | None
    """Who had the load as far as the records before this one tell; None: none of them tells."""

    @property
    def has_gap(self) -> bool:
        """Whether somebody gave what somebody else had: a handover in between is not recorded."""
        return self.held_by is not None and self.held_by != self.giver_id

    @property
    def into_storage(self) -> bool:
        return self.purpose is _STORED


def hands_of(custody: Custody, load_id: str) -> tuple[Hand, ...]:
    """The handovers of a load in the order they happened, from the carrier it was dispatched with on."""
    return _passed_on(custody, load_id)[0]


def holder_of(custody: Custody, load_id: str) -> str | None:
    """Who has the load now: the recycler that weighed it in, else who took it last; None when nobody said so."""
    book = book_of(custody, load_id)
    if book.receipts and not book.refused_whole:
        return book.receipts[-1].data.partner_id
    return _passed_on(custody, load_id)[1]


@remembered
def _passed_on(custody: Custody, load_id: str) -> tuple[tuple[Hand, ...], str | None]:
    """The hands, and who took the load last."""
    book = book_of(custody, load_id)
    holder = book.dispatches[0].data.carrier_id if book.dispatches else None
    hands: list[Hand] = []
    for fact in book.handovers:
        said = fact.data
        # Who answered for the load has it, also where no handover says so, and may give refused bags back.
        answered = _answered_before(book, fact)
        held_by = said.giver_id if answered else holder
        hands.append(
            Hand(fact.index, said.giver_id, said.receiver_id, said.place_id, said.purpose, said.delegation, held_by)
        )
        if not (answered and book.sent.keys() - {bag.bag_id for bag in said.bags}):
            holder = said.receiver_id
    return tuple(hands), holder


def _answered_before(book: Book, handover: Fact[HandoverRecorded]) -> bool:
    until, giver_id = happened(handover.evidence), handover.data.giver_id
    received = {id for each in book.receipts for id in _at(each, until)}
    return giver_id in received | {id for each in book.rejections for id in _at(each, until)}


def _at(answer: Fact[LoadReceived] | Fact[LoadRejected], until: tuple[datetime, int, int]) -> tuple[str, ...]:
    """Who answered, and where, before this moment."""
    early = happened(answer.evidence) < until
    return (answer.data.partner_id, answer.data.facility_id) if early else ()


def custodian_before(book: Book, answer: Fact[LoadReceived] | Fact[LoadRejected]) -> str | None:
    """Who gave the load to the recycler that answers: the last to take it before, else the carrier.

    A recycler that already signed for the load at its gate does not give to itself.
    """
    own = {answer.data.partner_id, answer.data.facility_id}
    until = happened(answer.evidence)
    for handover in reversed(book.handovers):
        if happened(handover.evidence) < until:
            for party_id in (handover.data.receiver_id, handover.data.giver_id):
                if party_id not in own:
                    return party_id
    return book.dispatches[0].data.carrier_id if book.dispatches else None
