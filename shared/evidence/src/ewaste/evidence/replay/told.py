"""What a ledger's entries say of certificates."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from ewaste.contracts.envelope import Envelope, InvalidEvent
from ewaste.contracts.events.traceability import CertificateIssued, CertificateSuspended
from ewaste.contracts.registry import read_data
from ewaste.evidence.custody.facts import in_its_place

__all__ = ["Told", "ToldKind", "told_of"]

_PREFIX: Final = "ewaste.traceability.Certificate"


class ToldKind(StrEnum):
    ISSUED = "issued"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Told:
    """One event about a certificate, at its ledger index."""

    index: int
    certificate_id: str
    kind: str
    at: datetime
    replaces_certificate_id: str | None
    data: CertificateIssued | CertificateSuspended
    source: str


def told_of(index: int, topic: str, envelope: Envelope | None) -> Told | None:
    """What this entry says of a certificate; None for every other entry."""
    if envelope is None or not envelope.type.startswith(_PREFIX) or not in_its_place(topic, envelope):
        return None
    try:
        data = read_data(envelope).data
    except InvalidEvent:
        return None
    at, source = envelope.time, envelope.source
    if isinstance(data, CertificateIssued):
        replaces = data.replaces_certificate_id
        return Told(index, data.certificate_id, ToldKind.ISSUED.value, at, replaces, data, source)
    if isinstance(data, CertificateSuspended):
        return Told(index, data.certificate_id, ToldKind.SUSPENDED.value, at, None, data, source)
    return None
