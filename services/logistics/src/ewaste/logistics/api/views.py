"""Loads and disputes as they are shown."""

from datetime import datetime

from ewaste.contracts.events.logistics import (
    Delegation,
    Difference,
    DifferenceCause,
    HandoverPurpose,
    HandoverRecorded,
    Settlement,
)
from ewaste.evidence.custody.disputes import agreed_grams
from ewaste.evidence.custody.fold import Fact
from ewaste.evidence.custody.model import DisputeKind, DisputeState, Ignored, LoadState
from ewaste.logistics.handlers.standing import state_of
from ewaste.logistics.model.cases import BagStanding, Case, HolderKind, kind_of
from ewaste.logistics.model.handovers import Offer
from pydantic import BaseModel

__all__ = ["DisputeShown", "LoadShown", "LoadSummary", "OfferShown", "show_load", "show_offer"]


class StatementShown(BaseModel):
    """One word on how a dispute ends; `ignored` says why it does not count."""

    time: datetime
    party_id: str
    decision: bool
    settlement: Settlement
    gross_grams: int | None = None
    cause: DifferenceCause
    ignored: Ignored | None = None


class DisputeShown(BaseModel):
    """About one bag in one load; `decidable_from` is when the municipality may decide."""

    bag_id: str
    load_id: str
    kind: DisputeKind
    kinds: list[DisputeKind]
    opened: datetime
    decidable_from: datetime
    giver_id: str | None = None
    receiver_id: str
    statements: list[StatementShown]
    state: DisputeState
    settlement: Settlement | None = None
    gross_grams: int | None = None
    cause: DifferenceCause | None = None
    ended: datetime | None = None


class BagOfLoad(BaseModel):
    """A bag with the seal and grams it left with; `agreed_grams` is what it counts as since a dispute ended."""

    bag_id: str
    seal_number: str
    gross_grams: int
    agreed_grams: int | None
    standing: BagStanding
    elsewhere: str | None
    """The load it went on in."""


class HandoverShown(BaseModel):
    event_id: str
    handover_id: str
    giver_id: str
    receiver_id: str
    place_id: str
    purpose: HandoverPurpose
    delegation: Delegation | None
    given_grams: int
    received_grams: int
    difference: Difference
    handed_over_at: datetime
    bag_ids: list[str]
    """Fewer than the load's where refused bags went back by themselves."""


class Hand(BaseModel):
    """One holder in the chain of hands; `handover_id` is null for the carrier that it was dispatched with."""

    holder_id: str
    kind: HolderKind | None
    """Null: not registered."""
    place_id: str
    since: datetime
    handover_id: str | None


class OfferShown(BaseModel):
    """What a giver stated for the next handover."""

    offer_id: str
    giver_id: str
    receiver_id: str
    given_grams: int
    bag_ids: list[str]
    offered_at: datetime


class LoadSummary(BaseModel):
    load_id: str
    state: LoadState
    holder_id: str
    """Who has it: the carrier, then whoever took it last."""
    carrier_id: str
    origin_id: str
    destination_id: str
    manifest_number: str | None
    bag_count: int
    gross_grams: int
    """Equals the sum over the bags."""
    dispatched_at: datetime


class LoadShown(LoadSummary):
    event_id: str
    """Of its dispatch."""
    bags: list[BagOfLoad]
    hands: list[Hand]
    """The chain of hands, the present holder last."""
    handovers: list[HandoverShown]
    offers: list[OfferShown]
    disputes: list[DisputeShown]


def show_load(case: Case, offers: list[Offer]) -> LoadShown:
    """A load with all that is known of it."""
    data, dispatch = case.dispatched, case.book.dispatches[0].evidence.event.envelope
    return LoadShown(
        load_id=case.load_id,
        state=LoadState(state_of(case)),
        holder_id=case.holder_id,
        carrier_id=data.carrier_id,
        origin_id=data.origin_id,
        destination_id=data.destination_id,
        manifest_number=data.manifest_number,
        bag_count=len(data.bags),
        gross_grams=data.gross_grams,
        dispatched_at=dispatch.time,
        event_id=str(dispatch.id),
        bags=_bags(case),
        hands=_hands(case),
        handovers=[_handover(fact) for fact in case.book.handovers],
        offers=[show_offer(one) for one in offers],
        disputes=[DisputeShown.model_validate(one.to_dict()) for one in case.disputes],
    )


def _bags(case: Case) -> list[BagOfLoad]:
    standings = case.standings()
    return [
        BagOfLoad(
            bag_id=bag.bag_id,
            seal_number=bag.seal_number,
            gross_grams=bag.gross_grams,
            agreed_grams=agreed_grams(case.custody, bag.bag_id),
            standing=standings[bag.bag_id],
            elsewhere=case.elsewhere.get(bag.bag_id),
        )
        for bag in case.dispatched.bags
    ]


def _hands(case: Case) -> list[Hand]:
    data, at = case.dispatched, case.book.dispatches[0].evidence.event.envelope.time
    hands: list[tuple[str, str, datetime, str | None]] = [(data.carrier_id, data.origin_id, at, None)]
    for fact in case.book.handovers:
        said = fact.data
        if said.handover_id not in case.partial:
            hands.append((said.receiver_id, said.place_id, fact.evidence.event.envelope.time, said.handover_id))
    return [
        Hand(holder_id=id, kind=kind_of(case.custody, id), place_id=place, since=since, handover_id=handover_id)
        for id, place, since, handover_id in hands
    ]


def _handover(fact: Fact[HandoverRecorded]) -> HandoverShown:
    envelope = fact.evidence.event.envelope
    return HandoverShown(
        **fact.data.model_dump(exclude={"bags", "load_id"}),
        event_id=str(envelope.id),
        handed_over_at=envelope.time,
        bag_ids=[bag.bag_id for bag in fact.data.bags],
    )


def show_offer(offer: Offer) -> OfferShown:
    return OfferShown(
        offer_id=offer.offer_id,
        giver_id=offer.giver_id,
        receiver_id=offer.receiver_id,
        given_grams=sum(word.grams for word in offer.words.values()),
        bag_ids=sorted(offer.words),
        offered_at=offer.offered_at,
    )
