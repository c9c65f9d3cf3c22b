"""The fold: what the evidence says about every node of the chain of custody.

`fold` sorts standing facts by the nodes they touch and decides nothing else; states, balances, traces and certificates
are read from the result by pure functions, so a late fact lands right by itself. Given only part of the ledger, what is
said of a node is true when the evidence of its related nodes is there (`related_nodes`, then `mentions`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, wraps
from typing import Any, Final, Generic, TypeVar

from ewaste.contracts.fields import Context, Part
from ewaste.evidence.custody.facts import (
    Equivocation,
    Evidence,
    Withdrawal,
    happened,
    in_its_place,
    read_evidence,
    settle,
)
from ewaste.evidence.custody.graph import Link, NodeId, event_node, node
from ewaste.evidence.custody.index import index_event
from ewaste.evidence.rules.ruleset import DEFAULT_RULES, Rules

__all__ = [
    "Custody",
    "Equivocation",
    "Evidence",
    "Fact",
    "Withdrawal",
    "fold",
    "happened",
    "in_its_place",
    "mentions",
    "read_evidence",
    "remembered",
]

# Whose names a trace tells, whose licence a certificate rests on, and who is a partner and states by its own record.
_PARTIES: Final = ("giver_id", "receiver_id", "destination_id", "party_id")
_NAMED_IN: Final = (
    ("point_id", "point"),
    ("partner_id", "partner"),
    *((name, kind) for name in _PARTIES for kind in ("partner", "actor")),
    ("carrier_id", "actor"),
    ("place_id", "actor"),
    ("declared_by", "actor"),
    ("decided_by", "actor"),
)

P = TypeVar("P", bound=Part)
D = TypeVar("D", bound=Part)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fact(Generic[P]):
    """A standing event of one type; `data` is `evidence.event.data` with its type known."""

    evidence: Evidence
    data: P

    @property
    def index(self) -> int:
        return self.evidence.index


@dataclass(frozen=True, slots=True)
class Custody:
    """What is known, by node. Read it with the functions of `states`, `balance` and `trace`."""

    rules: Rules
    touching: Mapping[NodeId, tuple[Evidence, ...]]
    """Standing facts that concern a node, by ledger index."""
    children: Mapping[NodeId, tuple[NodeId, ...]]
    """What is, or went, in a node; sorted."""
    parents: Mapping[NodeId, tuple[NodeId, ...]]
    claims: Mapping[str, tuple[Evidence, ...]]
    """Partners' own records by event id: an id is unique only within its source."""
    withdrawn: Mapping[NodeId, tuple[Withdrawal, ...]]
    """Facts that concerned a node and were taken back."""
    equivocations: tuple[Equivocation, ...]
    answers: dict[tuple[Any, str], Any] = field(default_factory=dict, compare=False, repr=False)
    """What `remembered` functions found; the facts never change under them."""

    def facts(self, node_id: NodeId, model: type[D]) -> list[Fact[D]]:
        """The standing facts of this type that concern the node, in the order they happened."""
        found = [each for each in self.touching.get(node_id, ()) if isinstance(each.event.data, model)]
        if len(found) > 1:
            found.sort(key=happened)
        return [Fact(each, each.event.data) for each in found]  # type: ignore[arg-type]

    def first(self, node_id: NodeId, model: type[D]) -> Fact[D] | None:
        """The one of `facts` that happened first."""
        found = self.facts(node_id, model)
        return found[0] if found else None

    def inside(self, node_id: NodeId, kind: str) -> list[str]:
        """Ids of the nodes of this kind in a node, sorted."""
        return _ids(self.children.get(node_id, ()), kind)

    def around(self, node_id: NodeId, kind: str) -> list[str]:
        """Ids of the nodes of this kind that a node is or was in, sorted."""
        return _ids(self.parents.get(node_id, ()), kind)

    def claim_behind(self, fact: Evidence) -> Evidence | None:
        """The partner's signed record that a fact rests on, where the fact names one and it is here."""
        envelope = fact.event.envelope
        if fact.event.type.context is not Context.RECYCLER or envelope.causationid is None:
            return None
        found = self.claims.get(envelope.causationid.lower(), ())
        if len(found) > 1:
            return next((each for each in found if each.event.data == fact.event.data), found[0])
        return found[0] if found else None


def remembered(ask: Callable[[Custody, str], T]) -> Callable[[Custody, str], T]:
    """A pure question about one id, answered once for each custody: a load is asked about by each of its bags."""

    @wraps(ask)
    def answer(custody: Custody, id: str) -> T:
        key = (ask, id)
        if key not in custody.answers:
            custody.answers[key] = ask(custody, id)
        found: T = custody.answers[key]
        return found

    return answer


def fold(evidence: Iterable[Evidence], rules: Rules = DEFAULT_RULES) -> Custody:
    """The custody that this evidence shows: the same for every order and any duplication of it.

    Time is linear in the evidence. Nothing is refused: what contradicts itself is told by the states and balances.
    """
    settled = settle(evidence)
    touching, children, parents = _touches(settled.standing)
    claims: dict[str, list[Evidence]] = {}
    for claim in settled.claims:
        claims.setdefault(str(claim.event.envelope.id), []).append(claim)
    withdrawn: dict[NodeId, list[Withdrawal]] = {}
    for each in settled.withdrawn:
        for node_id in _touches((each.withdrawn,))[0]:
            withdrawn.setdefault(node_id, []).append(each)
    return Custody(
        rules=rules,
        touching={key: tuple(found) for key, found in touching.items()},
        children={key: tuple(sorted(found)) for key, found in children.items()},
        parents={key: tuple(sorted(found)) for key, found in parents.items()},
        claims={key: tuple(found) for key, found in claims.items()},
        withdrawn={key: tuple(found) for key, found in withdrawn.items()},
        equivocations=settled.equivocations,
    )


def mentions(evidence: Iterable[Evidence]) -> tuple[NodeId, ...]:
    """Nodes whose evidence completes this evidence, sorted: places, partners, corrections and the claims behind facts.

    To read part of a ledger: fetch the events of `related_nodes`, then of what they mention, and again of what those
    newly mention, until nothing is new (a correction may itself be corrected). Of records with the same source and id
    only the first in the ledger may be offered: the others can be about other nodes, and part of a ledger does not
    show which came first.
    """
    found: set[NodeId] = set()
    for each in evidence:
        envelope, data = each.event.envelope, each.event.data
        found.add(event_node(envelope.id))
        if envelope.causationid is not None:
            found.add(event_node(envelope.causationid))
        for attribute, kind in _named_by(type(data)):
            if (id := getattr(data, attribute)) is not None:
                found.add(node(kind, id))
    return tuple(sorted(found))


@cache
def _named_by(model: type[Part]) -> tuple[tuple[str, str], ...]:
    return tuple((attribute, kind) for attribute, kind in _NAMED_IN if attribute in model.model_fields)


_Neighbours = dict[NodeId, set[NodeId]]


def _touches(standing: Iterable[Evidence]) -> tuple[dict[NodeId, list[Evidence]], _Neighbours, _Neighbours]:
    touching: dict[NodeId, list[Evidence]] = {}
    children: _Neighbours = {}
    parents: _Neighbours = {}
    for each in standing:
        for touch in index_event(each.event):
            if isinstance(touch, Link):
                touching.setdefault(touch.child, []).append(each)
                children.setdefault(touch.parent, set()).add(touch.child)
                parents.setdefault(touch.child, set()).add(touch.parent)
            else:
                touching.setdefault(touch.node, []).append(each)
    return touching, children, parents


def _ids(nodes: Iterable[NodeId], kind: str) -> list[str]:
    prefix = kind + "/"
    return [node_id[len(prefix) :] for node_id in nodes if node_id.startswith(prefix)]
