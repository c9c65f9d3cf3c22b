"""Time travel: the ledger as it was, by a number of records or by a time."""

import re
import struct
from datetime import datetime

from ewaste.auditor.errors import CannotRun
from ewaste.auditor.mirror.folder import Mirror
from ewaste.contracts.topics import partner_of
from ewaste.evidence.ledger.record import LeafError, decode_leaf

__all__ = ["Until", "parse_until", "size_at"]

Until = int | datetime
"""So many records from the start, or all that no service wrote after this time."""

_TIMESTAMP = struct.Struct(">q")
_TIMESTAMP_AT = 13


def parse_until(text: str | None) -> Until | None:
    """`1000`, or an ISO time with its offset such as 2026-11-20T12:00+07:00. Raises `CannotRun`."""
    if text is None:
        return None
    if re.fullmatch("[0-9]{1,18}", text, re.ASCII):
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise CannotRun(f"--until {text!r}: give a number of records, or a time as 2026-11-20T12:00:00+07:00 or …Z")
    return moment


def size_at(mirror: Mirror, until: Until | None) -> int:
    """How many records the ledger had; all that the mirror has where `until` is None. Raises `CannotRun`.

    For a time: the records before the first that a service wrote after it, by Kafka's clock. That record was not in the
    ledger yet at that time. Partners' clocks decide nothing.
    """
    if until is None:
        return mirror.size
    if isinstance(until, datetime):
        return _size_before(mirror, int(until.timestamp() * 1000))
    if until > mirror.size:
        raise CannotRun(f"{mirror.folder} has {mirror.size} records; give --until of at most that")
    return until


def _size_before(mirror: Mirror, last_ms: int) -> int:
    for index, leaf in mirror.leaves():
        # Most records are not later, and a timestamp is read without decoding the leaf.
        if len(leaf) > _TIMESTAMP_AT + _TIMESTAMP.size and _TIMESTAMP.unpack_from(leaf, _TIMESTAMP_AT)[0] > last_ms:
            try:
                topic = decode_leaf(leaf).topic
            except LeafError:
                continue
            if partner_of(topic) is None:
                return index
    return mirror.size
