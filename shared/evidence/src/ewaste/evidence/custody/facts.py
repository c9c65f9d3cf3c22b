"""Which events stand: each once, none that was corrected, no partner's word for a fact.

`settle` gives the same answer for every order and duplication of the evidence: duplicates and contradictions are
decided by ledger index, corrections by the time their source gave them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from ewaste.contracts.envelope import Envelope, InvalidEvent, open_envelope, source_of_partner
from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.fields import Context
from ewaste.contracts.registry import TYPES_BY_NAME, Event, read_data
from ewaste.contracts.topics import partner_of

__all__ = ["Equivocation", "Evidence", "Settled", "Withdrawal", "happened", "in_its_place", "read_evidence", "settle"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """An event at its place in the ledger; `digest` is the SHA-256 (32 bytes) of the record's value."""

    index: int
    event: Event
    digest: bytes


@dataclass(frozen=True, slots=True)
class Equivocation:
    """A source gave one event id several contents: the record at `standing` counts, the others speak against it."""

    source: str
    event_id: str
    standing: int
    conflicting: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An event that its own source took back."""

    withdrawn: Evidence
    correction: Evidence


@dataclass(frozen=True, slots=True)
class Settled:
    """The evidence after every quarrel; all by ledger index, lowest first."""

    standing: tuple[Evidence, ...]
    """What counts."""
    claims: tuple[Evidence, ...]
    """Partners' own records: shown behind the facts they caused, never counted."""
    withdrawn: tuple[Withdrawal, ...]
    equivocations: tuple[Equivocation, ...]


_Identity = tuple[str, int]
# Asked of every record that is read: topic and context of each type, no topic for partners'.
_PLACES: Final[Mapping[str, tuple[str | None, str]]] = {
    name: (None if each.context is Context.PARTNER else each.topic, each.context.value)
    for name, each in TYPES_BY_NAME.items()
}


def happened(evidence: Evidence) -> tuple[datetime, int, int]:
    """Sort key: when the source says it happened; the same in every order of arrival."""
    return evidence.event.envelope.time, evidence.event.envelope.id.int, evidence.index


def in_its_place(topic: str, envelope: Envelope) -> bool:
    """Whether a record of this type and source may be in this topic.

    Who may write to a topic is enforced by the broker; what the record claims to be must fit it. Otherwise a partner
    could write the recycler's accepted facts on its own topic.
    """
    place = _PLACES.get(envelope.type)
    if place is None:
        return False
    own_topic, context = place
    if own_topic is None:
        partner_id = partner_of(topic)
        return partner_id is not None and envelope.source == source_of_partner(partner_id)
    return topic == own_topic and envelope.source.rpartition(":")[2] == context


def read_evidence(index: int, topic: str, value: bytes | None) -> Evidence | None:
    """The evidence in a ledger record; None when it is no valid event or not in its place."""
    try:
        envelope = open_envelope(value)
        if value is None or not in_its_place(topic, envelope):
            return None
        return Evidence(index, read_data(envelope), sha256(value).digest())
    except InvalidEvent:
        return None


def settle(evidence: Iterable[Evidence]) -> Settled:
    """Decide which of this evidence stands."""
    firsts, equivocations = _first_of_each(evidence)
    claims = [each for each in firsts.values() if each.event.type.context is Context.PARTNER]
    facts = {key: each for key, each in firsts.items() if each.event.type.context is not Context.PARTNER}
    taken_back = _withdrawals(facts)
    return Settled(
        standing=_by_index(each for key, each in facts.items() if key not in taken_back),
        claims=_by_index(claims),
        withdrawn=tuple(
            Withdrawal(facts[key], correction)
            for key, correction in sorted(taken_back.items(), key=lambda pair: facts[pair[0]].index)
        ),
        equivocations=tuple(sorted(equivocations, key=lambda each: each.standing)),
    )


def _by_index(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return tuple(sorted(evidence, key=lambda each: each.index))


def _identity(event: Event) -> _Identity:
    return event.envelope.source, event.envelope.id.int


def _first_of_each(evidence: Iterable[Evidence]) -> tuple[dict[_Identity, Evidence], list[Equivocation]]:
    firsts: dict[_Identity, Evidence] = {}
    later: dict[_Identity, list[Evidence]] = {}
    for each in evidence:
        key = _identity(each.event)
        known = firsts.setdefault(key, each)
        if known is each:
            continue
        first, second = (each, known) if (each.index, each.digest) < (known.index, known.digest) else (known, each)
        firsts[key] = first
        later.setdefault(key, []).append(second)
    return firsts, [found for key, rest in later.items() if (found := _equivocation(firsts[key], rest))]


def _equivocation(first: Evidence, rest: list[Evidence]) -> Equivocation | None:
    conflicting = sorted({each.index for each in rest if each.digest != first.digest})
    if not conflicting:
        return None
    envelope = first.event.envelope
    return Equivocation(envelope.source, str(envelope.id), first.index, tuple(conflicting))


def _withdrawals(facts: dict[_Identity, Evidence]) -> dict[_Identity, Evidence]:
    """Which fact each standing correction takes back.

    Latest first, and a correction only takes back earlier corrections: whether one stands is then known before it is
    used, and no circle of corrections can exist.
    """
    corrections = [(each, named) for each in facts.values() if (named := _corrected(each))]
    taken_back: dict[_Identity, Evidence] = {}
    for correction, key in sorted(corrections, key=lambda pair: happened(pair[0])[:2], reverse=True):
        fact = facts.get(key)
        if fact is None or _identity(correction.event) in taken_back:
            continue
        if isinstance(fact.event.data, EventCorrected) and happened(fact)[:2] >= happened(correction)[:2]:
            continue
        taken_back.setdefault(key, correction)
    return taken_back


def _corrected(evidence: Evidence) -> _Identity | None:
    """The fact a correction names; None for other events and for a source that corrects another's."""
    data = evidence.event.data
    if not isinstance(data, EventCorrected) or evidence.event.envelope.source != data.corrected_source:
        return None
    text = data.corrected_event_id.lower()
    try:
        id = UUID(text)
    except ValueError:
        return None
    # Only the usual form of a UUID, for that is what the index finds corrections by.
    return (data.corrected_source, id.int) if str(id) == text else None
