"""Ledgers, entries and segments: the pure part of sequencing."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from ewaste.contracts.envelope import Envelope, InvalidEvent, open_envelope
from ewaste.contracts.topics import CUSTODY_TOPICS, LEARNING_TOPICS
from ewaste.evidence.ledger.contents import contents_of, is_by_digest
from ewaste.evidence.ledger.merkle import Frontier, leaf_hash
from ewaste.evidence.ledger.record import Record, leaf_of
from msgspec import Struct

__all__ = ["Entry", "Ledger", "Segment", "append", "blobs_of"]


class Ledger(StrEnum):
    """One per domain: volumes and privacy differ, and one must never slow the other."""

    CUSTODY = "custody"
    LEARNING = "learning"

    @property
    def topics(self) -> str:
        """The evidence topics, as a subscription pattern."""
        return CUSTODY_TOPICS if self is Ledger.CUSTODY else LEARNING_TOPICS


class Entry(Struct, frozen=True, gc=False):
    """A record at its place in the ledger; `envelope` is None where the value can't be read as an event."""

    index: int
    record: Record
    envelope: Envelope | None

    @property
    def event_id(self) -> UUID | None:
        return self.envelope.id if self.envelope else None


@dataclass(frozen=True, slots=True)
class Segment:
    """What one transaction appended: entries without a gap, and the tree after them."""

    entries: tuple[Entry, ...]
    leaves: tuple[bytes, ...]
    frontier: Frontier

    @property
    def start(self) -> int:
        return self.frontier.size - len(self.leaves)

    @property
    def size(self) -> int:
        """The ledger's size after this segment."""
        return self.frontier.size

    @property
    def root(self) -> bytes:
        return self.frontier.root()


def append(frontier: Frontier, records: Sequence[Record]) -> Segment:
    """Give each record the next index. Nothing is filtered: leaving out what can't be read would be omission."""
    leaves = tuple([leaf_of(record) for record in records])
    entries = [Entry(index, record, _envelope(record)) for index, record in enumerate(records, start=frontier.size)]
    return Segment(tuple(entries), leaves, frontier.extend([leaf_hash(leaf) for leaf in leaves]))


def _envelope(record: Record) -> Envelope | None:
    try:
        return open_envelope(record.value)
    except InvalidEvent:
        return None


def blobs_of(segment: Segment) -> dict[bytes, bytes]:
    """What their leaves hold by digest only: SHA-256 to content."""
    return {
        sha256(content).digest(): content
        for entry, leaf in zip(segment.entries, segment.leaves, strict=True)
        if is_by_digest(leaf)
        for content in contents_of(entry.record, leaf)
    }
