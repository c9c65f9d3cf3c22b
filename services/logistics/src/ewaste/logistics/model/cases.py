"""Everything that stands about one load, and who holds what of it.

What the records say is read by the fold that the ledger's readers use, so that this service, the municipality and an
auditor can't come to different states, holders or disputes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from ewaste.contracts.events.logistics import ActorRegistered, CustodyBreakDeclared, LoadDispatched
from ewaste.contracts.events.recycler import PartnerRegistered
from ewaste.evidence.custody.bags import breaks_of, is_broken
from ewaste.evidence.custody.disputes import bag_disputes, is_lost
from ewaste.evidence.custody.fold import Custody
from ewaste.evidence.custody.graph import node
from ewaste.evidence.custody.loads import Book, book_of
from ewaste.evidence.custody.model import Dispute
from ewaste.logistics.model.breaks import GONE
from ewaste.logistics.model.words import NO_SEAL, Word

__all__ = ["STORES", "BagStanding", "Case", "HolderKind", "kind_of"]


class HolderKind(StrEnum):
    """What a registered holder is; recyclers are registered as partners."""

    CARRIER = "carrier"
    STORAGE = "storage"
    MUNICIPALITY = "municipality"
    PARTNER = "partner"


STORES: Final = frozenset({HolderKind.STORAGE, HolderKind.MUNICIPALITY})


def kind_of(custody: Custody, id: str) -> HolderKind | None:
    """What is registered under this id; None: nothing."""
    if actor := custody.first(node("actor", id), ActorRegistered):
        return HolderKind(actor.data.kind)
    return HolderKind.PARTNER if custody.first(node("partner", id), PartnerRegistered) else None


class BagStanding(StrEnum):
    """What became of a bag of a load."""

    IN_TRANSIT = "in_transit"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    """By the recycler, which still holds it."""
    FREE = "free"
    """Refused and back: another load may take it."""
    STORED = "stored"
    """Where the load was to go is a store: another load may take it from there."""
    MISSING = "missing"
    """The last receiver did not find it."""
    BROKEN = "broken"
    """Its custody ended: declared, or settled as lost."""


@dataclass(frozen=True, slots=True)
class Case:
    """A load whose dispatch stands, with every record about it."""

    custody: Custody
    load_id: str
    partial: frozenset[str] = frozenset()
    """Handovers that took refused bags back while the rest stayed: the load itself did not change hands."""
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """Its bags that are in another load by now, and which."""

    @property
    def book(self) -> Book:
        return book_of(self.custody, self.load_id)

    @property
    def dispatched(self) -> LoadDispatched:
        return self.book.dispatches[0].data

    @property
    def sent(self) -> dict[str, Word]:
        return {bag.bag_id: Word(bag.seal_number, bag.gross_grams) for bag in self.dispatched.bags}

    @property
    def holder_id(self) -> str:
        """Carrier of the dispatch, else receiver of the last handover of the load: always exactly one."""
        whole = [fact.data for fact in self.book.handovers if fact.data.handover_id not in self.partial]
        return whole[-1].receiver_id if whole else self.dispatched.carrier_id

    @property
    def place_id(self) -> str:
        """Where the holder took it."""
        whole = [fact.data for fact in self.book.handovers if fact.data.handover_id not in self.partial]
        return whole[-1].place_id if whole else self.dispatched.origin_id

    @property
    def last_moved_at(self) -> datetime:
        """When it last changed hands, or left."""
        left = [fact.evidence for fact in self.book.dispatches]
        moved = [fact.evidence for fact in self.book.handovers]
        return max(one.event.envelope.time for one in (*left, *moved))

    @property
    def received(self) -> set[str]:
        return set(self.book.received)

    @property
    def refusers(self) -> dict[str, str]:
        """The refused bags, and who refused each."""
        return {
            bag_id: fact.data.partner_id for fact in self.book.rejections for bag_id in (fact.data.bag_ids or self.sent)
        }

    @property
    def taken_back(self) -> set[str]:
        """Bags that left the load by a handover of their own."""
        back = [fact.data for fact in self.book.handovers if fact.data.handover_id in self.partial]
        return {bag.bag_id for handover in back for bag in handover.bags}

    @property
    def is_at_store(self) -> bool:
        """Whether the load reached the store that it was sent to: its bags go on in other loads."""
        goal = self.dispatched.destination_id
        last = [fact.data for fact in self.book.handovers if fact.data.handover_id not in self.partial][-1:]
        there = any(goal in {handover.receiver_id, handover.place_id} for handover in last)
        return there and kind_of(self.custody, self.holder_id) in STORES

    @property
    def freed(self) -> set[str]:
        """Bags that another load may take: taken back, refused by somebody who does not hold them, or in a store."""
        if self.is_at_store:
            return {bag_id for bag_id, word in self.last_words().items() if word.grams and bag_id in self.sent}
        holder = self.holder_id
        refused = {bag_id for bag_id, partner_id in self.refusers.items() if partner_id != holder}
        return (self.taken_back | (refused - self.received)) & self.sent.keys()

    @property
    def disputes(self) -> list[Dispute]:
        """About bags of this load, by bag, then in the order they opened."""
        found = [one for bag_id in sorted(self.book.bag_ids) for one in bag_disputes(self.custody, bag_id)]
        return [one for one in found if one.load_id == self.load_id]

    def last_words(self) -> dict[str, Word]:
        """What the present holder says of each bag if it says nothing new: what it read, agreed or sent."""
        words, read_at = self.sent, {}
        for fact in self.book.handovers:
            for bag in fact.data.bags:
                words[bag.bag_id] = Word(bag.seal_read, bag.received_grams)
                read_at[bag.bag_id] = fact.evidence.event.envelope.time
        for one in self.disputes:
            if one.ended and one.gross_grams and one.ended >= read_at.get(one.bag_id, one.ended):
                seal = words[one.bag_id].seal if one.bag_id in words else NO_SEAL
                words[one.bag_id] = Word(seal, one.gross_grams)
        return words

    def held(self) -> set[str]:
        """Bags that are with the holder, so that a handover must name them."""
        words = self.last_words()
        left = self.elsewhere.keys() | (set() if self.is_at_store else self.freed)
        there = {bag_id for bag_id in self.sent.keys() - left if words[bag_id].grams}
        return {bag_id for bag_id in there if not self.is_gone(bag_id)}

    def is_gone(self, bag_id: str) -> bool:
        """Whether its custody ended without a bag to hand over."""
        declared = breaks_of(self.custody, bag_id)
        return any(fact.data.reason in GONE for fact in declared) or is_lost(self.custody, bag_id)

    def break_of(self, bag_id: str) -> CustodyBreakDeclared | None:
        """The break that was declared first."""
        return next((fact.data for fact in breaks_of(self.custody, bag_id)), None)

    def standings(self) -> dict[str, BagStanding]:
        """What became of each bag that was sent with the load."""
        words, freed, refusers, received = self.last_words(), self.freed, self.refusers, self.received
        free = BagStanding.STORED if self.is_at_store else BagStanding.FREE
        found = {}
        for bag_id in self.sent:
            if is_broken(self.custody, bag_id):
                found[bag_id] = BagStanding.BROKEN
            elif bag_id in freed:
                found[bag_id] = free
            elif bag_id in received:
                found[bag_id] = BagStanding.ACCEPTED
            elif bag_id in refusers:
                found[bag_id] = BagStanding.REFUSED
            else:
                found[bag_id] = BagStanding.IN_TRANSIT if words[bag_id].grams else BagStanding.MISSING
        return found
