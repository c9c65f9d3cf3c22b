"""The custody projection: which nodes each entry touches, and which batches may have become certifiable."""

from collections.abc import Iterable, Sequence
from typing import Final

from ewaste.evidence.custody_facts import Evidence, in_its_place, read_evidence
from ewaste.evidence.custody_graph import Link, NodeId
from ewaste.evidence.custody_index import index_envelope
from ewaste.runtime.database import Transaction
from ewaste.traceability.custody import storage
from ewaste.traceability.custody.storage import Touch
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.model import Entry, Ledger

__all__ = ["evidence_of", "project", "touches_of"]

_DECISIVE: Final = ("bag/", "load/", "batch/")


def touches_of(entries: Iterable[Entry]) -> list[Touch]:
    """The rows of these entries; what can't be read or is not in its place touches nothing."""
    touches: list[Touch] = []
    for entry in entries:
        envelope = entry.envelope
        if envelope is None or not in_its_place(entry.record.topic, envelope):
            continue
        for touch in index_envelope(envelope):
            if isinstance(touch, Link):
                touches.append((touch.child, touch.parent, entry.index))
            else:
                touches.append((touch.node, None, entry.index))
    return touches


async def project(tx: Transaction, entries: Sequence[Entry]) -> list[NodeId]:
    """Store the touches of these entries; returns the batches that they bear on."""
    touches = touches_of(entries)
    await storage.save(tx, touches)
    # A drop alone decides nothing about a batch: only what is weighed, handed over or processed does.
    decisive = {
        name
        for node, parent, _ in touches
        if not node.startswith("item/")
        for name in (node, parent)
        if name is not None and name.startswith(_DECISIVE)
    }
    return await storage.batches_above(tx, decisive) if decisive else []


async def evidence_of(tx: Transaction, node: NodeId) -> list[Evidence]:
    """Everything the ledger holds that a trace or certificate of `node` rests on, by ledger index."""
    nodes = await storage.related(tx, node)
    entries = await ledger_storage.entries_at(tx, Ledger.CUSTODY, await storage.indices_of(tx, nodes))
    read = (read_evidence(entry.index, entry.record.topic, entry.record.value) for entry in entries)
    return [evidence for evidence in read if evidence is not None]
