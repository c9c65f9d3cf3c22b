"""The form of a trace: branches with their facts and what they lack, each as one line with its proof."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ewaste.contracts.events.dropoff import DropPointRegistered
from ewaste.contracts.events.logistics import ActorRegistered
from ewaste.contracts.events.recycler import PartnerRegistered
from ewaste.contracts.fields import Part, utc_text
from ewaste.evidence.custody.fold import Custody, Evidence, happened
from ewaste.evidence.custody.graph import NodeId, node
from ewaste.evidence.custody.handovers import Comparison
from ewaste.evidence.custody.loads import Hand
from ewaste.evidence.custody.model import Dispute
from ewaste.evidence.custody.open_lines import OpenLine
from ewaste.evidence.custody.texts import MISSING_TEXTS, describe, dispute_texts, headline, statement_texts

__all__ = [
    "Claim",
    "Missing",
    "Step",
    "ToldDispute",
    "Trace",
    "branch",
    "missing_fact",
    "missing_hand",
    "missing_line",
    "steps_of",
    "told_dispute",
]


_Registered: TypeAlias = DropPointRegistered | ActorRegistered | PartnerRegistered
_REGISTERED: Final[Mapping[str, type[_Registered]]] = {
    "point": DropPointRegistered,
    "actor": ActorRegistered,
    "partner": PartnerRegistered,
}


@dataclass(frozen=True, slots=True)
class Claim:
    """The partner's signed record that a fact rests on."""

    index: int
    time: str
    event_id: str
    source: str


@dataclass(frozen=True, slots=True)
class Step:
    """One fact: its place in the ledger, its event, its time (UTC, RFC 3339) and what it says."""

    index: int
    time: str
    event_id: str
    source: str
    type: str
    """Short name, such as `BinCollected`."""
    details: dict[str, Any]
    text_en: str
    text_th: str
    claim: Claim | None
    withdrawn_by: int | None
    """Ledger index of the correction that took it back: shown, not counted."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not there (yet): `expected` is the short name of an event, or the code of an open line of the balance."""

    node: NodeId
    expected: str
    text_en: str
    text_th: str


@dataclass(frozen=True, slots=True)
class ToldDispute:
    """A dispute about a bag in words; `said` has the two lines of each of its statements."""

    dispute: Dispute
    text_en: str
    text_th: str
    said: tuple[tuple[str, str], ...]

    def to_dict(self) -> dict[str, Any]:
        """The dispute as plain JSON values, with its lines."""
        plain = self.dispute.to_dict() | {"text_en": self.text_en, "text_th": self.text_th}
        for statement, (english, thai) in zip(plain["statements"], self.said, strict=True):
            statement |= {"text_en": english, "text_th": thai}
        return plain


@dataclass(frozen=True, slots=True)
class Trace:
    """One branch of the tree."""

    node: NodeId
    kind: str
    id: str
    state: str
    text_en: str
    text_th: str
    details: dict[str, Any]
    steps: tuple[Step, ...] = ()
    differences: tuple[Comparison, ...] = ()
    """Of a bag: giver against receiver at each change of hands."""
    disputes: tuple[ToldDispute, ...] = ()
    """Of a bag."""
    missing: tuple[Missing, ...] = ()
    """What this branch still lacks; see `all_missing` for the whole tree."""
    then: tuple["Trace", ...] = ()
    inside: tuple["Trace", ...] = ()

    def all_missing(self) -> tuple[Missing, ...]:
        """What the tree still lacks, from its root on, each once."""
        found = dict.fromkeys(self.missing)
        for branch in (*self.then, *self.inside):
            found |= dict.fromkeys(branch.all_missing())
        return tuple(found)

    def to_dict(self) -> dict[str, object]:
        """The tree as plain JSON values."""
        return {
            "node": self.node,
            "kind": self.kind,
            "id": self.id,
            "state": self.state,
            "text_en": self.text_en,
            "text_th": self.text_th,
            "details": self.details,
            "steps": [_flat(step) | {"claim": step.claim and _flat(step.claim)} for step in self.steps],
            "differences": [_compared(each) for each in self.differences],
            "disputes": [each.to_dict() for each in self.disputes],
            "missing": [_flat(each) for each in self.missing],
            "then": [branch.to_dict() for branch in self.then],
            "inside": [branch.to_dict() for branch in self.inside],
        }


def _flat(each: Claim | Step | Missing | Comparison) -> dict[str, object]:
    return {name: getattr(each, name) for name in each.__slots__}


def _compared(each: Comparison) -> dict[str, object]:
    plain = _flat(each) | {"time": utc_text(each.time), "difference": each.difference.value}
    del plain["event_id"]
    return plain


def branch(kind: str, id: str, state: str, details: Mapping[str, Any], **rest: Any) -> Trace:
    """A branch under its headline; details without what is not known, enumerations as their texts."""
    plain = _plain(details)
    english, thai = headline(kind, id, state, plain)
    return Trace(node(kind, id), kind, id, str(state), english, thai, plain, **rest)


def _plain(details: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is not known; enumerations as their texts."""
    plain = {key: str(value) if isinstance(value, str) else value for key, value in details.items()}
    return {key: value for key, value in plain.items() if value is not None}


def steps_of(custody: Custody, node_id: NodeId, *models: type[Part]) -> tuple[Step, ...]:
    """The facts of these types that concern a node, also those taken back, in the order they happened."""
    taken_back = {each.withdrawn.index: each for each in custody.withdrawn.get(node_id, ())}
    told = [*custody.touching.get(node_id, ()), *(each.withdrawn for each in taken_back.values())]
    steps: list[Step] = []
    for evidence in sorted((each for each in told if isinstance(each.event.data, models)), key=happened):
        withdrawal = taken_back.get(evidence.index)
        steps += _step(custody, evidence, withdrawal.correction.index if withdrawal else None)
    return tuple(steps)


def missing_fact(node_id: NodeId, model: type[Part]) -> Missing:
    """What to say when no fact of this type concerns the node."""
    english, thai = MISSING_TEXTS[model]
    return Missing(node_id, model.__name__, f"{node_id}: {english}", f"{node_id}: {thai}")


def missing_line(line: OpenLine) -> Missing:
    """An open line of the balance, said of a chain."""
    return Missing(line.node, line.code.value, line.text_en, line.text_th)


def missing_hand(load_node: NodeId, hand: Hand) -> Missing:
    """A handover that must have been before this one: somebody gave what somebody else had."""
    english = f"{load_node}: {hand.held_by} had it, {hand.giver_id} gave it; the handover in between is not recorded"
    thai = f"{load_node}: {hand.held_by} ถืออยู่ แต่ {hand.giver_id} เป็นผู้ส่งมอบ ไม่มีบันทึกการส่งมอบระหว่างนั้น"
    return Missing(load_node, "handover_before", english, thai)


def told_dispute(custody: Custody, dispute: Dispute) -> ToldDispute:
    """A dispute with its lines."""

    def names(kind: str, id: str) -> tuple[str, str]:
        return _names(custody, kind, id)

    said = tuple(statement_texts(each, names) for each in dispute.statements)
    return ToldDispute(dispute, *dispute_texts(dispute, names), said)


def _step(custody: Custody, evidence: Evidence, withdrawn_by: int | None) -> Iterable[Step]:
    envelope, data = evidence.event.envelope, evidence.event.data
    described = describe(data, lambda kind, id: _names(custody, kind, id))
    if described is None:
        return
    details, english, thai = described
    yield Step(
        index=evidence.index,
        time=utc_text(envelope.time),
        event_id=str(envelope.id),
        source=envelope.source,
        type=type(data).__name__,
        details=details,
        text_en=english,
        text_th=thai,
        claim=_claim(custody, evidence),
        withdrawn_by=withdrawn_by,
    )


def _claim(custody: Custody, evidence: Evidence) -> Claim | None:
    found = custody.claim_behind(evidence)
    if found is None:
        return None
    envelope = found.event.envelope
    return Claim(found.index, utc_text(envelope.time), str(envelope.id), envelope.source)


def _names(custody: Custody, kind: str, id: str) -> tuple[str, str]:
    """The latest registered names, English and Thai."""
    # Who is not registered is called by its id.
    told = [
        (fact.data.name_en, fact.data.name_th)
        for each in (("actor", "partner") if kind == "party" else (kind,))
        for fact in custody.facts(node(each, id), _REGISTERED[each])
    ]
    english, thai = told[-1] if told else (None, id)
    return english or thai, thai
