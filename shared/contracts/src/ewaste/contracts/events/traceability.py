"""What follows from the ledger (service `traceability`)."""

from enum import StrEnum
from typing import Annotated

from ewaste.contracts.fields import (
    Count,
    Grams,
    Identifier,
    Part,
    PartnerId,
    PositiveCount,
    PositiveGrams,
    Sha256,
    Text,
)
from pydantic import Field

__all__ = [
    "CertificateIssued",
    "CertificateSuspended",
    "CheckpointPublished",
    "CustodyGapClosed",
    "CustodyGapOpened",
    "Evidence",
    "GapKind",
    "LedgerIndex",
    "Subject",
    "SubjectKind",
    "SuspensionReason",
]

LedgerIndex = Count
Evidence = Annotated[tuple[LedgerIndex, ...], Field(max_length=10_000)]
"""Ledger indices of the records that show it."""


class SubjectKind(StrEnum):
    """The nodes of the chain of custody."""

    ITEM = "item"
    BAG = "bag"
    LOAD = "load"
    BATCH = "batch"
    FRACTION = "fraction"
    CERTIFICATE = "certificate"
    SOURCE = "source"


class Subject(Part):
    kind: SubjectKind
    id: Identifier


class GapKind(StrEnum):
    UNCOLLECTED_BAG = "uncollected_bag"
    BAG_NOT_HANDED_OVER = "bag_not_handed_over"
    SEAL_MISMATCH = "seal_mismatch"
    WEIGHT_MISMATCH = "weight_mismatch"
    COUNT_MISMATCH = "count_mismatch"
    OVER_ALLOCATED = "over_allocated"
    LOAD_NOT_CONFIRMED = "load_not_confirmed"
    BATCH_STALLED = "batch_stalled"
    ITEM_IN_TWO_PLACES = "item_in_two_places"
    SEQUENCE_GAP = "sequence_gap"
    EQUIVOCATION = "equivocation"
    CERTIFICATE_SUSPENDED = "certificate_suspended"
    DISPUTE_OVERDUE = "dispute_overdue"


class CustodyGapOpened(Part):
    """Something in the chain is missing or contradicts itself."""

    gap_id: Identifier
    kind: GapKind
    subject: Subject
    evidence: Evidence
    """Ledger indices of the records that show it."""


class CustodyGapClosed(Part):
    """The missing fact arrived."""

    gap_id: Identifier
    kind: GapKind
    subject: Subject
    evidence: Evidence


class CertificateIssued(Part):
    """A batch's grams balance, every output has a final operation and none of it was landfilled.

    The certificate is a pure function of the ledger's first `ledger_size` records and the rules named here.
    """

    certificate_id: Identifier
    batch_id: Identifier
    partner_id: PartnerId
    ledger_size: PositiveCount
    ledger_root: Sha256
    rules_digest: Sha256
    content_digest: Sha256
    """SHA-256 of the certificate's canonical JSON (RFC 8785)."""
    input_grams: PositiveGrams
    output_grams: Grams
    process_loss_grams: Grams
    landfill_grams: Grams
    replaces_certificate_id: Identifier | None = None


class SuspensionReason(StrEnum):
    EVIDENCE_CORRECTED = "evidence_corrected"
    DISPUTE_OPENED = "dispute_opened"
    OVER_ALLOCATED = "over_allocated"
    RECYCLER_LICENCE = "recycler_licence"
    CUSTODY_BROKEN = "custody_broken"
    EVIDENCE_ARRIVED = "evidence_arrived"
    """A late record changes what the certificate says."""
    RULES_CHANGED = "rules_changed"


class CertificateSuspended(Part):
    """A certificate does not hold at the moment."""

    certificate_id: Identifier
    reason: SuspensionReason
    evidence: Evidence
    """Ledger indices of the records that changed what it says."""
    open_lines: Annotated[tuple[Identifier, ...], Field(max_length=100)] = ()
    """Codes of what keeps the batch from a new certificate; empty: a new one follows at once."""


class CheckpointPublished(Part):
    """The ledger's size and root, signed outside (C2SP signed note)."""

    origin: Text
    size: PositiveCount
    root: Sha256
