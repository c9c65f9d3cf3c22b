"""Tiles held to a root before anybody uses them: each to the tile above it, those at the right edge to the root."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from ewaste.evidence.ledger.merkle import HASH_BYTES
from ewaste.evidence.tiles.growth import Edge, leaf_row, subtree_root
from ewaste.evidence.tiles.layout import ENTRIES, TILE_WIDTH, Tile, parse_tile_path, tile_in
from ewaste.evidence.tiles.tree import Read, TileBroken, TileMissing, TileTree, read_bundle, read_row

__all__ = ["TrustedTiles"]

T = TypeVar("T")

_KEPT_ROWS = 1_024


class TrustedTiles:
    """The tiles of the tree with this size and root, from the first place that gives them as the root says.

    Methods raise TileMissing, and TileBroken for bytes that are not what the root says. 8 MB are kept.
    """

    def __init__(self, read: Read, size: int, root: bytes, *others: Read) -> None:
        self.size = size
        self._read = read
        self._others = others
        self._root = root
        self._edge: tuple[bytes, ...] | None = None
        self._rows: dict[tuple[int, int], bytes] = {}

    def check_root(self) -> None:
        """Return when the tiles at the right edge make the root, of which everything else hangs."""
        self._edge_rows()

    def row(self, level: int, index: int) -> bytes:
        """The hashes of this tile, as many as this tree has of them."""
        tile = tile_in(level, index, self.size)
        if not tile.full:
            return self._edge_rows()[level]
        if (found := self._rows.get((level, index))) is None:
            found = self._first(lambda read: self.accept(tile, read_row(read, tile)))
            if len(self._rows) >= _KEPT_ROWS:
                self._rows.clear()
            self._rows[level, index] = found
        return found

    def accept(self, tile: Tile, row: bytes) -> bytes:
        """These hashes, where they are what this tile of the tree holds."""
        if tile.full:
            above, at = divmod(tile.index, TILE_WIDTH)
            expected = self.row(tile.level + 1, above)[at * HASH_BYTES : (at + 1) * HASH_BYTES]
            right = subtree_root(row) == expected
        else:
            right = row == self._edge_rows()[tile.level]
        if not right:
            raise TileBroken(f"{tile.path} is not what the checkpoint's root says")
        return row

    def accept_entries(self, bundle: Tile, entries: list[bytes]) -> list[bytes]:
        """These entries, where they are what this bundle of the tree holds."""
        if leaf_row(entries) != self.row(0, bundle.index):
            raise TileBroken(f"{bundle.path} is not what the checkpoint's root says")
        return entries

    def entries(self, index: int) -> list[bytes]:
        """The entries of this bundle."""
        bundle = tile_in(ENTRIES, index, self.size)
        return self._first(lambda read: self.accept_entries(bundle, read_bundle(read, bundle)))

    def tree(self) -> TileTree:
        """Roots and proofs made of tiles that were held to the root."""
        return TileTree(self._trusted, self.size)

    def _trusted(self, path: str) -> bytes | None:
        tile = parse_tile_path(path)
        return self.row(tile.level, tile.index)

    def _edge_rows(self) -> tuple[bytes, ...]:
        if self._edge is None:
            self._edge = self._first(self._read_edge)
        return self._edge

    def _read_edge(self, read: Read) -> tuple[bytes, ...]:
        edge = TileTree(read, self.size).edge_rows()
        if (made := Edge(self.size, edge).root()) != self._root:
            raise TileBroken(
                f"the tiles at the right edge make the root {made.hex()}; the checkpoint says {self._root.hex()}"
            )
        return edge

    def _first(self, take: Callable[[Read], T]) -> T:
        """From the first place that has it right; what the last one lacks is raised."""
        *before, last = (self._read, *self._others)
        for read in before:
            with suppress(TileMissing, TileBroken):
                return take(read)
        return take(last)
