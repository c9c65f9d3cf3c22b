"""Small logs for tests: entries that differ, the tiles of a tree in memory, and the model they are held to."""

from collections.abc import Sequence

from ewaste.evidence.ledger.merkle import leaf_hash
from ewaste.evidence.tiles.growth import Edge, grow
from ewaste.evidence.tiles.tree import TileTree

__all__ = ["ENTRIES", "HASHES", "entry", "memory_log", "tree"]


def entry(number: int) -> bytes:
    """An entry unlike any other, of 2 to 40 bytes."""
    return (f"{number}:".encode() * (number % 9 + 1))[:40]


ENTRIES = [entry(number) for number in range(1_300)]
HASHES = [leaf_hash(each) for each in ENTRIES]


def memory_log(entries: Sequence[bytes], batch: int | None = None) -> dict[str, bytes]:
    """Every tile that was written while the log grew in batches."""
    edge, files = Edge(), dict[str, bytes]()
    step = batch or len(entries) or 1
    for start in range(0, len(entries), step):
        growth = grow(edge, entries[start : start + step])
        files |= {tile.path: content for tile, content in growth.tiles.items()}
        edge = growth.edge
    return files


def tree(entries: Sequence[bytes], batch: int | None = None) -> TileTree:
    """The tree over these entries, read from its tiles."""
    return TileTree(memory_log(entries, batch).get, len(entries))
