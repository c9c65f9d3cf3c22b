"""Which records put a thing into a register: read from the envelope, before anything is folded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import msgspec
from ewaste.contracts.envelope import Envelope, InvalidEvent
from ewaste.contracts.events.logistics import BinCollected, HandoverRecorded
from ewaste.contracts.events.recycler import BatchOpened
from ewaste.contracts.events.traceability import CertificateIssued, CustodyGapClosed, CustodyGapOpened
from ewaste.contracts.fields import Part
from ewaste.contracts.registry import EVENT_TYPES, read_data

__all__ = ["Entry", "entry_of"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A record at `index` says at `happened_at` (UTC) something of the thing `key` that a register may hold.

    Like the custody index it may name more than the fold believes, never less.
    """

    model: str
    """Name of the event's model, as `BinCollected`."""
    happened_at: datetime
    index: int
    key: str


_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_KEYS: Final[Mapping[type[Part], str]] = {
    BinCollected: "bag_id",
    HandoverRecorded: "handover_id",
    BatchOpened: "batch_id",
    CertificateIssued: "certificate_id",
    CustodyGapOpened: "gap_id",
    CustodyGapClosed: "gap_id",
}


def entry_of(envelope: Envelope, index: int) -> Entry | None:
    """The entry of an event that is in its place; None for all others and for those without a key."""
    found = _BY_TYPE.get(envelope.type)
    if found is None:
        return None
    model, field, decoder = found
    key = _key(envelope, field, decoder)
    return None if key is None else Entry(model, envelope.time.astimezone(UTC), index, key)


def _key(envelope: Envelope, field: str, decoder: msgspec.json.Decoder[Any]) -> str | None:
    data = bytes(envelope.data)
    # An id needs no escape, and only an escape can put a NUL into one, which databases refuse.
    if b"\\" not in data:
        try:
            return str(getattr(decoder.decode(data), field))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            pass
    try:
        return str(getattr(read_data(envelope).data, field))
    except InvalidEvent:
        return None


def _decoder(field: str) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(msgspec.defstruct("_Key", [(field, _Id)], gc=False, frozen=True))


# A partner's claim has the same model and puts nothing into a register.
_BY_TYPE: Final = {
    event_type.name: (event_type.model.__name__, field, _decoder(field))
    for event_type in EVENT_TYPES
    if (field := _KEYS.get(event_type.model)) is not None and event_type.context != "partner"
}
