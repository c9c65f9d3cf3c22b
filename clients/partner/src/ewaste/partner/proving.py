"""Does this receipt show that the log holds exactly what we signed, where the broker said it stands?"""

from dataclasses import dataclass
from typing import Protocol

from ewaste.evidence.ledger.merkle import ProofError
from ewaste.evidence.ledger.record import DigestedRecord, LeafError, Record, decode_leaf, leaf_of
from ewaste.evidence.notes.policy import Policy
from ewaste.evidence.notes.proof import Receipt, check_receipt, parse_receipt
from ewaste.partner.journal import Place
from ewaste.partner.signing import SignedClaim

__all__ = ["Entries", "Proven", "ReceiptFalse", "prove"]


class ReceiptFalse(Exception):
    """The receipt shows something else than our record, or nothing: keep it, and tell the municipality."""


class Entries(Protocol):
    """Where the entry at an index of the log can be looked up."""

    def entry(self, index: int, size: int) -> bytes | None:
        """None where there is none."""


@dataclass(frozen=True, slots=True)
class Proven:
    """The entry whose place the receipt shows, and the log and size of the checkpoint that it rests on."""

    index: int
    entry: bytes
    origin: str
    size: int


def prove(content: bytes, one: SignedClaim, place: Place, policy: Policy, entries: Entries) -> Proven:
    """What the receipt shows of this confirmation. Raises ReceiptFalse; QuorumMissed for too few witnesses.

    The entry is made from our own bytes and the time that the journal holds. Without that time, or where the broker set
    its own, the log is asked for the entry; it counts when all but the time is ours, so nothing of it is believed.
    """
    try:
        receipt = parse_receipt(content)
        checkpoint = policy.open(receipt.checkpoint).checkpoint
        entry = _ours(receipt, one, place, policy)
        if entry is None:
            entry = _looked_up(receipt, one, place, entries.entry(receipt.index, checkpoint.size))
            check_receipt(receipt, entry, policy)
    except ValueError as error:
        raise ReceiptFalse(str(error)) from error
    return Proven(receipt.index, entry, checkpoint.origin, checkpoint.size)


def _ours(receipt: Receipt, one: SignedClaim, place: Place, policy: Policy) -> bytes | None:
    if place.timestamp_ms is None:
        return None
    entry = leaf_of(_record(one, place, place.timestamp_ms))
    try:
        check_receipt(receipt, entry, policy)
    except ProofError:
        return None
    return entry


def _looked_up(receipt: Receipt, one: SignedClaim, place: Place, entry: bytes | None) -> bytes:
    if entry is None:
        raise ReceiptFalse(f"it does not show our bytes, and the log serves no entry {receipt.index} to compare")
    try:
        found = decode_leaf(entry)
    except LeafError as error:
        raise ReceiptFalse(f"entry {receipt.index} is no record: {error}") from error
    ours = leaf_of(_record(one, place, found.timestamp_ms))
    if ours != entry:
        raise ReceiptFalse(f"entry {receipt.index} has {_difference(decode_leaf(ours), found)}")
    return entry


def _record(one: SignedClaim, place: Place, timestamp_ms: int) -> Record:
    return Record(
        topic=one.topic,
        partition=place.partition,
        offset=place.offset,
        timestamp_ms=timestamp_ms,
        key=one.key.encode(),
        headers=one.headers,
        value=one.value,
    )


def _difference(ours: Record | DigestedRecord, found: Record | DigestedRecord) -> str:
    if (ours.topic, ours.partition, ours.offset) != (found.topic, found.partition, found.offset):
        return f"{found.topic} partition {found.partition} offset {found.offset}, another record"
    if ours.value != found.value or ours.key != found.key:
        return "another content than we signed"
    return "our content under another signature; if it was signed with an older key, give that with --key"
