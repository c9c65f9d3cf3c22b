"""The read models that follow from the ledger's records, row by row, in memory that does not grow with the ledger.

States, balances and chains are never stored: they are derived from the records that `touches` names whenever somebody
asks. So what a service can hold wrongly is which records it would look at, which certificates it has and in which
standing, and which numbers it has seen. That is what is digested here, and what a service attests of its tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from ewaste.contracts.envelope import Envelope
from ewaste.contracts.events.traceability import ReadModel
from ewaste.contracts.fields import Context
from ewaste.evidence.custody.facts import in_its_place
from ewaste.evidence.custody.graph import Link, NodeId
from ewaste.evidence.custody.index import index_envelope
from ewaste.evidence.custody.model import CertificateState
from ewaste.evidence.registers.entries import entry_of
from ewaste.evidence.replay.digest import ModelDigest, State, row, whole
from ewaste.evidence.replay.numbers import Ranges, own_number
from ewaste.evidence.replay.told import Told, ToldKind, told_of

__all__ = [
    "CERTIFICATES",
    "CERTIFICATE_EVENTS",
    "REGISTER_ENTRIES",
    "SEQUENCES",
    "TOUCHES",
    "Announced",
    "ReadModels",
    "Seen",
    "Snapshot",
    "certificate_row",
    "issuer_of",
    "microseconds",
    "sequence_row",
]

TOUCHES: Final = "touches"
REGISTER_ENTRIES: Final = "register-entries"
CERTIFICATE_EVENTS: Final = "certificate-events"
CERTIFICATES: Final = "certificates"
SEQUENCES: Final = "sequences"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
Touch = tuple[NodeId, str]


def microseconds(moment: datetime) -> int:
    """Since 1970, exactly: how a moment stands in a row."""
    return (moment - _EPOCH) // _MICROSECOND


def certificate_row(ordinal: int, certificate_id: str, batch_id: str, content_digest: str, state: str) -> bytes:
    """A certificate that the ledger announces; the digest is of the content held, empty where there is none."""
    return row(ordinal, certificate_id, batch_id, content_digest, state)


def sequence_row(source: str, seen: object) -> bytes:
    """A source and the numbers seen of it, as `Ranges` writes them."""
    return row(seen, source)


@dataclass(slots=True)
class Announced:
    """A certificate by the ledger's word: where it was first announced and whether it holds."""

    ordinal: int
    first: Told
    batch_id: str
    suspended: bool = False
    replaced: bool = False

    @property
    def state(self) -> CertificateState:
        if self.replaced:
            return CertificateState.REPLACED
        return CertificateState.SUSPENDED if self.suspended else CertificateState.VALID


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The read models at one size; certificates wait for the digests of their contents."""

    size: int
    models: tuple[ReadModel, ...]
    certificates: tuple[tuple[int, str, str, str], ...]
    """Ordinal, certificate, batch, state."""

    def state(self, root: bytes, contents: Mapping[str, str]) -> State:
        """`contents` are the SHA-256 (hex) of the certificates' canonical JSON, by id."""
        lines = (certificate_row(n, id, batch, contents.get(id, ""), now) for n, id, batch, now in self.certificates)
        return State(self.size, root, (*self.models, whole(CERTIFICATES, lines)))


@dataclass(frozen=True, slots=True)
class Seen:
    """What one entry gave: the nodes it touches with what they are in (or an empty text), and its word on one."""

    touches: list[Touch]
    told: Told | None


_NOTHING: Final = Seen([], None)


def issuer_of(origin: str) -> str | None:
    """The source that issues certificates in the ledger of this origin; None for an origin that is not one of ours."""
    city, _, ledger = origin.rpartition(":")
    return f"{city}:{Context.TRACEABILITY}" if city.startswith("urn:ewaste:") and ledger else None


class ReadModels:
    """Grows with every record of a ledger, in index order. Kept: certificates and the sources' numbers, no more.

    Of certificates only those of `issuer` are the service's to hold; None: all that are announced.
    """

    def __init__(self, issuer: str | None = None) -> None:
        self.issuer = issuer
        self.size = 0
        self._touches = ModelDigest()
        self._registers = ModelDigest()
        self._events = ModelDigest()
        self._numbers: dict[str, Ranges] = {}
        self.announced: dict[str, Announced] = {}
        self._replaced: set[str] = set()
        self._suspended: set[str] = set()

    def see(self, index: int, topic: str, envelope: Envelope | None, in_place: bool | None = None) -> Seen:
        """Take in the record at `index`, the next one; `envelope` is None where its value is no event.

        `in_place` is what `in_its_place` says of it, where the caller knows.
        """
        self.size = index + 1
        if envelope is None:
            return _NOTHING
        if (number := own_number(topic, envelope)) is not None:
            self._count(envelope.source, number)
        if not (in_its_place(topic, envelope) if in_place is None else in_place):
            return _NOTHING
        touches = self._touch(index, envelope)
        entry = entry_of(envelope, index)
        if entry is not None:
            self._registers.add(index, row(index, entry.model, entry.key, microseconds(entry.happened_at)))
        told = told_of(index, topic, envelope)
        if told is not None:
            self._tell(told)
        return Seen(touches, told)

    def snapshot(self, size: int | None = None) -> Snapshot:
        """The models as of now, or of `size` where the records from there to now were none that could be read."""
        sequences = (sequence_row(source, self._numbers[source]) for source in sorted(self._numbers))
        models = (
            self._touches.model(TOUCHES),
            self._registers.model(REGISTER_ENTRIES),
            self._events.model(CERTIFICATE_EVENTS),
            whole(SEQUENCES, sequences),
        )
        certificates = (
            (each.ordinal, id, each.batch_id, each.state.value)
            for id, each in self.announced.items()
            if self.issuer in (None, each.first.source)
        )
        return Snapshot(self.size if size is None else size, models, tuple(certificates))

    def _count(self, source: str, number: int) -> None:
        known = self._numbers.get(source)
        if known is None:
            known = self._numbers[source] = Ranges()
        known.add(number)

    def _touch(self, index: int, envelope: Envelope) -> list[Touch]:
        touches = [
            (each.child, each.parent) if isinstance(each, Link) else (each.node, "")
            for each in index_envelope(envelope)
        ]
        if touches:
            touches.sort()
            lines = "".join([f"{index}\t{node}\t{parent}\n" for node, parent in touches])
            self._touches.add(index, lines.encode(), len(touches))
        return touches

    def _tell(self, told: Told) -> None:
        ordinal: int | None = None
        if told.kind == ToldKind.ISSUED.value:
            ordinal = self._issue(told)
        else:
            self._suspended.add(told.certificate_id)
            if (known := self.announced.get(told.certificate_id)) is not None:
                known.suspended = True
        fields = (told.certificate_id, told.kind, microseconds(told.at), told.replaces_certificate_id, ordinal)
        self._events.add(told.index, row(told.index, *fields))

    def _issue(self, told: Told) -> int | None:
        """The ordinal of a certificate that was not announced before."""
        if (replaced := told.replaces_certificate_id) is not None:
            self._replaced.add(replaced)
            if (before := self.announced.get(replaced)) is not None:
                before.replaced = True
        id = told.certificate_id
        if id in self.announced:
            return None
        ordinal = len(self.announced)
        batch_id = getattr(told.data, "batch_id", "")
        self.announced[id] = Announced(ordinal, told, batch_id, id in self._suspended, id in self._replaced)
        return ordinal
