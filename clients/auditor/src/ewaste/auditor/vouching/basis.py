"""One record that a certificate rests on, and who answers for it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from ewaste.auditor.claims import Claims
from ewaste.auditor.findings import Place
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.signing import Signature
from ewaste.contracts.envelope import InvalidEvent, open_envelope
from ewaste.contracts.fields import utc_text

__all__ = ["Basis", "Role", "basis_of"]


class Role(StrEnum):
    CLAIM = "claim"
    """A partner's own record, signed with its key."""
    CONFIRMED = "confirmed"
    """The recycler service's fact that a partner's record stands behind."""
    SERVICE = "service"
    """Said by a service of the operator alone: the log's signature answers for it, and no partner's."""
    KEY = "key"
    """The registration of a key that signed one of the claims."""


@dataclass(frozen=True, slots=True)
class Basis:
    """`signed` says whether the signature holds; None where none belongs. `rests_on` is the claim's index."""

    place: Place
    role: Role
    type: str | None
    time: str | None
    signed: bool | None = None
    key_id: str | None = None
    fault: str | None = None
    rests_on: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """For machines."""
        place = self.place
        return {
            "index": place.index,
            "topic": place.topic,
            "partition": place.partition,
            "offset": place.offset,
            "role": self.role.value,
            "type": self.type,
            "time": self.time,
            "signed": self.signed,
            "key_id": self.key_id,
            "fault": self.fault,
            "rests_on": self.rests_on,
        }


def basis_of(
    mirror: Mirror, indices: Iterable[int], claims: Claims, signatures: Mapping[int, Signature]
) -> Iterator[Basis]:
    """These records, each with its signature, or with the claim that it rests on. Raises LeafError."""
    by_id = {each.event_id: each.place.index for each in reversed(claims.claims) if each.event_id is not None}
    confirmed = {each.place.index: by_id.get(each.claim_id or "") for each in claims.accepted}
    for index in indices:
        record = mirror.record(index)
        place = Place(index, record.topic, record.partition, record.offset)
        time = utc_text(datetime.fromtimestamp(record.timestamp_ms / 1000, UTC))
        name = _type(record.value)
        if (signature := signatures.get(index)) is not None:
            holds = signature.fault is None
            yield Basis(place, Role.CLAIM, name, time, holds, signature.key_id, signature.fault)
        elif index in confirmed:
            yield Basis(place, Role.CONFIRMED, name, time, rests_on=confirmed[index])
        else:
            yield Basis(place, Role.SERVICE, name, time)


def _type(value: bytes | None) -> str | None:
    try:
        return open_envelope(value or b"").type.split(".")[-2]
    except InvalidEvent:
        return None
