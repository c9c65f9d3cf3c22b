"""What happens on the street and at the gates (service `logistics`)."""

from enum import StrEnum
from typing import Annotated

from ewaste.contracts.fields import Day, Grams, Identifier, Part, PositiveGrams, Reference
from pydantic import Field

__all__ = [
    "BagHandover",
    "BagInLoad",
    "BinCollected",
    "CollectionPlanned",
    "CollectionStop",
    "Difference",
    "HandoverRecorded",
    "LoadDispatched",
]


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
