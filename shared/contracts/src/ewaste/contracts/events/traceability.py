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
    "ArchiveSealed",
    "CertificateIssued",
    "CertificateSuspended",
    "CheckpointPublished",
    "CustodyGapClosed",
    "CustodyGapOpened",
    "Evidence",
    "GapKind",
    "LedgerIndex",
    "ReadModel",
    "ReadModelAttested",
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


class ArchiveSealed(Part):
    """A range of a ledger's records stands in a file of its own; whoever has the records can make the same file.

    The file holds the records with `start` <= index < `end` (docs/architecture/archive.md).
    """

    origin: Text
    """Of the ledger, as in its checkpoints."""
    start: Count
    end: PositiveCount
    root: Sha256
    """Root of the ledger's first `end` records."""
    range_hash: Sha256
    """RFC 6962 tree hash over the leaf hashes of this range alone: the file shows it without any other record."""
    file_sha256: Sha256
    file_bytes: PositiveCount
    rows: PositiveCount
    format: Identifier
    """Columns and settings of the file."""
    writer: Text
    """What wrote it: another version of the same library may give other bytes for the same rows."""


class ReadModel(Part):
    """One table that a service answers from, as of a ledger size."""

    name: Identifier
    rows: Count
    digest: Sha256


class ReadModelAttested(Part):
    """What the service's read models held when they had taken in the ledger's first `size` records.

    Read from its tables; whoever has the records computes the same from them (docs/architecture/replay.md).
    """

    origin: Text
    """Of the ledger, as in its checkpoints."""
    size: PositiveCount
    root: Sha256
    state_digest: Sha256
    """Over `models`, `size` and `root`."""
    code_digest: Sha256
    """Of the contracts and rules of evidence that the service ran: another digest here means another version."""
    models: Annotated[tuple[ReadModel, ...], Field(min_length=1, max_length=20)]
