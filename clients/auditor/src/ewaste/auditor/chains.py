"""Which records touch which node of the chain of custody: a chain is read without reading the whole ledger again."""

from collections.abc import Container, Iterable, Iterator

from ewaste.auditor.entries import Entry, record_of
from ewaste.auditor.identities import Identities, identity
from ewaste.auditor.ledgerfile import BrokenLine, LedgerFile
from ewaste.evidence.custody.fold import Evidence, mentions, read_evidence
from ewaste.evidence.custody.graph import Link, NodeId, related_nodes, split_node
from ewaste.evidence.custody.index import index_envelope
from ewaste.evidence.ledger.record import LeafError

__all__ = ["Chains"]


class Chains:
    """The positions that touch each node, and what is in what."""

    def __init__(self, file: LedgerFile, identities: Identities) -> None:
        self._file = file
        self._identities = identities
        self._touching: dict[NodeId, list[int]] = {}
        self._children: dict[NodeId, set[NodeId]] = {}
        self._parents: dict[NodeId, set[NodeId]] = {}

    def see(self, entry: Entry) -> None:
        """An event in its place."""
        assert entry.envelope is not None
        for touch in index_envelope(entry.envelope):
            if isinstance(touch, Link):
                self._touching.setdefault(touch.child, []).append(entry.position)
                self._children.setdefault(touch.parent, set()).add(touch.child)
                self._parents.setdefault(touch.child, set()).add(touch.parent)
            else:
                self._touching.setdefault(touch.node, []).append(entry.position)

    def evidence_of(self, node: NodeId) -> list[Evidence]:
        """All that the ledger holds about the related nodes of `node`, what that mentions, and so on."""
        return self.evidence_about(self.related(node))

    def related(self, node: NodeId, skipping: Container[str] = ()) -> set[NodeId]:
        """The related nodes of `node`; on the way down without those of the kinds in `skipping`."""
        return set(related_nodes(node, lambda n: self._below(n, skipping), lambda n: self._parents.get(n, ())))

    def _below(self, node: NodeId, skipping: Container[str]) -> Iterator[NodeId]:
        return (child for child in self._children.get(node, ()) if split_node(child)[0] not in skipping)

    def evidence_about(self, nodes: Iterable[NodeId], positions: Iterable[int] = ()) -> list[Evidence]:
        """The events of these nodes and at these positions, of what they mention, and so on."""
        found = self._read(positions)
        asked: set[NodeId] = set()
        wanted = {*nodes, *mentions(found.values())}
        while wanted:
            asked |= wanted
            touching = {position for name in wanted for position in self._touching.get(name, ())}
            fresh = self._read(touching - found.keys())
            found |= fresh
            wanted = set(mentions(fresh.values())) - asked
        return [each for position, each in sorted(found.items()) if self._is_first(position, each)]

    def ids(self, kind: str) -> list[str]:
        """The nodes of this kind that any event names, sorted."""
        named = (split_node(node) for node in self._touching.keys() | self._children.keys())
        return sorted(id for found, id in named if found == kind)

    def timestamp_ms(self, position: int) -> int:
        """When the record there was written, by Kafka's clock; raises LeafError or `BrokenLine`."""
        return record_of(self._file.line_at(position)).timestamp_ms

    def _is_first(self, position: int, evidence: Evidence) -> bool:
        """Of the records with one source and id the first that holds counts, even where it is about another node."""
        envelope = evidence.event.envelope
        repeats = self._identities.repeats.get(identity(envelope.source, envelope.id))
        if repeats is None:
            return True
        earlier = [each for each in repeats if each < position]
        return not self._read(earlier)

    def _read(self, positions: Iterable[int]) -> dict[int, Evidence]:
        read = {position: self._evidence(position) for position in sorted(positions)}
        return {position: evidence for position, evidence in read.items() if evidence is not None}

    def _evidence(self, position: int) -> Evidence | None:
        try:
            line = self._file.line_at(position)
            record = record_of(line)
        except (BrokenLine, LeafError):
            return None
        return read_evidence(line.index, record.topic, record.value)
