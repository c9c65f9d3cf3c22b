"""Does this receipt show that the log holds exactly what we signed, where the broker said it stands?"""

from dataclasses import dataclass

from ewaste.evidence.ledger.record import DigestedRecord, Record, decode_leaf, leaf_of
from ewaste.evidence.notes.policy import Policy
from ewaste.evidence.notes.proof import check_receipt, parse_receipt
from ewaste.partner.journal import Place
from ewaste.partner.signing import SignedClaim

__all__ = ["Proven", "ReceiptFalse", "prove"]


class ReceiptFalse(Exception):
    """The receipt shows something else than our record, or nothing: keep it, and tell the municipality."""


@dataclass(frozen=True, slots=True)
class Proven:
    """Where the confirmation stands, and the log and size of the checkpoint that shows it."""

    index: int
    origin: str
    size: int


def prove(content: bytes, one: SignedClaim, place: Place, policy: Policy) -> Proven:
    """What the receipt shows of this confirmation. Raises ReceiptFalse; QuorumMissed for too few witnesses.

    The service's receipts bring the entry along. It counts where all of it but Kafka's time is ours: the time alone is
    the log's word. For a receipt without it, the journal knows the time.
    """
    try:
        receipt = parse_receipt(content)
        entry = _made(one, place) if receipt.extra is None else _held(receipt.index, receipt.extra, one, place)
        checkpoint = check_receipt(receipt, entry, policy).checkpoint
    except ValueError as error:
        raise ReceiptFalse(str(error)) from error
    return Proven(receipt.index, checkpoint.origin, checkpoint.size)


def _made(one: SignedClaim, place: Place) -> bytes:
    if place.timestamp_ms is None:
        raise ReceiptFalse("it brings no entry, and the journal, of an older release, knows no time to make it from")
    return leaf_of(_record(one, place, place.timestamp_ms))


def _held(index: int, entry: bytes, one: SignedClaim, place: Place) -> bytes:
    found = decode_leaf(entry)
    ours = leaf_of(_record(one, place, found.timestamp_ms))
    if ours != entry:
        raise ReceiptFalse(f"entry {index} has {_difference(decode_leaf(ours), found)}")
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
