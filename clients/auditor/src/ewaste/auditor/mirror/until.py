"""Time travel: the ledger as it was, by a number of records or by a time."""

import re
import struct
from datetime import datetime

from ewaste.auditor.errors import CannotRun
from ewaste.auditor.mirror.folder import Mirror
from ewaste.contracts.topics import partner_of
from ewaste.evidence.ledger.record import LeafError, decode_leaf
from ewaste.evidence.tiles.tree import TileBroken, TileMissing

__all__ = ["Until", "parse_until", "size_at"]

Until = int | datetime
"""So many records from the start, or all that no service wrote after this time."""

_TIMESTAMP = struct.Struct(">q")
_TIMESTAMP_AT = 13


def parse_until(text: str | None, option: str = "--until") -> Until | None:
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
        raise CannotRun(f"{option} {text!r}: give a number of records, or a time as 2026-11-20T12:00:00+07:00 or …Z")
    return moment


def size_at(mirror: Mirror, until: Until | None) -> int:
    """How many records the ledger had; all that the mirror has where `until` is None. Raises `CannotRun`.

    For a time: up to the last record, by Kafka's clock, that is not after it and stands before the first record which a
    service wrote after it: that one cannot have been in the ledger at that time. Partners' clocks stop nothing.
    """
    if until is None:
        return mirror.size
    if isinstance(until, datetime):
        return _size_before(mirror, int(until.timestamp() * 1000))
    if until > mirror.size:
        raise CannotRun(f"{mirror.folder} has {mirror.size} records; ask for at most that")
    return until


def _size_before(mirror: Mirror, last_ms: int) -> int:
    size = 0
    try:
        for index, leaf in mirror.leaves():
            # Most records are not later, and a timestamp is read without decoding the leaf.
            if len(leaf) < _TIMESTAMP_AT + _TIMESTAMP.size or _TIMESTAMP.unpack_from(leaf, _TIMESTAMP_AT)[0] <= last_ms:
                size = index + 1
            elif _is_from_a_service(leaf):
                break
    except (TileMissing, TileBroken) as error:
        raise CannotRun(f"{error}. Run `ewaste-auditor verify {mirror.folder}`, or give a number of records.") from None
    return size


def _is_from_a_service(leaf: bytes) -> bool:
    try:
        return partner_of(decode_leaf(leaf).topic) is None
    except LeafError:
        return False
