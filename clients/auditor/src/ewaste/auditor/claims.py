"""Partners' claims against what the recycler service made of them: collected in the pass over the file.

Order is told by the recycler's own `sequence`, which its relay gives in commit order: a key counts for a fact that the
same source numbered after the key's registration and before its revocation. The ledger merges partitions, so its index
alone would call a claim unsigned whose key was registered a moment before on another partition.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from sys import intern
from typing import Final
from uuid import UUID

from ewaste.auditor.entries import Entry
from ewaste.auditor.findings import Code, Findings, Place
from ewaste.contracts.envelope import Envelope, InvalidEvent
from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.events.recycler import ConfirmationRefused, PartnerKeyRegistered, PartnerKeyRevoked
from ewaste.contracts.fields import Context, Part
from ewaste.contracts.registry import EVENT_TYPES, Event, read_data
from ewaste.contracts.topics import partner_of
from ewaste.evidence.keys import KeyUnusable, thumbprint

__all__ = ["Accepted", "Claim", "Claims", "KeyFact", "Moment", "Refusal"]

_CLAIMED: Final = frozenset(each.model for each in EVENT_TYPES if each.context is Context.PARTNER)


@dataclass(frozen=True, slots=True)
class Moment:
    """When the recycler service said something, by its own count."""

    source: str
    sequence: int | None
    index: int

    @classmethod
    def of(cls, index: int, envelope: Envelope) -> "Moment":
        return cls(intern(envelope.source), envelope.sequence_number, index)

    def is_after(self, other: "Moment") -> bool:
        if self.source == other.source and self.sequence is not None and other.sequence is not None:
            return self.sequence > other.sequence
        return self.index > other.index


@dataclass(frozen=True, slots=True)
class KeyFact:
    """A registration (`x` is the key) or a revocation (`x` is None)."""

    partner_id: str
    x: str | None
    moment: Moment


@dataclass(frozen=True, slots=True)
class Claim:
    """A record on a partner's topic; `event_id` and `says` are None where it is no claim that can be read."""

    place: Place
    partner_id: str
    digest: bytes
    event_id: str | None
    says: bytes | None
    corrects: str | None
    """The event that a correction takes back: of a claim another claim, of a fact another fact."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A fact of the recycler service that must rest on a claim."""

    place: Place
    moment: Moment
    time_ms: int
    type: str
    partner_id: str | None
    claim_id: str | None
    event_id: str
    says: bytes
    corrects: str | None


@dataclass(frozen=True, slots=True)
class Refusal:
    place: Place
    time_ms: int
    data: ConfirmationRefused


@dataclass(slots=True)
class Claims:
    """Memory is a few hundred bytes per claim, fact and refusal."""

    findings: Findings
    claims: list[Claim] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    keys: dict[str, list[KeyFact]] = field(default_factory=dict)

    def see(self, entry: Entry, *, is_new: bool) -> None:
        """Any record; `is_new` where it is an event in its place that was not seen before."""
        partner_id = partner_of(entry.record.topic)
        if partner_id is not None:
            self.claims.append(_claim(entry, partner_id))
        elif is_new and entry.envelope is not None and entry.envelope.type.startswith("ewaste.recycler."):
            event = _read(entry.envelope)
            if event is not None:
                self._fact(entry, event)

    def _fact(self, entry: Entry, event: Event) -> None:
        data, moment = event.data, Moment.of(entry.index, event.envelope)
        if isinstance(data, PartnerKeyRegistered):
            self._register(entry, data, moment)
        elif isinstance(data, PartnerKeyRevoked):
            self.keys.setdefault(data.key_id, []).append(KeyFact(data.partner_id, None, moment))
        elif isinstance(data, ConfirmationRefused):
            self.refusals.append(Refusal(entry.place, entry.record.timestamp_ms, data))
        elif type(data) in _CLAIMED:
            self.accepted.append(_accepted(entry, event, moment))

    def _register(self, entry: Entry, data: PartnerKeyRegistered, moment: Moment) -> None:
        try:
            found = thumbprint(data.public_key.model_dump())
        except KeyUnusable as error:
            self.findings.add(Code.KEY_UNUSABLE, f"key {data.key_id} of {data.partner_id}: {error}", entry.place)
            return
        if found != data.key_id:
            said = f"the key of {data.partner_id} is called {data.key_id}, its thumbprint is {found}"
            self.findings.add(Code.KEY_UNUSABLE, said, entry.place)
            return
        self.keys.setdefault(data.key_id, []).append(KeyFact(data.partner_id, data.public_key.x, moment))

    def public_keys(self) -> Mapping[str, str]:
        """The `x` of every key that was ever registered."""
        return {key_id: each.x for key_id, facts in self.keys.items() for each in facts if each.x is not None}

    def why_key_does_not_count(self, key_id: str, partner_id: str, moment: Moment) -> str | None:
        """None when the recycler had registered the key to this partner, and not revoked it, at that moment."""
        facts = [each for each in self.keys.get(key_id, ()) if each.partner_id == partner_id]
        if not any(each.x and moment.is_after(each.moment) for each in facts):
            return f"key {key_id} was not registered to {partner_id} before the fact"
        if any(each.x is None and moment.is_after(each.moment) for each in facts):
            return f"key {key_id} was revoked before the fact"
        return None


def _claim(entry: Entry, partner_id: str) -> Claim:
    event = _read(entry.envelope) if entry.envelope is not None and entry.in_place else None
    return Claim(
        place=entry.place,
        partner_id=intern(partner_id),
        digest=entry.digest,
        event_id=str(event.envelope.id) if event else None,
        says=_says(event.data) if event else None,
        corrects=_corrects(event.data) if event else None,
    )


def _accepted(entry: Entry, event: Event, moment: Moment) -> Accepted:
    envelope, data = event.envelope, event.data
    return Accepted(
        place=entry.place,
        moment=moment,
        time_ms=entry.record.timestamp_ms,
        type=type(data).__name__,
        partner_id=getattr(data, "partner_id", None),
        claim_id=envelope.causationid.lower() if envelope.causationid else None,
        event_id=str(envelope.id),
        says=_says(data),
        corrects=_corrects(data),
    )


def _read(envelope: Envelope) -> Event | None:
    try:
        return read_data(envelope)
    except InvalidEvent:
        return None


def _corrects(data: Part) -> str | None:
    """The corrected event's id in its usual form, however it was written."""
    if not isinstance(data, EventCorrected):
        return None
    try:
        return str(UUID(data.corrected_event_id))
    except ValueError:
        return data.corrected_event_id


def _says(data: Part) -> bytes:
    """What a claim and its fact must have in common: everything but what the recycler service adds or translates."""
    apart = {"difference", "corrected_event_id", "corrected_source", "replacement_event_id"}
    text = data.model_dump_json(exclude=apart, exclude_none=True)
    return sha256(f"{type(data).__name__}{text}".encode()).digest()
