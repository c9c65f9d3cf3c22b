"""What recycler partners confirm and what the recycler service decides about it.

A partner writes signed claims of the same shapes to its own topic (`ewaste.partner.<Name>.v1`); a claim that
holds becomes the fact `ewaste.recycler.<Name>.v1`, one that doesn't becomes `ConfirmationRefused`.
"""

from enum import StrEnum
from typing import Annotated, Literal

from ewaste.contracts.events.dropoff import Category
from ewaste.contracts.events.logistics import Difference
from ewaste.contracts.fields import (
    Count,
    Country,
    Day,
    Grams,
    Identifier,
    KeyId,
    Part,
    PartnerId,
    PositiveCount,
    PositiveGrams,
    Reference,
    Sha256,
    Text,
)
from pydantic import Field, StringConstraints

__all__ = [
    "BatchInput",
    "BatchOpened",
    "BatchRecycled",
    "ConfirmationRefused",
    "FractionTreated",
    "KeyRevocation",
    "LoadReceived",
    "LoadRejected",
    "Operation",
    "OutputFraction",
    "PartnerKeyRegistered",
    "PartnerKeyRevoked",
    "PartnerRegistered",
    "PublicKey",
    "ReceivedBag",
    "RefusalReason",
    "RejectionReason",
    "Scheme",
    "SchemeName",
    "SortedGrams",
    "WasteCode",
]

WasteCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{2} [0-9]{2} [0-9]{2}( (HA|HM))?$")]
"""Thai DIW waste code: six digits in pairs, HA or HM where hazardous."""


class Operation(StrEnum):
    """Recovery and disposal operations (Waste Framework Directive 2008/98/EC, annexes I and II; Basel annex IV)."""

    R1 = "R1"
    R2 = "R2"
    R3 = "R3"
    R4 = "R4"
    R5 = "R5"
    R6 = "R6"
    R7 = "R7"
    R8 = "R8"
    R9 = "R9"
    R10 = "R10"
    R11 = "R11"
    R12 = "R12"
    R13 = "R13"
    D1 = "D1"
    D2 = "D2"
    D3 = "D3"
    D4 = "D4"
    D5 = "D5"
    D6 = "D6"
    D7 = "D7"
    D8 = "D8"
    D9 = "D9"
    D10 = "D10"
    D11 = "D11"
    D12 = "D12"
    D13 = "D13"
    D14 = "D14"
    D15 = "D15"


class SchemeName(StrEnum):
    R2V3 = "r2v3"
    E_STEWARDS = "e_stewards"
    EN_50625 = "en_50625"
    ISO_14001 = "iso_14001"


class Scheme(Part):
    name: SchemeName
    certificate_number: Reference
    valid_from: Day
    valid_until: Day


class PartnerRegistered(Part):
    """A recycler may confirm processing on its own topic."""

    partner_id: PartnerId
    name_th: Text
    name_en: Text | None = None
    licence_number: Reference
    licence_valid_from: Day
    licence_valid_until: Day
    schemes: Annotated[tuple[Scheme, ...], Field(max_length=20)] = ()
    sample: bool = False


class PublicKey(Part):
    """An Ed25519 public key as JWK (RFC 8037)."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: KeyId


class PartnerKeyRegistered(Part):
    """Records signed with this key count from this fact's place in the ledger on."""

    partner_id: PartnerId
    key_id: KeyId
    """RFC 7638 thumbprint of the public key."""
    public_key: PublicKey


class KeyRevocation(StrEnum):
    COMPROMISED = "compromised"
    SUPERSEDED = "superseded"
    RETIRED = "retired"


class PartnerKeyRevoked(Part):
    """Records signed with this key count no more from this fact's place in the ledger on."""

    partner_id: PartnerId
    key_id: KeyId
    reason: KeyRevocation


class ReceivedBag(Part):
    bag_id: Identifier
    seal_read: Identifier
    received_grams: Grams


class LoadReceived(Part):
    """A recycler weighed a load in."""

    load_id: Identifier
    partner_id: PartnerId
    facility_id: Identifier
    bags: Annotated[tuple[ReceivedBag, ...], Field(min_length=1, max_length=1000)]
    received_grams: PositiveGrams
    """Equals the sum over the bags."""
    difference: Difference | None = None
    """Set by the recycler service, which knows what was dispatched; a partner leaves it out."""


class RejectionReason(StrEnum):
    CONTAMINATED = "contaminated"
    NOT_E_WASTE = "not_e_waste"
    SEAL_BROKEN = "seal_broken"
    WEIGHT_DIFFERENCE = "weight_difference"
    NO_CAPACITY = "no_capacity"
    NOT_LICENSED = "not_licensed"


class LoadRejected(Part):
    """A recycler refused a load, or the named bags of it."""

    load_id: Identifier
    partner_id: PartnerId
    facility_id: Identifier
    bag_ids: Annotated[tuple[Identifier, ...], Field(max_length=1000)] = ()
    """Empty: the whole load."""
    reason: RejectionReason


class BatchInput(Part):
    bag_id: Identifier
    grams: PositiveGrams
    """Net grams of this bag that enter the batch; a bag sorted into several batches is named in each with its part."""


class SortedGrams(Part):
    category: Category
    grams: PositiveGrams


class BatchOpened(Part):
    """Bags were opened and their contents went into one processing batch."""

    batch_id: Identifier
    partner_id: PartnerId
    facility_id: Identifier
    inputs: Annotated[tuple[BatchInput, ...], Field(min_length=1, max_length=1000)]
    other_client_grams: Grams = 0
    """Grams of other clients in the same batch: makes the chain of custody `mass balance` (ISO 22095)."""
    sorted: Annotated[tuple[SortedGrams, ...], Field(max_length=50)] = ()
    """What sorting found in our bags, by category, each once; sums to the grams of `inputs`. Empty: not sorted."""


class OutputFraction(Part):
    fraction_id: Identifier
    material: Identifier
    """Material name in the recycler's register, for example `copper`, `abs_plastic`, `printed_boards`."""
    grams: PositiveGrams
    operation: Operation
    facility_id: Identifier
    waste_code: WasteCode | None = None
    facility_country: Country | None = None
    """Where the facility is; none: Thailand. Abroad needs a treatment with the Basel numbers."""
    prepared_for_reuse: bool = False
    pieces: PositiveCount | None = None
    """Devices or parts, where they are counted."""


class BatchRecycled(Part):
    """A batch was processed into fractions, each with the operation it went to."""

    batch_id: Identifier
    partner_id: PartnerId
    outputs: Annotated[tuple[OutputFraction, ...], Field(min_length=1, max_length=500)]
    process_loss_grams: Grams = 0
    """Declared loss, such as dust and moisture."""


class FractionTreated(Part):
    """An interim fraction (R12, R13, D13-D15) was treated further, here or downstream."""

    treatment_id: Identifier
    batch_id: Identifier
    fraction_id: Identifier
    partner_id: PartnerId
    facility_id: Identifier
    facility_country: Country | None = None
    """Where the facility is; none: Thailand. Abroad needs both Basel numbers (A1181, Y49: since 1 January 2025)."""
    grams: PositiveGrams
    outputs: Annotated[tuple[OutputFraction, ...], Field(min_length=1, max_length=500)]
    process_loss_grams: Grams = 0
    basel_notification_number: Reference | None = None
    basel_movement_number: Reference | None = None


class RefusalReason(StrEnum):
    """Why a partner's record was not accepted; each names what the partner does next in `docs/guides/partners.md`."""

    UNDECODABLE = "undecodable"
    ENVELOPE = "envelope"
    SCHEMA = "schema"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_PARTNER = "unknown_partner"
    SIGNATURE_MISSING = "signature_missing"
    SIGNATURE_MALFORMED = "signature_malformed"
    SIGNATURE_WRONG = "signature_wrong"
    KEY_UNKNOWN = "key_unknown"
    KEY_REVOKED = "key_revoked"
    KEY_OF_ANOTHER_PARTNER = "key_of_another_partner"
    TOPIC_OF_ANOTHER_PARTNER = "topic_of_another_partner"
    SOURCE_OF_ANOTHER_PARTNER = "source_of_another_partner"
    RECORD_KEY_WRONG = "record_key_wrong"
    OUTSIDE_LICENCE = "outside_licence"
    EQUIVOCATION = "equivocation"
    BATCH_UNKNOWN = "batch_unknown"
    BATCH_ALREADY_OPENED = "batch_already_opened"
    BATCH_ALREADY_RECYCLED = "batch_already_recycled"
    BATCH_OF_ANOTHER_PARTNER = "batch_of_another_partner"
    BAG_OVER_ALLOCATED = "bag_over_allocated"
    BAG_NOT_IN_LOAD = "bag_not_in_load"
    LOAD_UNKNOWN = "load_unknown"
    BASEL_NUMBERS_MISSING = "basel_numbers_missing"
    OUTPUTS_EXCEED_INPUTS = "outputs_exceed_inputs"
    SUMS_DO_NOT_CLOSE = "sums_do_not_close"
    TOO_LARGE = "too_large"
    TIME_IN_FUTURE = "time_in_future"
    LOAD_ALREADY_RECEIVED = "load_already_received"
    LOAD_OF_ANOTHER_PARTNER = "load_of_another_partner"
    FRACTION_UNKNOWN = "fraction_unknown"
    FRACTION_ALREADY_RECORDED = "fraction_already_recorded"
    TREATMENT_ALREADY_RECORDED = "treatment_already_recorded"
    CORRECTED_EVENT_UNKNOWN = "corrected_event_unknown"
    CORRECTED_EVENT_IN_USE = "corrected_event_in_use"


class ConfirmationRefused(Part):
    """A partner's record was not accepted. The record itself stays in the ledger."""

    topic: Text
    partition: Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]
    offset: Count
    value_sha256: Sha256
    reason: RefusalReason
    field: Text | None = None
    """The field at fault, as a dotted path, where one is."""
    partner_id: PartnerId | None = None
    refused_event_id: Identifier | None = None
