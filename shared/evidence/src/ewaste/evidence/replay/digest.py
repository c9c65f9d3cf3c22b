"""One digest for the rows of a read model, the same from a stream of records and from a table.

Rows are lines of text. Those of 4,096 consecutive ledger indices make a chunk: its SHA-256 can be computed by the
database, and two sides that differ find out where without showing each other every row. The model's digest is the
SHA-256 over a line per chunk that has rows: `<number>:<digest in hex>\\n`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from ewaste.contracts.events.traceability import ReadModel
from ewaste.evidence.canonical import canonical_digest

__all__ = ["CHUNK_ENTRIES", "STATE_FORMAT", "ModelDigest", "State", "row", "whole"]

CHUNK_ENTRIES: Final = 4_096
STATE_FORMAT: Final = "ewaste.state.v1"


def row(*fields: object) -> bytes:
    """One row as hashed: its fields as text, a tab between them, a line feed at its end; None is empty."""
    return ("\t".join(["" if field is None else str(field) for field in fields]) + "\n").encode()


class ModelDigest:
    """Takes rows in the order of their ledger index; can be asked at any time and goes on."""

    def __init__(self) -> None:
        self.rows = 0
        self._whole = sha256()
        self._chunk = sha256()
        self._number = 0
        self._empty = True

    def add(self, index: int, lines: bytes, rows: int = 1) -> None:
        """The rows of the entry at `index`, which is not before the ones seen."""
        number = index // CHUNK_ENTRIES
        if number != self._number:
            self._close(number)
        self._chunk.update(lines)
        self._empty = False
        self.rows += rows

    def add_chunk(self, number: int, digest: bytes, rows: int) -> None:
        """A whole chunk, as the database has digested it; not to be mixed with `add`."""
        self._whole.update(_line(number, digest))
        self.rows += rows

    def model(self, name: str) -> ReadModel:
        """The digest of everything so far."""
        found = self._whole.copy()
        if not self._empty:
            found.update(_line(self._number, self._chunk.digest()))
        return ReadModel(name=name, rows=self.rows, digest=found.hexdigest())

    def _close(self, number: int) -> None:
        if not self._empty:
            self._whole.update(_line(self._number, self._chunk.digest()))
        self._chunk, self._number, self._empty = sha256(), number, True


def _line(number: int, digest: bytes) -> bytes:
    return b"%d:%s\n" % (number, digest.hex().encode())


def whole(name: str, rows: Iterable[bytes]) -> ReadModel:
    """The digest of a model without ledger indices: one chunk."""
    digest = ModelDigest()
    for one in rows:
        digest.add(0, one)
    return digest.model(name)


@dataclass(frozen=True, slots=True)
class State:
    """The read models after the ledger's first `size` records, which have this root (32 bytes)."""

    size: int
    root: bytes
    models: tuple[ReadModel, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON of all this, hex."""
        return canonical_digest(
            {
                "format": STATE_FORMAT,
                "size": self.size,
                "root": self.root.hex(),
                "models": [each.model_dump() for each in self.models],
            }
        )
