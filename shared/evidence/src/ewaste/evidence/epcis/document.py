"""EPCIS documents: the chain of one thing as a value, and any number of events written piece by piece."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from ewaste.contracts.fields import utc_text
from ewaste.evidence.custody.fold import Custody, Evidence, happened
from ewaste.evidence.custody.graph import NodeId, related_nodes
from ewaste.evidence.epcis.events import events_of
from ewaste.evidence.epcis.gs1 import Names

__all__ = [
    "CONTEXT",
    "MEDIA_TYPE",
    "chain_events",
    "document",
    "document_ends",
    "query_document",
    "write_document",
    "write_event",
]

MEDIA_TYPE: Final = "application/ld+json"
CONTEXT: Final = ("https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",)
_VERSION: Final = "2.0"


def chain_events(names: Names, custody: Custody, node_id: NodeId) -> list[dict[str, Any]]:
    """The EPCIS events of an item's, bag's, load's, batch's or certificate's chain in the order they happened.

    The same facts as its trace: down to the leaves, then up to the roots, withdrawn ones with their error declaration.
    None when no fact that EPCIS has a word for concerns it.
    """
    told: dict[int, tuple[Evidence, Evidence | None]] = {}
    for name in related_nodes(node_id, _of(custody.children), _of(custody.parents)):
        told |= {each.index: (each, None) for each in custody.touching.get(name, ())}
        told |= {each.withdrawn.index: (each.withdrawn, each.correction) for each in custody.withdrawn.get(name, ())}
    ordered = sorted(told.values(), key=lambda pair: happened(pair[0]))
    return [event for fact, correction in ordered for event in events_of(names, fact, correction)]


def _of(neighbours: Mapping[NodeId, tuple[NodeId, ...]]) -> Callable[[NodeId], Iterable[NodeId]]:
    return lambda name: neighbours.get(name, ())


def document(events: Iterable[Mapping[str, Any]], created: datetime) -> dict[str, Any]:
    """An EPCISDocument of these events; `created` has an offset."""
    return {**_head("EPCISDocument", created), "epcisBody": {"eventList": list(events)}}


def query_document(events: Iterable[Mapping[str, Any]], created: datetime) -> dict[str, Any]:
    """An EPCISQueryDocument: the answer to a SimpleEventQuery."""
    results = {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": list(events)}}
    return {**_head("EPCISQueryDocument", created), "epcisBody": {"queryResults": results}}


def write_document(events: Iterable[Mapping[str, Any]], created: datetime) -> Iterator[bytes]:
    """The bytes of `document`, a piece per event: nothing is held but the event being written."""
    start, end = document_ends(created)
    yield start
    for number, event in enumerate(events):
        yield (b",\n" if number else b"") + write_event(event)
    yield end


def write_event(event: Mapping[str, Any]) -> bytes:
    """One event as compact JSON."""
    return msgspec.json.encode(event)


def document_ends(created: datetime) -> tuple[bytes, bytes]:
    """What comes before and after the events of a document, whoever writes them; they are joined by commas."""
    start, end = msgspec.json.encode(document((), created)).split(b"[]")
    return start + b"[", b"]" + end


def _head(kind: str, created: datetime) -> dict[str, Any]:
    return {"@context": list(CONTEXT), "type": kind, "schemaVersion": _VERSION, "creationDate": utc_text(created)}
