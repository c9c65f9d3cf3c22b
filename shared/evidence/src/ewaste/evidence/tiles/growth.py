"""How a tiled log grows: the right edge that it must remember, and the bytes of every tile that new entries change."""

import struct
from collections.abc import Iterator, Sequence
from hashlib import sha256

import msgspec
from ewaste.evidence.ledger.merkle import HASH_BYTES, Frontier
from ewaste.evidence.tiles.layout import (
    ENTRIES,
    TILE_BYTES,
    TILE_HEIGHT,
    TILE_WIDTH,
    Tile,
    decode_bundle,
    encode_bundle,
)

__all__ = ["Edge", "EdgeError", "Growth", "grow", "leaf_row", "subtree_root"]

_PAIRS = struct.Struct(f"{2 * HASH_BYTES}s")
_LEAF = sha256(b"\x00")
_NODE = sha256(b"\x01")


class EdgeError(ValueError):
    """Rows or bundle do not make a tree of this size: read the edge from the tiles again."""


class Edge(msgspec.Struct, frozen=True):
    """The partial tiles of a tree: with them and new entries, and nothing else, the log goes on.

    ``rows[l]`` is the partial tile of level l (empty where the level ends with a full tile), ``bundle`` the partial
    entry bundle. Immutable, so an append that fails leaves the old one true. Raises EdgeError when parts do not fit.
    """

    size: int = 0
    rows: tuple[bytes, ...] = ()
    bundle: bytes = b""

    def __post_init__(self) -> None:
        wanted = [self.size >> TILE_HEIGHT * level for level in range(len(self.rows) + 1)]
        widths = [count % TILE_WIDTH * HASH_BYTES for count in wanted[:-1]]
        if wanted[-1] or [len(row) for row in self.rows] != widths or (self.rows and not wanted[-2]):
            raise EdgeError(f"{len(self.rows)} rows do not make the edge of a tree of size {self.size}")

    def frontier(self) -> Frontier:
        """The roots of the perfect subtrees, largest first: what `merkle` grows."""
        return Frontier(self.size, tuple(peak for row in reversed(self.rows) for peak in _peaks(row)))

    def root(self) -> bytes:
        """The root of the tree."""
        return self.frontier().root()


class Growth(msgspec.Struct, frozen=True):
    """What an append makes: the new edge and every changed tile, bundles first, a level above after those below."""

    edge: Edge
    tiles: dict[Tile, bytes]


def grow(edge: Edge, entries: Sequence[bytes]) -> Growth:
    """The log with these entries added in order: about two hashes an entry, however the entries are batched.

    Raises BundleError when an entry has more than 65,535 bytes.
    """
    if not entries:
        return Growth(edge, {})
    tiles: dict[Tile, bytes] = {}
    bundle = _grow_bundles(edge, entries, tiles)
    rows: list[bytes] = []
    arriving = leaf_row(entries)
    while arriving or len(rows) < len(edge.rows):
        arriving = _grow_row(edge, rows, arriving, tiles)
    return Growth(Edge(edge.size + len(entries), tuple(rows), bundle), tiles)


def leaf_row(entries: Sequence[bytes]) -> bytes:
    """The leaf hashes of these entries, one after the other: what a tile of level 0 holds (RFC 9162 §2.1.1)."""
    # A copied hash that knows its first byte spares copying the entry behind it.
    start, hashes = _LEAF.copy, []
    for entry in entries:
        hasher = start()
        hasher.update(entry)
        hashes.append(hasher.digest())
    return b"".join(hashes)


def subtree_root(row: bytes) -> bytes:
    """The root over a power of two of hashes that stand side by side (RFC 9162 §2.1.1)."""
    start = _NODE.copy
    while len(row) > HASH_BYTES:
        hashes = []
        for (pair,) in _PAIRS.iter_unpack(row):
            hasher = start()
            hasher.update(pair)
            hashes.append(hasher.digest())
        row = b"".join(hashes)
    return row


def _grow_bundles(edge: Edge, entries: Sequence[bytes], tiles: dict[Tile, bytes]) -> bytes:
    index, old = divmod(edge.size, TILE_WIDTH)
    # The edge was read from a tile; one that does not hold what its size says would give a bundle of another width.
    decode_bundle(edge.bundle, old)
    bundle, taken = edge.bundle, 0
    while taken < len(entries):
        some = entries[taken : taken + TILE_WIDTH - old]
        bundle += encode_bundle(some)
        tiles[Tile(ENTRIES, index, old + len(some))] = bundle
        taken += len(some)
        if old + len(some) == TILE_WIDTH:
            index, old, bundle = index + 1, 0, b""
    return bundle


def _grow_row(edge: Edge, rows: list[bytes], arriving: bytes, tiles: dict[Tile, bytes]) -> bytes:
    """Add hashes to the next level's row; give the hashes that its full tiles add to the level above."""
    level = len(rows)
    row = (edge.rows[level] if level < len(edge.rows) else b"") + arriving
    index = edge.size >> TILE_HEIGHT * (level + 1)
    whole = len(row) - len(row) % TILE_BYTES
    full = [row[at : at + TILE_BYTES] for at in range(0, whole, TILE_BYTES)]
    for number, content in enumerate(full):
        tiles[Tile(level, index + number)] = content
    rows.append(row[whole:])
    if arriving and rows[-1]:
        tiles[Tile(level, index + len(full), len(rows[-1]) // HASH_BYTES)] = rows[-1]
    return b"".join([subtree_root(content) for content in full])


def _peaks(row: bytes) -> Iterator[bytes]:
    """The roots of the largest perfect subtrees that make up a row, left to right."""
    at, width = 0, len(row) // HASH_BYTES
    for height in range(TILE_HEIGHT - 1, -1, -1):
        if width >> height & 1:
            end = at + (HASH_BYTES << height)
            yield subtree_root(row[at:end])
            at = end
