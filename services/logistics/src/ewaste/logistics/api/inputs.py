"""What crews, gates and the municipality's staff send. Ids are made by the sender; without a time it is now."""

from datetime import datetime
from typing import Annotated, Literal

from ewaste.contracts.events.logistics import (
    ActorKind,
    ActorRegistered,
    BagSettlement,
    BreakReason,
    CustodyBreakDeclared,
    DifferenceCause,
    DisputeDecided,
    HandoverPurpose,
    ResolutionStated,
    Settlement,
)
from ewaste.contracts.fields import Identifier, Reference, Text
from ewaste.contracts.refusal import Refused
from ewaste.logistics.model.collections import Collection
from ewaste.logistics.model.handovers import Handover, Offer, Reading
from ewaste.logistics.model.loads import Load
from ewaste.logistics.model.words import MOST_BAG_GRAMS, NO_SEAL, Word, check_each_once
from ewaste.runtime.bulk import Input, Moment
from ewaste.runtime.corrections import CorrectionInput
from pydantic import Field

__all__ = [
    "NewActor",
    "NewBreak",
    "NewCollection",
    "NewCorrection",
    "NewDecision",
    "NewHandover",
    "NewLoad",
    "NewOffer",
    "NewResolution",
]

BagGrams = Annotated[int, Field(strict=True, gt=0, le=MOST_BAG_GRAMS)]


class NewActor(Input):
    """A carrier, store or office; recyclers are registered with the recycler service."""

    actor_id: Identifier
    kind: ActorKind
    name_th: Text
    name_en: Text | None = None
    licence_number: Reference | None = None
    sample: bool = False

    def to_actor(self) -> ActorRegistered:
        return ActorRegistered(**self.model_dump())


class NewCollection(Input):
    """One bag, sealed, weighed and taken; `next_bag_id` hangs in its place. Ids are made on the device."""

    bag_id: Identifier
    point_id: Identifier
    seal_number: Identifier
    gross_grams: BagGrams
    tare_grams: Annotated[int, Field(strict=True, ge=0, le=MOST_BAG_GRAMS)] = 0
    next_bag_id: Identifier | None = None
    carrier_id: Identifier
    plan_id: Identifier | None = None
    collected_at: Moment | None = None

    def to_collection(self, now: datetime) -> Collection:
        return Collection(**self.model_dump(exclude={"collected_at"}), collected_at=self.collected_at or now)


class NewBagInLoad(Input):
    """A bag whose seal the dispatcher read and which it weighed, whether its collection is here yet or not."""

    bag_id: Identifier
    seal_number: Identifier
    gross_grams: BagGrams


class NewLoad(Input):
    """Bags that leave together: those in `bag_ids` as they were collected, those in `bags` as the dispatcher read."""

    load_id: Identifier
    carrier_id: Identifier
    origin_id: Identifier
    destination_id: Identifier
    bag_ids: Annotated[list[Identifier], Field(default_factory=list, max_length=1000)]
    bags: Annotated[list[NewBagInLoad], Field(default_factory=list, max_length=1000)]
    manifest_number: Reference | None = None
    dispatched_at: Moment | None = None

    def to_load(self, now: datetime) -> Load:
        stated = [bag.bag_id for bag in self.bags]
        check_each_once(self.bag_ids, "bag_ids")
        check_each_once([*self.bag_ids, *stated], "bags")
        if not 1 <= len(self.bag_ids) + len(stated) <= 1000:
            raise Refused("load-size", "a load has 1 to 1,000 bags; name them in bag_ids or bags", field="bag_ids")
        return Load(
            **self.model_dump(exclude={"bag_ids", "bags", "dispatched_at"}),
            bag_ids=frozenset(self.bag_ids) | frozenset(stated),
            dispatched_at=self.dispatched_at or now,
            stated={bag.bag_id: Word(bag.seal_number, bag.gross_grams) for bag in self.bags},
        )


class NewReading(Input):
    """What the receiver saw; a bag that did not arrive has 0 grams, one without a readable seal no `seal_read`.

    `seal_given` and `given_grams` are the giver's own words where it says any: else what it last read or sent counts.
    """

    bag_id: Identifier
    seal_read: Identifier | None = None
    received_grams: Annotated[int, Field(strict=True, ge=0, le=MOST_BAG_GRAMS)]
    seal_given: Identifier | None = None
    given_grams: BagGrams | None = None


class NewHandover(Input):
    """Without `purpose` it is told from who takes part and where."""

    handover_id: Identifier
    giver_id: Identifier
    receiver_id: Identifier
    place_id: Identifier
    purpose: HandoverPurpose | None = None
    bags: Annotated[list[NewReading], Field(min_length=1, max_length=1000)]
    handed_over_at: Moment | None = None

    def to_handover(self, load_id: str, now: datetime) -> Handover:
        return Handover(
            **self.model_dump(exclude={"bags", "handed_over_at"}),
            load_id=load_id,
            readings=tuple(Reading(bag.bag_id, bag.seal_read or NO_SEAL, bag.received_grams) for bag in self.bags),
            handed_over_at=self.handed_over_at or now,
            given={bag.bag_id: (bag.seal_given, bag.given_grams) for bag in self.bags},
        )


class NewOfferedBag(Input):
    bag_id: Identifier
    seal_given: Identifier
    given_grams: BagGrams


class NewOffer(Input):
    """What the giver says before the receiver reads; the next handover between these two is held against it."""

    offer_id: Identifier
    giver_id: Identifier
    receiver_id: Identifier
    bags: Annotated[list[NewOfferedBag], Field(min_length=1, max_length=1000)]
    offered_at: Moment | None = None

    def to_offer(self, load_id: str, now: datetime) -> Offer:
        check_each_once([bag.bag_id for bag in self.bags], "bags")
        words = {bag.bag_id: Word(bag.seal_given, bag.given_grams) for bag in self.bags}
        at = self.offered_at or now
        return Offer(self.offer_id, load_id, self.giver_id, self.receiver_id, words, at)


class NewSettlement(Input):
    """How the dispute about a bag ends: `accepted` with the grams it counts as from now on, or `lost` without."""

    bag_id: Identifier
    settlement: Settlement
    gross_grams: BagGrams | None = None
    cause: DifferenceCause

    def to_settlement(self) -> BagSettlement:
        return BagSettlement(**self.model_dump())


_Settlements = Annotated[list[NewSettlement], Field(min_length=1, max_length=1000)]


class NewResolution(Input):
    """One side's word: `party_id` is the giver or the receiver of the disputed change of hands."""

    party_id: Identifier
    bags: _Settlements
    stated_at: Moment | None = None

    def to_fact(self, load_id: str) -> ResolutionStated:
        bags = tuple(bag.to_settlement() for bag in self.bags)
        return ResolutionStated(load_id=load_id, party_id=self.party_id, bags=bags)


class NewDecision(Input):
    """The municipality ends a dispute that the parties did not."""

    decided_by: Identifier
    bags: _Settlements
    decided_at: Moment | None = None

    def to_fact(self, load_id: str) -> DisputeDecided:
        bags = tuple(bag.to_settlement() for bag in self.bags)
        return DisputeDecided(load_id=load_id, decided_by=self.decided_by, bags=bags)


class NewBreak(Input):
    """The contents of these bags can't be told apart any more, or are gone."""

    break_id: Identifier
    bag_ids: Annotated[list[Identifier], Field(min_length=1, max_length=1000)]
    load_id: Identifier | None = None
    place_id: Identifier | None = None
    declared_by: Identifier
    reason: BreakReason
    declared_at: Moment | None = None

    def to_fact(self) -> CustodyBreakDeclared:
        return CustodyBreakDeclared(**self.model_dump(exclude={"declared_at"}))


class NewCorrection(CorrectionInput):
    """The fact by its `event_id`, or the latest of this `type` about this `subject`.

    `replacement` is the body with which that fact is recorded; none: it did not happen.
    """

    type: Literal[
        "ActorRegistered", "BinCollected", "CollectionPlanned", "CustodyBreakDeclared", "DisputeDecided",
        "HandoverRecorded", "LoadDispatched", "ResolutionStated",
    ] | None = None  # fmt: skip
