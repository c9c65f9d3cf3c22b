"""The custody projection: which nodes each entry touches, and on which nodes' account batches are judged again."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ewaste.evidence.custody.fold import Evidence, in_its_place, mentions, read_evidence
from ewaste.evidence.custody.graph import Link, NodeId, split_node
from ewaste.evidence.custody.index import index_envelope
from ewaste.evidence.ledger.record import Record
from ewaste.runtime.database import Transaction
from ewaste.traceability.custody import storage
from ewaste.traceability.custody.storage import Touch
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.model import Entry, Ledger

__all__ = ["Projected", "evidence_about", "evidence_of", "evidence_of_events", "project", "touches_of"]

_MANY: Final = 200
_OWN: Final = "ewaste.traceability."
_DECISIVE: Final = ("bag/", "load/", "batch/", "partner/", "event/")


def touches_of(entries: Iterable[Entry]) -> list[Touch]:
    """The rows of these entries; what can't be read or is not in its place touches nothing."""
    touches: list[Touch] = []
    # Few combinations come again and again; those of one call only, because a partner may write any source.
    placed: dict[tuple[str, str, str], bool] = {}
    for entry in entries:
        envelope = entry.envelope
        if envelope is None:
            continue
        said = entry.record.topic, envelope.type, envelope.source
        if (fits := placed.get(said)) is None:
            fits = placed[said] = in_its_place(entry.record.topic, envelope)
        if not fits:
            continue
        for touch in index_envelope(envelope):
            if isinstance(touch, Link):
                touches.append((touch.child, touch.parent, entry.index))
            else:
                touches.append((touch.node, None, entry.index))
    return touches


@dataclass(frozen=True, slots=True)
class Projected:
    """What a turn of the projection took in."""

    entries: Sequence[Entry]
    touches: Sequence[Touch]
    """Of these entries."""
    recalled: Sequence[Entry]
    """Older entries that these correct, or whose correction they take back: what was said of them changes."""
    recalled_touches: Sequence[Touch]

    @property
    def decisive(self) -> set[NodeId]:
        """The nodes on whose account a batch must be judged again."""
        # What this service says follows from the ledger: judging by it again would go in circles.
        told = [entry for entry in self.entries if entry.envelope and not entry.envelope.type.startswith(_OWN)]
        return _decisive(self.touches if len(told) == len(self.entries) else touches_of(told)) | _decisive(
            self.recalled_touches
        )


async def project(tx: Transaction, entries: Sequence[Entry]) -> Projected:
    """Store the touches of these entries."""
    touches = touches_of(entries)
    if touches:
        await storage.save(tx, touches)
    recalled = await _recalled(tx, touches, {entry.event_id for entry in entries})
    return Projected(entries, touches, recalled, touches_of(recalled))


async def _recalled(tx: Transaction, touches: Sequence[Touch], seen: set[UUID | None]) -> list[Entry]:
    """A correction names an event and nothing else: what it takes back, or puts back, bears on that event's nodes."""
    recalled: list[Entry] = []
    while corrected := _events(touches) - seen:
        seen |= corrected
        places = await ledger_storage.places_of_events(tx, Ledger.CUSTODY, corrected)
        indices = [index for found in places.values() for index in found]
        entries = await ledger_storage.entries_at(tx, Ledger.CUSTODY, indices)
        recalled += entries
        touches = touches_of(entries)
    return recalled


def _decisive(touches: Iterable[Touch]) -> set[NodeId]:
    """A drop alone decides nothing: only who works, who signed, and what is weighed, handed over or processed."""
    return {
        name
        for node, parent, _ in touches
        if not node.startswith("item/")
        for name in (node, parent)
        if name is not None and name.startswith(_DECISIVE)
    }


def _events(touches: Iterable[Touch]) -> set[UUID]:
    found = set()
    for kind, id in (split_node(node) for node, _, _ in touches):
        if kind == "event":
            with suppress(ValueError):
                found.add(UUID(id))
    return found


async def evidence_of(tx: Transaction, node: NodeId) -> list[Evidence]:
    """Everything the ledger holds that a trace or certificate of `node` rests on, by ledger index.

    The events of the related nodes, of what they mention, and of what those newly mention, until nothing is new.
    """
    return await evidence_about(tx, await storage.related(tx, node))


async def evidence_about(
    tx: Transaction, nodes: Iterable[NodeId], *, indices: Collection[int] = (), size: int = storage.EVERYTHING
) -> list[Evidence]:
    """The events of these nodes and at these indices, of what they mention, and so on, in the first `size` entries.

    Nodes that are in these nodes are the caller's to name.
    """
    found = await _read(tx, indices)
    asked: set[NodeId] = set()
    wanted = {*nodes, *mentions(found.values())}
    while wanted:
        asked |= wanted
        fresh = await _read(tx, sorted(set(await storage.indices_of(tx, wanted, size)) - found.keys()))
        found |= fresh
        wanted = set(mentions(fresh.values())) - asked
    return await _first_of_each(tx, found)


async def evidence_of_events(tx: Transaction, event_ids: Iterable[UUID]) -> list[Evidence]:
    """Every record of these events, also the later ones under the same id, by ledger index."""
    places = await ledger_storage.places_of_events(tx, Ledger.CUSTODY, event_ids)
    return list((await _read(tx, sorted(index for found in places.values() for index in found))).values())


async def _read(tx: Transaction, indices: Collection[int]) -> dict[int, Evidence]:
    if not indices:
        return {}
    records = await ledger_storage.records_at(tx, Ledger.CUSTODY, indices)
    if len(records) > _MANY:
        # All computing: requests and consumers of this process must be served meanwhile.
        return await asyncio.to_thread(_understood, records)
    return _understood(records)


def _understood(records: Iterable[tuple[int, Record]]) -> dict[int, Evidence]:
    read = (read_evidence(index, record.topic, record.value) for index, record in records)
    return {evidence.index: evidence for evidence in read if evidence is not None}


async def _first_of_each(tx: Transaction, found: dict[int, Evidence]) -> list[Evidence]:
    """Leave out what its source had said before under the same id, even where that was about another node."""
    places = await ledger_storage.places_of_events(tx, Ledger.CUSTODY, {e.event.envelope.id for e in found.values()})
    repeated = [indices for indices in places.values() if len(indices) > 1]
    everything = found | await _read(tx, sorted({i for indices in repeated for i in indices} - found.keys()))
    first: dict[tuple[str, UUID], int] = {}
    for index, evidence in sorted(everything.items()):
        first.setdefault((evidence.event.envelope.source, evidence.event.envelope.id), index)
    standing = set(first.values())
    return [evidence for index, evidence in sorted(found.items()) if index in standing]
