"""A tree read from tiles alone: its root, its entries, and proofs in it or in any smaller tree of the same log.

Nothing read is believed here: a proof made from false tiles fails where it is verified, a root where it is compared.
`ewaste.evidence.tiles.audit` says which file is false.
"""

from collections.abc import Callable

from ewaste.evidence.ledger.merkle import HASH_BYTES, Frontier, node_hash
from ewaste.evidence.tiles.growth import Edge, subtree_root
from ewaste.evidence.tiles.layout import (
    ENTRIES,
    TILE_HEIGHT,
    TILE_WIDTH,
    BundleError,
    Tile,
    decode_bundle,
    encode_bundle,
    tile_in,
)

__all__ = ["Read", "TileBroken", "TileMissing", "TileTree", "read_bundle", "read_row"]

Read = Callable[[str], bytes | None]
"""Gives the bytes at a path of the log, or None where there is nothing."""

_KEPT_ROWS = 1_024


class TileMissing(LookupError):
    """A tile that a tree of this size has is not there: fetch it again, or report the log."""


class TileBroken(ValueError):
    """The bytes under this name cannot be this tile: fetch them again, or report the log."""


class TileTree:
    """The tree of ``size`` leaves whose tiles `read` gives; a partial tile may also stand there as its full form.

    Methods raise TileMissing and TileBroken; IndexError for what the tree has not. Rows read are kept, 8 MB at most.
    """

    def __init__(self, read: Read, size: int) -> None:
        self.size = size
        self._read = read
        self._rows: dict[tuple[int, int], bytes] = {}

    def entry(self, index: int) -> bytes:
        """The entry at this index."""
        self._require(index)
        return read_bundle(self._read, tile_in(ENTRIES, index // TILE_WIDTH, self.size))[index % TILE_WIDTH]

    def leaf_hash(self, index: int) -> bytes:
        """The leaf hash at this index."""
        self._require(index)
        return self._perfect(index, 0)

    def root(self, size: int | None = None) -> bytes:
        """The root of this tree, or of the smaller one that it grew from."""
        return self.frontier(size).root()

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """The audit path of leaf ``index``, lowest node first (RFC 9162 §2.1.3.1)."""
        start, end = 0, self._within(size)
        if not start <= index < end:
            raise IndexError(f"leaf {index} is not in a tree of size {end}")
        proof: list[bytes] = []
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                proof.append(self._hash(middle, end))
                end = middle
            else:
                proof.append(self._hash(start, middle))
                start = middle
        return proof[::-1]

    def consistency_proof(self, size1: int, size: int | None = None) -> list[bytes]:
        """The proof that the tree of the first ``size1`` leaves is a prefix (RFC 9162 §2.1.4.1)."""
        start, end = 0, self._within(size)
        if not 0 < size1 <= end:
            raise IndexError(f"no consistency proof from size {size1} to size {end}")
        proof: list[bytes] = []
        while size1 != end:
            middle = start + _split(end - start)
            if size1 <= middle:
                proof.append(self._hash(middle, end))
                end = middle
            else:
                proof.append(self._hash(start, middle))
                start = middle
        # A first tree that is perfect is known to the verifier by its root; it is left out.
        if start > 0:
            proof.append(self._hash(start, end))
        return proof[::-1]

    def frontier(self, size: int | None = None) -> Frontier:
        """What a tree of this size grows from; partial tiles of that time need not be there any more."""
        end = self._within(size)
        peaks, start = [], 0
        while start < end:
            height = (end - start).bit_length() - 1
            peaks.append(self._perfect(start, height))
            start += 1 << height
        return Frontier(end, tuple(peaks))

    def edge(self) -> Edge:
        """The partial tiles at the right: what the log needs to go on."""
        index, width = divmod(self.size, TILE_WIDTH)
        last = read_bundle(self._read, Tile(ENTRIES, index, width)) if width else []
        return Edge(self.size, self.edge_rows(), encode_bundle(last))

    def edge_rows(self) -> tuple[bytes, ...]:
        """The partial tile of each level, empty where the level ends with a full one: what the root is made of."""
        rows: list[bytes] = []
        while count := self.size >> TILE_HEIGHT * len(rows):
            index, width = divmod(count, TILE_WIDTH)
            rows.append(self._row(len(rows), index) if width else b"")
        return tuple(rows)

    def _hash(self, start: int, end: int) -> bytes:
        """The hash over leaves that start where a subtree of at least this width starts."""
        peaks: list[bytes] = []
        while start < end:
            height = (end - start).bit_length() - 1
            peaks.append(self._perfect(start, height))
            start += 1 << height
        found = peaks.pop()
        while peaks:
            found = node_hash(peaks.pop(), found)
        return found

    def _perfect(self, start: int, height: int) -> bytes:
        """The root of the perfect subtree of 2**height leaves from ``start``, which is a multiple of that."""
        level, within = divmod(height, TILE_HEIGHT)
        index, at = divmod(start >> TILE_HEIGHT * level, TILE_WIDTH)
        row = self._row(level, index)
        return subtree_root(row[at * HASH_BYTES : (at + (1 << within)) * HASH_BYTES])

    def _row(self, level: int, index: int) -> bytes:
        row = self._rows.get((level, index))
        if row is None:
            if len(self._rows) >= _KEPT_ROWS:
                self._rows.clear()
            row = self._rows[level, index] = read_row(self._read, tile_in(level, index, self.size))
        return row

    def _within(self, size: int | None) -> int:
        if size is None:
            return self.size
        if not 0 <= size <= self.size:
            raise IndexError(f"a tree of size {size} is not within one of size {self.size}")
        return size

    def _require(self, index: int) -> None:
        if not 0 <= index < self.size:
            raise IndexError(f"leaf {index} is not in a tree of size {self.size}")


def read_row(read: Read, tile: Tile) -> bytes:
    """The hashes of this tile, from its partial form or from the full one. Raises TileMissing, TileBroken."""
    found, content = _first_of(read, tile)
    if len(content) != found.width * HASH_BYTES:
        raise TileBroken(f"{found.path} has {len(content)} bytes, not {found.width * HASH_BYTES}")
    return content[: tile.width * HASH_BYTES]


def read_bundle(read: Read, tile: Tile) -> list[bytes]:
    """The entries of this bundle, from its partial form or from the full one. Raises TileMissing, TileBroken."""
    found, content = _first_of(read, tile)
    try:
        return decode_bundle(content, found.width)[: tile.width]
    except BundleError as error:
        raise TileBroken(f"{found.path}: {error}") from error


def _first_of(read: Read, tile: Tile) -> tuple[Tile, bytes]:
    # A partial tile may be deleted once the full one is there (tlog-tiles, Partial Tiles).
    for form in (tile,) if tile.full else (tile, tile.whole):
        if (content := read(form.path)) is not None:
            return form, content
    raise TileMissing(f"{tile.path} is not there, and the tree has it")


def _split(size: int) -> int:
    """The largest power of two smaller than size (size > 1)."""
    return 1 << (size - 1).bit_length() - 1
