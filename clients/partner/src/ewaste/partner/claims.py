"""One confirmation as it will be signed: the same input gives the same bytes, on every machine and every run."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from ewaste.contracts.envelope import source_of_partner
from ewaste.contracts.fields import Context, Part, utc_text
from ewaste.contracts.registry import EVENT_TYPES, EventType, write_event
from ewaste.evidence.canonical import canonical_json

__all__ = ["CLAIM_TYPES", "Claim", "claim_id"]

CLAIM_TYPES: Final[Mapping[str, EventType]] = MappingProxyType(
    {
        name: event_type
        for event_type in EVENT_TYPES
        if event_type.context is Context.PARTNER
        for name in (event_type.model.__name__, event_type.name)
    }
)
"""The types a partner may confirm, by short name (`BatchOpened`) and by full name."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A valid confirmation; `line` is where it stands, or begins, in the input."""

    line: int
    partner_id: str
    type: EventType
    time: datetime
    data: Part

    @property
    def key(self) -> str:
        """The Kafka key: load or batch, so that its claims stay in order."""
        return self.type.key_of(self.data)

    @property
    def id(self) -> UUID:
        return claim_id(self.partner_id, self.type, self.time, self.data)

    def value(self) -> bytes:
        """The CloudEvent; raises `InvalidEvent` where it would be too large."""
        source = source_of_partner(self.partner_id)
        return write_event(self.type, self.data, id=self.id, source=source, time=self.time)


def claim_id(partner_id: str, event_type: EventType, time: datetime, data: Part) -> UUID:
    """UUID version 8 (RFC 9562 §5.8) out of the SHA-256 of everything that is claimed.

    So a file that is sent again claims nothing new, and a changed line is a new claim, never another content under an
    old id, which would be equivocation.
    """
    said: dict[str, Any] = {
        "partner": partner_id,
        "type": event_type.name,
        "time": utc_text(time),
        "data": data.model_dump(mode="json", exclude_none=True),
    }
    number = int.from_bytes(sha256(canonical_json(said)).digest()[:16], "big")
    variant = number & ~(0xF << 76) & ~(0b11 << 62)
    return UUID(int=variant | 0x8 << 76 | 0b10 << 62)
