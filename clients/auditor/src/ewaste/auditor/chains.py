"""Which records touch which node of the chain of custody: a chain is read without reading the whole ledger again."""

import json
from collections.abc import Collection, Iterable
from typing import Any, Final

from ewaste.auditor.entries import Entry
from ewaste.auditor.identities import Identities
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.scratch import PAGE, open_scratch
from ewaste.evidence.custody.fold import Evidence, mentions, read_evidence
from ewaste.evidence.custody.graph import Link, NodeId
from ewaste.evidence.custody.index import index_envelope
from ewaste.evidence.ledger.record import LeafError, decode_leaf
from ewaste.evidence.tiles.tree import TileBroken, TileMissing

__all__ = ["Chains"]

# A mark has an empty text for its parent.
_SCHEMA: Final = "CREATE TABLE touch (node TEXT NOT NULL, parent TEXT NOT NULL, place INTEGER NOT NULL);"
_INDICES: Final = (
    "CREATE INDEX touch_node ON touch (node, place, parent)",
    "CREATE INDEX touch_parent ON touch (parent, node) WHERE parent <> ''",
)
# Down to the leaves, then up to the roots from everything reached, as evidence.custody.graph.related_nodes does it.
_RELATED: Final = """
WITH RECURSIVE below(node) AS (
    SELECT ?1 UNION
    SELECT t.node FROM below b CROSS JOIN touch t ON t.parent = b.node AND t.parent <> ''
    WHERE substr(t.node, 1, instr(t.node, '/') - 1) NOT IN (SELECT value FROM json_each(?2))
), above(node) AS (
    SELECT node FROM below UNION
    SELECT t.parent FROM above a CROSS JOIN touch t ON t.node = a.node WHERE t.parent <> ''
) SELECT node FROM above
"""
_PLACES: Final = "SELECT DISTINCT place FROM touch WHERE node IN (SELECT value FROM json_each(?))"
_NAMED: Final = """
SELECT node FROM touch WHERE node >= ?1 AND node < ?2
UNION SELECT parent FROM touch WHERE parent <> '' AND parent >= ?1 AND parent < ?2
"""
_KNOWN: Final = """
SELECT EXISTS (SELECT 1 FROM touch WHERE node = ?1) OR EXISTS (SELECT 1 FROM touch WHERE parent <> '' AND parent = ?1)
"""


class Chains:
    """The indices of the records that touch each node, and what is in what: on the disk, some 200 bytes per record."""

    def __init__(self, mirror: Mirror, identities: Identities) -> None:
        self._mirror = mirror
        self._identities = identities
        self._database = open_scratch(_SCHEMA)
        self._waiting: list[tuple[NodeId, NodeId, int]] = []
        self._is_indexed = False
        self._last: tuple[NodeId, list[Evidence]] | None = None

    def see(self, entry: Entry) -> None:
        """An event in its place."""
        assert entry.envelope is not None
        for touch in index_envelope(entry.envelope):
            if isinstance(touch, Link):
                self._waiting.append((touch.child, touch.parent, entry.index))
            else:
                self._waiting.append((touch.node, "", entry.index))
        if len(self._waiting) >= PAGE:
            self._flush()

    def evidence_of(self, node: NodeId) -> list[Evidence]:
        """All that the ledger holds about the related nodes of `node`, what that mentions, and so on."""
        self._flush()
        # A certificate is derived, and then asked whether it stands, from the same records.
        if self._last is None or self._last[0] != node:
            self._last = node, self.evidence_about(self.related(node))
        return list(self._last[1])

    def related(self, node: NodeId, skipping: Collection[str] = ()) -> set[NodeId]:
        """The related nodes of `node`; on the way down without those of the kinds in `skipping`."""
        return {name for (name,) in self._asked(_RELATED, node, json.dumps(list(skipping)))}

    def evidence_about(self, nodes: Iterable[NodeId], indices: Iterable[int] = ()) -> list[Evidence]:
        """The events of these nodes and at these indices, of what they mention, and so on."""
        found = self._read(indices)
        asked: set[NodeId] = set()
        wanted = {*nodes, *mentions(found.values())}
        while wanted:
            asked |= wanted
            touching = {index for (index,) in self._asked(_PLACES, json.dumps(list(wanted)))}
            fresh = self._read(touching - found.keys())
            found |= fresh
            wanted = set(mentions(fresh.values())) - asked
        return [each for index, each in sorted(found.items()) if self._is_first(index, each)]

    def ids(self, kind: str) -> list[str]:
        """The nodes of this kind that any event names, sorted."""
        return sorted(name.partition("/")[2] for (name,) in self._asked(_NAMED, f"{kind}/", f"{kind}0"))

    def knows(self, node: NodeId) -> bool:
        """Whether any event names this node."""
        return bool(self._asked(_KNOWN, node)[0][0])

    def timestamp_ms(self, index: int) -> int:
        """When the record there was written, by Kafka's clock. Raises LeafError."""
        return decode_leaf(self._mirror.leaf(index)).timestamp_ms

    def evidence_at(self, index: int) -> Evidence | None:
        """The record there; None where it is no event in its place, or can't be read."""
        try:
            record = self._mirror.record(index)
        except (TileMissing, TileBroken, LeafError):
            return None
        return read_evidence(index, record.topic, record.value)

    def _is_first(self, index: int, evidence: Evidence) -> bool:
        """Of the records with one source and id the first that holds counts, even where it is about another node."""
        return not self._read(self._identities.earlier(evidence.event.envelope, index))

    def _asked(self, question: str, *given: str) -> list[tuple[Any, ...]]:
        self._flush()
        if not self._is_indexed:
            for statement in _INDICES:
                self._database.execute(statement)
            self._is_indexed = True
        return self._database.execute(question, given).fetchall()

    def _flush(self) -> None:
        if self._waiting:
            self._database.executemany("INSERT INTO touch VALUES (?, ?, ?)", self._waiting)
            self._waiting.clear()
            self._last = None

    def _read(self, indices: Iterable[int]) -> dict[int, Evidence]:
        read = {index: self.evidence_at(index) for index in sorted(indices)}
        return {index: evidence for index, evidence in read.items() if evidence is not None}
