"""An event is its source and its id: sent again it has the same bytes, with other bytes it speaks against itself."""

from hashlib import sha256
from typing import Final

from ewaste.auditor.entries import Entry

__all__ = ["Identities", "identity"]

_INDEX_BYTES: Final = 8
_DIGEST_BYTES: Final = 16


def identity(source: str, event_id: object) -> bytes:
    """16 bytes that stand for source and id."""
    return sha256(f"{source}\n{event_id}".encode()).digest()[:16]


class Identities:
    """Some 150 bytes of memory per event; a repeated one keeps all its indices."""

    def __init__(self) -> None:
        self._first: dict[bytes, bytes] = {}
        self.repeats: dict[bytes, list[int]] = {}

    def is_new(self, entry: Entry) -> bool:
        """Whether this event, which is in its place, was not seen before."""
        assert entry.envelope is not None
        key = identity(entry.envelope.source, entry.envelope.id)
        packed = entry.index.to_bytes(_INDEX_BYTES, "big") + entry.digest[:_DIGEST_BYTES]
        first = self._first.setdefault(key, packed)
        if first is packed:
            return True
        self.repeats.setdefault(key, [self._index(first)]).append(entry.index)
        return False

    def contradicted(self, entry: Entry) -> int | None:
        """The index of the first event with this id, where its bytes were other than this one's."""
        assert entry.envelope is not None
        first = self._first[identity(entry.envelope.source, entry.envelope.id)]
        return None if first[_INDEX_BYTES:] == entry.digest[:_DIGEST_BYTES] else self._index(first)

    @staticmethod
    def _index(packed: bytes) -> int:
        return int.from_bytes(packed[:_INDEX_BYTES], "big")
