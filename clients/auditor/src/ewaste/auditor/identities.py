"""An event is its source and its id: sent again it has the same bytes, with other bytes it speaks against itself."""

from typing import Final

from ewaste.auditor.entries import Entry
from ewaste.auditor.scratch import open_scratch
from ewaste.contracts.envelope import Envelope

__all__ = ["Identities"]

_DIGEST_BYTES: Final = 16
# Ids begin with their time (UUIDv7): with the id in front, new rows go to pages that are in memory.
_SCHEMA: Final = """
CREATE TABLE first (id BLOB, source INTEGER, place INTEGER, digest BLOB, PRIMARY KEY (id, source)) WITHOUT ROWID;
CREATE TABLE repeat (id BLOB, source INTEGER, place INTEGER, PRIMARY KEY (id, source, place)) WITHOUT ROWID;
"""
_ADD: Final = "INSERT OR IGNORE INTO first VALUES (?, ?, ?, ?)"
_ADD_REPEAT: Final = "INSERT OR IGNORE INTO repeat VALUES (?, ?, ?)"
_FIRST: Final = "SELECT place, digest FROM first WHERE id = ? AND source = ?"
_EARLIER: Final = """
SELECT place FROM first WHERE id = ?1 AND source = ?2 AND place < ?3
UNION SELECT place FROM repeat WHERE id = ?1 AND source = ?2 AND place < ?3 ORDER BY place
"""


class Identities:
    """On the disk, some 60 bytes per event; in memory one number per source."""

    def __init__(self) -> None:
        self._database = open_scratch(_SCHEMA)
        self._sources: dict[str, int] = {}
        self._some_repeat = False

    def is_new(self, entry: Entry) -> bool:
        """Whether this event, which is in its place, was not seen before."""
        assert entry.envelope is not None
        key = self._key(entry.envelope)
        if self._database.execute(_ADD, (*key, entry.index, entry.digest[:_DIGEST_BYTES])).rowcount:
            return True
        self._database.execute(_ADD_REPEAT, (*key, entry.index))
        self._some_repeat = True
        return False

    def contradicted(self, entry: Entry) -> int | None:
        """The index of the first event with this id, where its bytes were other than this one's."""
        assert entry.envelope is not None
        index, digest = self._database.execute(_FIRST, self._key(entry.envelope)).fetchone()
        return None if digest == entry.digest[:_DIGEST_BYTES] else int(index)

    def earlier(self, envelope: Envelope, index: int) -> list[int]:
        """The indices before this one of the events with the same source and id."""
        if not self._some_repeat:
            return []
        return [place for (place,) in self._database.execute(_EARLIER, (*self._key(envelope), index))]

    def _key(self, envelope: Envelope) -> tuple[bytes, int]:
        return envelope.id.bytes, self._sources.setdefault(envelope.source, len(self._sources))
