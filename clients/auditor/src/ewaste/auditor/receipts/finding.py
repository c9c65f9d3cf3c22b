"""Finds a record in a mirror: by index, by event id, or by its place in Kafka."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from ewaste.auditor.entries import trusted_entries
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.watch import TELL_EVERY, Watch, nobody
from ewaste.evidence.ledger.record import LeafError, decode_leaf
from ewaste.evidence.tiles.tree import TileBroken, TileMissing

__all__ = ["Wanted", "find", "parse_wanted"]

_PLACE = struct.Struct(">iq")
_PLACE_AT = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for: exactly one of index, event id, and topic with partition and offset."""

    index: int | None = None
    event_id: UUID | None = None
    place: tuple[str, int, int] | None = None


def parse_wanted(text: str) -> Wanted:
    """``1000``, an event's id, or ``topic/partition/offset``. Raises `CannotRun`."""
    if re.fullmatch("[0-9]{1,18}", text, re.ASCII):
        return Wanted(index=int(text))
    if place := re.fullmatch(r"([A-Za-z0-9._-]+)/([0-9]{1,9})/([0-9]{1,18})", text, re.ASCII):
        return Wanted(place=(place[1], int(place[2]), int(place[3])))
    try:
        return Wanted(event_id=UUID(text))
    except ValueError:
        raise CannotRun(f"{text!r} is no index, no event id and no TOPIC/PARTITION/OFFSET") from None


def find(mirror: Mirror, size: int, wanted: Wanted, watch: Watch = nobody) -> list[int]:
    """The indices where the first `size` records hold it, in order: an event that was sent twice stands twice.

    Raises `CannotRun` where there is none.
    """
    if wanted.index is not None:
        found = [wanted.index] if wanted.index < size else []
    elif wanted.place is not None:
        found = _at_place(mirror, size, wanted.place, watch)
    else:
        found = _with_id(mirror, size, wanted.event_id, watch)
    if not found:
        raise CannotRun(f"{mirror.folder} holds no such record among its first {size:,}; is it the right log, and new?")
    return found


def _at_place(mirror: Mirror, size: int, place: tuple[str, int, int], watch: Watch) -> list[int]:
    try:
        return list(_standing_at(mirror, size, place, watch))
    except (TileMissing, TileBroken) as error:
        raise CannotRun(f"{error}. Run `ewaste-auditor mirror` again for {mirror.folder}") from None


def _standing_at(mirror: Mirror, size: int, place: tuple[str, int, int], watch: Watch) -> Iterator[int]:
    topic, *numbers = place
    for index, leaf in mirror.leaves(0, size):
        # Numbers stand at fixed bytes of a leaf: decoding them all would take ten times as long.
        is_there = len(leaf) >= _PLACE_AT + _PLACE.size and [*_PLACE.unpack_from(leaf, _PLACE_AT)] == numbers
        if is_there and _topic(leaf) == topic:
            yield index
        if index % TELL_EVERY == 0:
            watch("records", index, size)


def _topic(leaf: bytes) -> str | None:
    try:
        return decode_leaf(leaf).topic
    except LeafError:
        return None


def _with_id(mirror: Mirror, size: int, event_id: UUID | None, watch: Watch) -> list[int]:
    return [
        entry.index
        for entry in trusted_entries(mirror, size, watch)
        if entry.envelope is not None and entry.envelope.id == event_id
    ]
