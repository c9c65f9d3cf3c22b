"""Which records touch which node of the chain of custody: a chain is read without reading the whole ledger again."""

from collections.abc import Container, Iterable, Iterator

from ewaste.auditor.entries import Entry
from ewaste.auditor.identities import Identities, identity
from ewaste.auditor.mirror.folder import Mirror
from ewaste.evidence.custody.fold import Evidence, mentions, read_evidence
from ewaste.evidence.custody.graph import Link, NodeId, related_nodes, split_node
from ewaste.evidence.custody.index import index_envelope
from ewaste.evidence.ledger.record import LeafError, decode_leaf
from ewaste.evidence.tiles.tree import TileBroken, TileMissing

__all__ = ["Chains"]


class Chains:
    """The indices of the records that touch each node, and what is in what."""

    def __init__(self, mirror: Mirror, identities: Identities) -> None:
        self._mirror = mirror
        self._identities = identities
        self._touching: dict[NodeId, list[int]] = {}
        self._children: dict[NodeId, set[NodeId]] = {}
        self._parents: dict[NodeId, set[NodeId]] = {}

    def see(self, entry: Entry) -> None:
        """An event in its place."""
        assert entry.envelope is not None
        for touch in index_envelope(entry.envelope):
            if isinstance(touch, Link):
                self._touching.setdefault(touch.child, []).append(entry.index)
                self._children.setdefault(touch.parent, set()).add(touch.child)
                self._parents.setdefault(touch.child, set()).add(touch.parent)
            else:
                self._touching.setdefault(touch.node, []).append(entry.index)

    def evidence_of(self, node: NodeId) -> list[Evidence]:
        """All that the ledger holds about the related nodes of `node`, what that mentions, and so on."""
        return self.evidence_about(self.related(node))

    def related(self, node: NodeId, skipping: Container[str] = ()) -> set[NodeId]:
        """The related nodes of `node`; on the way down without those of the kinds in `skipping`."""
        return set(related_nodes(node, lambda n: self._below(n, skipping), lambda n: self._parents.get(n, ())))

    def _below(self, node: NodeId, skipping: Container[str]) -> Iterator[NodeId]:
        return (child for child in self._children.get(node, ()) if split_node(child)[0] not in skipping)

    def evidence_about(self, nodes: Iterable[NodeId], indices: Iterable[int] = ()) -> list[Evidence]:
        """The events of these nodes and at these indices, of what they mention, and so on."""
        found = self._read(indices)
        asked: set[NodeId] = set()
        wanted = {*nodes, *mentions(found.values())}
        while wanted:
            asked |= wanted
            touching = {index for name in wanted for index in self._touching.get(name, ())}
            fresh = self._read(touching - found.keys())
            found |= fresh
            wanted = set(mentions(fresh.values())) - asked
        return [each for index, each in sorted(found.items()) if self._is_first(index, each)]

    def ids(self, kind: str) -> list[str]:
        """The nodes of this kind that any event names, sorted."""
        named = (split_node(node) for node in self._touching.keys() | self._children.keys())
        return sorted(id for found, id in named if found == kind)

    def timestamp_ms(self, index: int) -> int:
        """When the record there was written, by Kafka's clock. Raises LeafError."""
        return decode_leaf(self._mirror.leaf(index)).timestamp_ms

    def _is_first(self, index: int, evidence: Evidence) -> bool:
        """Of the records with one source and id the first that holds counts, even where it is about another node."""
        envelope = evidence.event.envelope
        repeats = self._identities.repeats.get(identity(envelope.source, envelope.id))
        if repeats is None:
            return True
        earlier = [each for each in repeats if each < index]
        return not self._read(earlier)

    def _read(self, indices: Iterable[int]) -> dict[int, Evidence]:
        read = {index: self._evidence(index) for index in sorted(indices)}
        return {index: evidence for index, evidence in read.items() if evidence is not None}

    def _evidence(self, index: int) -> Evidence | None:
        try:
            record = self._mirror.record(index)
        except (TileMissing, TileBroken, LeafError):
            return None
        return read_evidence(index, record.topic, record.value)
