"""Which records touch which node, on the disk: a chain is found among millions of records in little memory.

The rows are those of the service's own table, made from the records; SQLite holds them in a temporary file.
"""

import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from uuid import UUID

from ewaste.evidence.custody.fold import Evidence, mentions
from ewaste.evidence.custody.graph import NodeId

__all__ = ["DiskIndex"]

_PAGE: Final = 5_000
_KEPT: Final = 2_048
_EVENT: Final = "event/"
_SLOTS: Final = 1 << 22
_SCHEMA: Final = """
PRAGMA page_size = 16384;
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -32000; PRAGMA locking_mode = EXCLUSIVE;
CREATE TABLE touch (node TEXT NOT NULL, parent TEXT NOT NULL, place INTEGER NOT NULL);
CREATE TABLE event (id BLOB NOT NULL, place INTEGER NOT NULL);
"""
_INDICES: Final = """
CREATE INDEX touch_node ON touch (node, place, parent);
CREATE INDEX touch_parent ON touch (parent, node) WHERE parent <> '';
CREATE TABLE repeat AS SELECT id, place FROM event WHERE id IN (SELECT id FROM event GROUP BY id HAVING count(*) > 1);
CREATE INDEX repeat_id ON repeat (id, place);
DROP TABLE event;
"""
# Down to the leaves, then up to the roots from everything reached, as evidence.custody.graph.related_nodes does it.
_RELATED: Final = """
WITH RECURSIVE below(node) AS (
    SELECT ? UNION SELECT t.node FROM touch t JOIN below b ON t.parent = b.node AND t.parent <> ''
), above(node) AS (
    SELECT node FROM below UNION
    SELECT t.parent FROM touch t JOIN above a ON t.node = a.node WHERE t.parent <> ''
) SELECT node FROM above
"""
_PLACES: Final = "SELECT DISTINCT place FROM touch WHERE node IN (SELECT value FROM json_each(?)) AND place < ?"
_REPEATS: Final = "SELECT place FROM repeat WHERE id = ? ORDER BY place"


class DiskIndex:
    """`read` gives the evidence at an index. Rows go in while records are read; then `finish`, then questions."""

    def __init__(self, read: Callable[[int], Evidence | None]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ewaste-replay-")
        self._database = sqlite3.connect(Path(self._folder.name) / "touches", isolation_level=None)
        self._database.executescript(_SCHEMA)
        self._database.execute("BEGIN")
        self._touches: list[tuple[NodeId, str, int]] = []
        self._events: list[tuple[bytes, int]] = []
        # Every event mentions its own node and few are spoken of: a slot that is 0 spares asking the database for one.
        self._spoken_of = bytearray(_SLOTS)
        self._read = lru_cache(_KEPT)(read)
        self._some_repeat = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._database.close()
        self._folder.cleanup()

    def add(self, place: int, event_id: UUID, touches: Iterable[tuple[NodeId, str]]) -> None:
        """An event in its place at this index, and the nodes it touches with what they are in (or an empty text)."""
        self._events.append((event_id.bytes, place))
        for node, parent in touches:
            self._touches.append((node, parent, place))
            if node.startswith(_EVENT):
                self._spoken_of[hash(node) % _SLOTS] = 1
        if len(self._events) >= _PAGE:
            self._flush()

    def finish(self) -> None:
        """Everything is in."""
        self._flush()
        self._database.execute("COMMIT")
        self._database.executescript(_INDICES)
        self._some_repeat = self._database.execute("SELECT count(*) FROM repeat").fetchone()[0] > 0

    def evidence_of(self, node: NodeId, size: int) -> list[Evidence]:
        """All that the first `size` records hold about the related nodes of `node`, what that mentions, and so on."""
        found: dict[int, Evidence] = {}
        wanted = {name for (name,) in self._database.execute(_RELATED, (node,))}
        asked: set[NodeId] = set()
        while wanted:
            asked |= wanted
            fresh = self._evidence(place for place in self._places(wanted, size) if place not in found)
            found |= fresh
            wanted = {node for node in mentions(fresh.values()) if self._may_hold(node)} - asked
        if not self._some_repeat:
            return [each for _, each in sorted(found.items())]
        return [each for place, each in sorted(found.items()) if self._is_first(place, each)]

    def _flush(self) -> None:
        self._database.executemany("INSERT INTO touch VALUES (?, ?, ?)", self._touches)
        self._database.executemany("INSERT INTO event VALUES (?, ?)", self._events)
        self._touches.clear()
        self._events.clear()

    def _may_hold(self, node: NodeId) -> bool:
        return not node.startswith(_EVENT) or self._spoken_of[hash(node) % _SLOTS] == 1

    def _places(self, nodes: Iterable[NodeId], size: int) -> list[int]:
        return sorted(place for (place,) in self._database.execute(_PLACES, (json.dumps(list(nodes)), size)))

    def _evidence(self, places: Iterable[int]) -> dict[int, Evidence]:
        read = self._read
        return {place: evidence for place in places if (evidence := read(place)) is not None}

    def _is_first(self, place: int, evidence: Evidence) -> bool:
        """Of the records with one source and id the first that holds counts, even where it is about another node."""
        envelope = evidence.event.envelope
        earlier = [each for (each,) in self._database.execute(_REPEATS, (envelope.id.bytes,)) if each < place]
        return all(each.event.envelope.source != envelope.source for each in self._evidence(earlier).values())
