"""EPCIS events out of the ledger, a bounded number of entries at a time."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from ewaste.contracts.events.common import EventCorrected
from ewaste.evidence.custody.fold import Evidence, fold, read_evidence
from ewaste.evidence.custody.graph import NodeId
from ewaste.evidence.epcis.document import chain_events, document_ends, write_event
from ewaste.evidence.epcis.events import page_events
from ewaste.evidence.epcis.gs1 import Names
from ewaste.runtime.database import Database, Transaction
from ewaste.traceability.custody import storage as custody
from ewaste.traceability.custody.handlers import evidence_about, evidence_of, evidence_of_events
from ewaste.traceability.exports.epcis_query import Period, Place, Query, nodes_of
from ewaste.traceability.exports.epcis_storage import indices_about
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.model import Entry, Ledger

__all__ = ["answer", "chain", "export", "projected"]

_READ: Final = 1_000
"""Ledger entries looked at in one go."""
_FACTS: Final = 50
"""Facts turned into EPCIS events in one go; one of a thousand bags gives a thousand events."""
_MOST_READ: Final = 20_000
"""Entries that one answer walks through at most: then it says where to go on."""

Told = tuple[Place, dict[str, Any]]


async def projected(tx: Transaction) -> int:
    """How much of the ledger is indexed: corrections of what lies before it are found."""
    return await custody.position(tx, "custody")


async def chain(tx: Transaction, names: Names, node: NodeId) -> list[dict[str, Any]]:
    """The EPCIS events of a thing's chain; none when nothing is known of it."""
    return chain_events(names, fold(await evidence_of(tx, node)), node)


async def answer(
    tx: Transaction, names: Names, query: Query, start: Place, most: int
) -> tuple[list[dict[str, Any]], Place | None]:
    """At most `most` events from `start` on, in ledger order, and where the answer goes on.

    Fewer, and yet a place to go on, where the walk reached its limit.
    """
    size, found = await projected(tx), list[dict[str, Any]]()
    walked = start[0]
    async for indices, reached in _candidates(tx, names, query, start[0], size):
        for some in _slices(indices):
            for place, event in await _told(tx, names, query.period, some, size):
                if place < start or not query.accepts(event):
                    continue
                if len(found) == most:
                    return found, place
                found.append(event)
        walked = reached
    return found, (walked, 0) if walked < size else None


async def _candidates(
    tx: Transaction, names: Names, query: Query, start: int, size: int
) -> AsyncIterator[tuple[list[int], int]]:
    """Indices of facts that may answer, and up to which index that is all."""
    nodes = nodes_of(names, query)
    if nodes is not None:
        yield await indices_about(tx, nodes, range(start, size)), size
        return
    for begin in range(start, min(size, start + _MOST_READ), _READ):
        end = min(begin + _READ, size)
        entries = await ledger_storage.entries_from(tx, Ledger.CUSTODY, begin, end)
        yield [entry.index for entry in entries if query.period.may_hold(entry.envelope)], end


def _slices(indices: Sequence[int]) -> Iterator[Sequence[int]]:
    return (indices[at : at + _FACTS] for at in range(0, len(indices), _FACTS))


async def _told(tx: Transaction, names: Names, period: Period, indices: Sequence[int], size: int) -> Iterator[Told]:
    """The events of the facts of the period at these indices, with what corrects them in the first `size` entries."""
    wanted = set(indices)
    evidence = await evidence_about(tx, (), indices=indices, size=size)
    page = [each for each in evidence if each.index in wanted and period.may_hold(each.event.envelope)]
    around = [each for each in evidence if each.index not in wanted]
    return _numbered(page_events(names, page, around))


def _numbered(events: Iterable[tuple[int, dict[str, Any]]]) -> Iterator[Told]:
    for index, of_fact in groupby(events, key=lambda told: told[0]):
        for number, (_, event) in enumerate(of_fact):
            yield (index, number), event


async def export(
    database: Database, names: Names, period: Period, span: range, created: datetime
) -> AsyncIterator[bytes]:
    """The bytes of an EPCISDocument of the facts that entered the ledger within `span` and happened in the period.

    A fact from before the span whose correction lies within it comes again, with its error declaration: whoever reads
    span after span learns of every correction.
    """
    opening, end = document_ends(created)
    yield opening
    joint = b""
    for begin in range(span.start, span.stop, _READ):
        async for piece in _exported(database, names, period, span, begin):
            yield joint + piece
            joint = b",\n"
    yield end


async def _exported(database: Database, names: Names, period: Period, span: range, begin: int) -> AsyncIterator[bytes]:
    async with database.transaction() as tx:
        entries = await ledger_storage.entries_from(tx, Ledger.CUSTODY, begin, min(begin + _READ, span.stop))
        again = await _corrected_before(tx, entries, period, span.start)
    indices = sorted({*again, *(entry.index for entry in entries if period.may_hold(entry.envelope))})
    for some in _slices(indices):
        async with database.transaction() as tx:
            told = await _told(tx, names, period, some, span.stop)
        # Nothing is fetched while the reader of the stream takes its time.
        for _, event in told:
            yield write_event(event)


async def _corrected_before(tx: Transaction, entries: Iterable[Entry], period: Period, start: int) -> set[int]:
    """Indices of the facts before `start` that these entries correct, also through corrections of corrections."""
    read = (read_evidence(entry.index, entry.record.topic, entry.record.value) for entry in entries if _corrects(entry))
    waiting = [each for each in read if each is not None]
    found: set[int] = set()
    seen: set[UUID] = set()
    while ids := {id for each in waiting if (id := _named(each)) is not None} - seen:
        seen |= ids
        named = await evidence_of_events(tx, ids)
        found |= {each.index for each in named if each.index < start and period.may_hold(each.event.envelope)}
        waiting = named
    return found


def _corrects(entry: Entry) -> bool:
    return entry.envelope is not None and EventCorrected.__name__ in entry.envelope.type


def _named(evidence: Evidence) -> UUID | None:
    data = evidence.event.data
    if not isinstance(data, EventCorrected):
        return None
    try:
        return UUID(data.corrected_event_id)
    except ValueError:
        return None
