"""What a question about EPCIS events asks for: the part of SimpleEventQuery that is answered (EPCIS 2.0 §8.2.7)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ewaste.contracts.envelope import Envelope
from ewaste.contracts.fields import Context, Count
from ewaste.contracts.registry import EVENT_TYPES
from ewaste.evidence.custody.graph import NodeId, node
from ewaste.evidence.epcis.digital_link import canonical
from ewaste.evidence.epcis.events import MODELS
from ewaste.evidence.epcis.gs1 import Names

__all__ = ["EVERYTHING", "Period", "Place", "Query", "bare_step", "canonical_uris", "nodes_of", "split_values"]

Place = tuple[Count, Count]
"""Where an answer goes on: a ledger index, and which of the EPCIS events of that fact."""

_FACTS: Final = {each.name for each in EVENT_TYPES if each.model in MODELS and each.context is not Context.PARTNER}
_STEPS: Final = ("https://ref.gs1.org/cbv/BizStep-", "urn:epcglobal:cbv:bizstep:", "cbv:BizStep-")
_EPCS: Final = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_CLASSES: Final = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
# Whose events the custody index finds; a bag's contents are in what is said of the bag, a fraction in its batch.
_NODES: Final = {
    "item": "item",
    "bag": "bag",
    "contents": "bag",
    "load": "load",
    "batch": "batch",
    "fraction": "batch",
}


@dataclass(frozen=True, slots=True)
class Period:
    """When things happened: from `since` on, before `until`."""

    since: datetime | None = None
    until: datetime | None = None

    def may_hold(self, envelope: Envelope | None) -> bool:
        """Whether this is a fact of the period that has EPCIS events; its data is not looked at."""
        if envelope is None or envelope.type not in _FACTS:
            return False
        after = self.since is None or envelope.time >= self.since
        return after and (self.until is None or envelope.time < self.until)


EVERYTHING: Final = Period()


@dataclass(frozen=True, slots=True)
class Query:
    """Every condition must hold; of the values of one condition any. None asks nothing."""

    period: Period = EVERYTHING
    types: frozenset[str] | None = None
    steps: frozenset[str] | None = None
    epcs: frozenset[str] | None = None
    """Canonical URIs of things, also as parents, inputs and outputs (`MATCH_anyEPC`)."""
    classes: frozenset[str] | None = None
    """Canonical URIs of what is weighed (`MATCH_anyEPCClass`)."""

    def accepts(self, event: Mapping[str, Any]) -> bool:
        return (
            (self.types is None or event["type"] in self.types)
            and (self.steps is None or event["bizStep"] in self.steps)
            and (self.epcs is None or not self.epcs.isdisjoint(_epcs(event)))
            and (self.classes is None or not self.classes.isdisjoint(_classes(event)))
        )


def _epcs(event: Mapping[str, Any]) -> set[str]:
    found = {each for name in _EPCS for each in event.get(name, ())}
    return found | {event["parentID"]} if "parentID" in event else found


def _classes(event: Mapping[str, Any]) -> set[str]:
    return {each["epcClass"] for name in _CLASSES for each in event.get(name, ())}


def split_values(given: Iterable[str] | None) -> frozenset[str] | None:
    """The values of a parameter, given again for each or joined with `|`, which no URI holds."""
    if given is None:
        return None
    return frozenset(value for each in given for value in each.split("|") if value)


def bare_step(value: str) -> str:
    """A step of the CBV as its bare word, whichever way it is written; another URI stays."""
    for prefix in _STEPS:
        if value.startswith(prefix):
            return value.removeprefix(prefix)
    return value


def nodes_of(names: Names, query: Query) -> frozenset[NodeId] | None:
    """The nodes whose events can answer; None where only a walk through the ledger finds them.

    Names that are none of ours have no events.
    """
    asked = [each for each in (query.epcs, query.classes) if each is not None]
    if not asked:
        return None
    found: set[NodeId] = set()
    for kind, id in filter(None, (names.read(uri) for uri in asked[0])):
        if kind not in _NODES:
            return None
        found.add(node(_NODES[kind], id.partition("/")[0]))
    return frozenset(found)


def canonical_uris(values: frozenset[str] | None) -> frozenset[str] | None:
    """Each GS1 key in the form that our events use; other texts as they are."""
    return None if values is None else frozenset(canonical(value) or value for value in values)
