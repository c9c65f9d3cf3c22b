"""What happens on the street and at the gates (service `logistics`)."""

from enum import StrEnum
from typing import Annotated

from ewaste.contracts.fields import Day, Grams, Identifier, Part, PositiveGrams, Reference, Text
from pydantic import Field

__all__ = [
    "ActorKind",
    "ActorRegistered",
    "BagHandover",
    "BagInLoad",
    "BagSettlement",
    "BinCollected",
    "BreakReason",
    "CollectionPlanned",
    "CollectionStop",
    "CustodyBreakDeclared",
    "Delegation",
    "Difference",
    "DifferenceCause",
    "DisputeDecided",
    "HandoverPurpose",
    "HandoverRecorded",
    "LoadDispatched",
    "ResolutionStated",
    "Settlement",
]


class ActorKind(StrEnum):
    """Who may hold bags between the box and the recycler."""

    CARRIER = "carrier"
    STORAGE = "storage"
    MUNICIPALITY = "municipality"


class ActorRegistered(Part):
    """A carrier, store or office that may give and take bags; recyclers are registered as partners."""

    actor_id: Identifier
    kind: ActorKind
    name_th: Text
    name_en: Text | None = None
    licence_number: Reference | None = None
    sample: bool = False


class Difference(StrEnum):
    """Giver's against receiver's grams and seals (after 40 CFR 264.72)."""

    MATCHED = "matched"
    MINOR = "minor"
    SIGNIFICANT = "significant"
    SEAL_MISMATCH = "seal_mismatch"


class CollectionStop(Part):
    point_id: Identifier
    bag_id: Identifier | None = None


class CollectionPlanned(Part):
    """A carrier is asked to empty these boxes on this day, in this order."""

    plan_id: Identifier
    carrier_id: Identifier
    service_date: Day
    stops: Annotated[tuple[CollectionStop, ...], Field(min_length=1, max_length=500)]


class BinCollected(Part):
    """A bag was sealed, weighed and taken; a fresh one hangs in its place."""

    bag_id: Identifier
    point_id: Identifier
    seal_number: Identifier
    gross_grams: PositiveGrams
    tare_grams: Grams = 0
    """Grams of the empty bag and seal; net = gross - tare."""
    next_bag_id: Identifier | None = None
    carrier_id: Identifier
    plan_id: Identifier | None = None


class BagInLoad(Part):
    bag_id: Identifier
    seal_number: Identifier
    gross_grams: PositiveGrams


class LoadDispatched(Part):
    """Sealed bags left together for one place."""

    load_id: Identifier
    carrier_id: Identifier
    origin_id: Identifier
    destination_id: Identifier
    """The partner or facility that is to receive the load."""
    bags: Annotated[tuple[BagInLoad, ...], Field(min_length=1, max_length=1000)]
    gross_grams: PositiveGrams
    """Equals the sum over the bags."""
    manifest_number: Reference | None = None


class BagHandover(Part):
    bag_id: Identifier
    seal_given: Identifier
    seal_read: Identifier
    given_grams: PositiveGrams
    received_grams: Grams
    difference: Difference


class HandoverPurpose(StrEnum):
    """Why a load changes hands on its way."""

    CARRIER_CHANGE = "carrier_change"
    STORAGE_IN = "storage_in"
    STORAGE_OUT = "storage_out"
    DELIVERY = "delivery"


class Delegation(Part):
    """One side of a handover is not registered; the other confirmed for it."""

    for_id: Identifier
    by_id: Identifier


class HandoverRecorded(Part):
    """A load changed hands: the giver states, the receiver weighs and reads."""

    handover_id: Identifier
    load_id: Identifier
    giver_id: Identifier
    receiver_id: Identifier
    place_id: Identifier
    bags: Annotated[tuple[BagHandover, ...], Field(min_length=1, max_length=1000)]
    given_grams: PositiveGrams
    received_grams: Grams
    difference: Difference
    """The gravest difference among the bags and the total."""
    purpose: HandoverPurpose = HandoverPurpose.DELIVERY
    delegation: Delegation | None = None


class Settlement(StrEnum):
    """How a dispute about a bag ends."""

    ACCEPTED = "accepted"
    """The bag is whole and counts with the grams agreed."""
    LOST = "lost"
    """Nobody can say where its contents are: custody is broken."""


class DifferenceCause(StrEnum):
    """What the parties found to be behind a difference."""

    SCALE = "scale"
    SEAL_REPLACED = "seal_replaced"
    SEAL_MISREAD = "seal_misread"
    MISTYPED = "mistyped"
    MIXED_UP = "mixed_up"
    TAMPERED = "tampered"
    NOT_FOUND = "not_found"


class BagSettlement(Part):
    bag_id: Identifier
    settlement: Settlement
    gross_grams: PositiveGrams | None = None
    """What the bag counts as from now on; needed where it is accepted."""
    cause: DifferenceCause


class ResolutionStated(Part):
    """One side's word on how a dispute ends; it ends when giver and receiver say the same of a bag."""

    load_id: Identifier
    party_id: Identifier
    """The giver or the receiver of the disputed change of hands."""
    bags: Annotated[tuple[BagSettlement, ...], Field(min_length=1, max_length=1000)]


class DisputeDecided(Part):
    """The municipality ends a dispute that the parties did not, 15 days or more after it opened."""

    load_id: Identifier
    decided_by: Identifier
    bags: Annotated[tuple[BagSettlement, ...], Field(min_length=1, max_length=1000)]


class BreakReason(StrEnum):
    """Why the contents of a bag can't be told apart any more."""

    MIXED = "mixed"
    EMPTIED = "emptied"
    LOST = "lost"
    STOLEN = "stolen"
    DISASTER = "disaster"


class CustodyBreakDeclared(Part):
    """Traceability of these bags ends here, said openly: nothing later is counted as if it were whole."""

    break_id: Identifier
    bag_ids: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=1000)]
    load_id: Identifier | None = None
    place_id: Identifier | None = None
    declared_by: Identifier
    reason: BreakReason
