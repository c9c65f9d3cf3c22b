"""The drawn members with their facts, each with its place in the ledger and what to look at in the field."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ewaste.auditor.chains import Chains
from ewaste.auditor.entries import place_of
from ewaste.auditor.findings import Place
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.sampling.guidance import look_at
from ewaste.contracts.envelope import InvalidEvent, open_envelope
from ewaste.contracts.fields import utc_text
from ewaste.evidence.custody.fold import fold
from ewaste.evidence.custody.trace import Trace, UnknownNode, trace
from ewaste.evidence.custody.tree import Step
from ewaste.evidence.ledger.record import LeafError

__all__ = ["FieldFact", "Subject", "subject_of_node", "subject_of_record"]


@dataclass(frozen=True, slots=True)
class FieldFact:
    """One record about a subject; `claim` is the index of the partner's signed record behind it."""

    place: Place
    type: str | None
    time: str | None
    text_en: str
    text_th: str
    claim: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Flat, as a row of a table has it."""
        look_en, look_th = look_at(self.type)
        return {
            "index": self.place.index,
            "topic": self.place.topic,
            "partition": self.place.partition,
            "offset": self.place.offset,
            "type": self.type,
            "time": self.time,
            "claim_index": self.claim,
            "text_en": self.text_en,
            "text_th": self.text_th,
            "look_at_en": look_en,
            "look_at_th": look_th,
        }


@dataclass(frozen=True, slots=True)
class Subject:
    """`number` counts from 1 in the order drawn, `member` is its place in the population, from 0."""

    number: int
    member: int
    name: str
    facts: tuple[FieldFact, ...]

    def to_dict(self) -> dict[str, Any]:
        """For machines."""
        facts = [each.to_dict() for each in self.facts]
        return {"number": self.number, "member": self.member, "subject": self.name, "facts": facts}


def subject_of_record(mirror: Mirror, number: int, index: int) -> Subject:
    """A record drawn by itself."""
    place = place_of(mirror, index)
    if place is None:
        return Subject(number, index, f"record/{index}", ())
    try:
        envelope = open_envelope(mirror.record(index).value or b"")
    except (InvalidEvent, LeafError) as error:
        fact = FieldFact(place, None, None, f"no event can be read: {error}", "อ่านเหตุการณ์ไม่ได้")
        return Subject(number, index, f"record/{index}", (fact,))
    type_name = envelope.type.split(".")[-2]
    said = f"{type_name} by {envelope.source} about {envelope.subject}"
    fact = FieldFact(place, type_name, utc_text(envelope.time), said, f"{type_name} จาก {envelope.source}")
    return Subject(number, index, f"record/{index}", (fact,))


def subject_of_node(mirror: Mirror, chains: Chains, number: int, member: int, name: str) -> Subject:
    """An item, bag or certificate with what happened to it."""
    try:
        steps = list(_steps(trace(fold(chains.evidence_of(name)), name)))
    except UnknownNode:
        steps = []
    standing = {step.index: step for step in steps if step.withdrawn_by is None}
    facts = [_fact(mirror, step) for _, step in sorted(standing.items())]
    return Subject(number, member, name, tuple(each for each in facts if each is not None))


def _steps(chain: Trace) -> Iterator[Step]:
    """Of the node and where it went; of a certificate also its batch, without all that is inside."""
    yield from chain.steps
    for below in chain.then:
        yield from _steps(below)
    if chain.kind == "certificate":
        for batch in chain.inside:
            yield from _steps(batch)


def _fact(mirror: Mirror, step: Step) -> FieldFact | None:
    place = place_of(mirror, step.index)
    if place is None:
        return None
    claim = step.claim.index if step.claim else None
    return FieldFact(place, step.type, step.time, step.text_en, step.text_th, claim)
