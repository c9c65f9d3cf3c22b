"""One record as a row of the archive: everything beside `raw` and `contents` follows from them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ewaste.contracts.envelope import InvalidEvent, open_envelope
from ewaste.evidence.ledger.contents import restored
from ewaste.evidence.ledger.merkle import leaf_hash
from ewaste.evidence.ledger.record import LeafError, decode_leaf

__all__ = ["ArchiveRow", "archive_row"]


class ArchiveRow(NamedTuple):
    """In the order of the columns; `logged` in milliseconds since 1970."""

    place: int
    leaf_hash: bytes
    time: datetime | None
    type: str | None
    subject: str | None
    topic: str | None
    partition: int | None
    offset: int | None
    logged: int | None
    raw: bytes
    contents: tuple[bytes, ...]


def archive_row(index: int, raw: bytes, contents: Sequence[bytes] = ()) -> ArchiveRow:
    """The row of a leaf; what can't be read from it is null, and it is archived all the same."""
    time, type, subject = None, None, None
    try:
        stored = decode_leaf(raw)
    except LeafError:
        return ArchiveRow(index, leaf_hash(raw), None, None, None, None, None, None, None, raw, tuple(contents))
    try:
        envelope = open_envelope(restored(stored, contents).value)
        time, type, subject = envelope.time, _shown(envelope.type), _shown(envelope.subject)
    except (InvalidEvent, LeafError):
        pass
    logged = stored.timestamp_ms if stored.timestamp_ms >= 0 else None
    place = (stored.topic, stored.partition, stored.offset, logged)
    return ArchiveRow(index, leaf_hash(raw), time, type, subject, *place, raw, tuple(contents))


def _shown(text: str | None) -> str | None:
    """A text that is no Unicode has no UTF-8; `raw` has its bytes."""
    return None if text is None else text.encode("utf-8", "replace").decode()
