"""Every tile held to every entry: which file of a log is not what the root says, and which entries are in it.

Three things tell what a tile must hold: the entries under it, the tile itself, and the tile above (at the right edge,
the signed root). Where two agree, the third was changed. `check_bundle` looks at one bundle and its tile and needs
nothing of the others, so that many processes can share a log; `check_upper` holds the rest to what they found.
"""

from collections.abc import Sequence

import msgspec
from ewaste.evidence.ledger.merkle import HASH_BYTES
from ewaste.evidence.tiles.growth import Edge, leaf_row, subtree_root
from ewaste.evidence.tiles.layout import ENTRIES, TILE_BYTES, TILE_WIDTH, Tile, tile_in
from ewaste.evidence.tiles.tree import Read, TileBroken, TileMissing, TileTree, read_bundle, read_row

__all__ = ["CheckedBundle", "TileFault", "audit", "check_bundle", "check_upper"]


class TileFault(msgspec.Struct, frozen=True):
    """A file that is not what it must be: its path, the leaves concerned (first and last index), what is wrong."""

    path: str
    first: int
    last: int
    what: str


class CheckedBundle(msgspec.Struct, frozen=True):
    """The entries of one bundle, the row of leaf hashes to go on with, and what is wrong with bundle or tile.

    With faults ``entries`` is what the file holds, or nothing where it cannot be read: believe none of it.
    """

    start: int
    entries: list[bytes]
    row: bytes
    faults: tuple[TileFault, ...]

    @property
    def summary(self) -> bytes:
        """What `check_upper` needs of it: the tile's hash where it is full, else its row."""
        return subtree_root(self.row) if len(self.row) == TILE_BYTES else self.row


def check_bundle(read: Read, size: int, root: bytes, index: int) -> CheckedBundle:
    """Hold bundle ``index`` of a tree to its tile, and name the one that was changed where they differ."""
    bundle, tile = tile_in(ENTRIES, index, size), tile_in(0, index, size)
    faults: tuple[TileFault, ...] = ()
    try:
        entries = read_bundle(read, bundle)
        row = leaf_row(entries)
    except (TileMissing, TileBroken) as error:
        entries, row, faults = [], b"", (_fault(bundle, str(error)),)
    row, more = _hold(read, size, root, tile, row)
    return CheckedBundle(tile.leaves.start, entries, row, (*faults, *more))


def check_upper(read: Read, size: int, root: bytes, summaries: Sequence[bytes]) -> list[TileFault]:
    """Hold every tile above level 0, and the root, to the summaries of all bundles in order."""
    faults: list[TileFault] = []
    last = b"" if size % TILE_WIDTH == 0 else summaries[-1]
    level, rows, hashes = 0, [last], b"".join(summaries[: size // TILE_WIDTH])
    while hashes:
        level += 1
        found = [
            _hold(read, size, root, tile_in(level, index, size), hashes[at : at + TILE_BYTES])
            for index, at in enumerate(range(0, len(hashes), TILE_BYTES))
        ]
        faults += [fault for _, some in found for fault in some]
        rows.append(found.pop()[0] if len(hashes) % TILE_BYTES else b"")
        hashes = b"".join([subtree_root(row) for row, _ in found])
    if not faults and (made := Edge(size, tuple(rows) if size else ()).root()) != root:
        faults.append(TileFault("checkpoint", 0, size - 1, f"the entries make the root {made.hex()}, not {root.hex()}"))
    return faults


def audit(read: Read, size: int, root: bytes) -> list[TileFault]:
    """Everything that is wrong with the files of a tree; nothing where every byte is as its root says."""
    faults: list[TileFault] = []
    summaries: list[bytes] = []
    for index in range(-(-size // TILE_WIDTH)):
        checked = check_bundle(read, size, root, index)
        faults += checked.faults
        summaries.append(checked.summary)
    # Tiles above are held to rows; where one is lost, they would be accused in its place.
    return faults if not all(summaries) else faults + check_upper(read, size, root, summaries)


def _hold(read: Read, size: int, root: bytes, tile: Tile, computed: bytes) -> tuple[bytes, tuple[TileFault, ...]]:
    """The row to go on with, and what is wrong where what is below makes another row than the tile holds."""
    try:
        stored = read_row(read, tile)
    except (TileMissing, TileBroken) as error:
        return computed, (_fault(tile, str(error)),)
    if not computed or stored == computed:
        return stored, ()
    if _vouched(read, size, root, tile, stored):
        return stored, _changed_below(tile, computed, stored)
    if _vouched(read, size, root, tile, computed):
        return computed, (_fault(tile, "was changed: the entries and what is above it agree with each other"),)
    return stored, (_fault(tile, "agrees neither with the entries under it nor with what is above it"),)


def _changed_below(tile: Tile, computed: bytes, stored: bytes) -> tuple[TileFault, ...]:
    places = [place for place in range(tile.width) if _hash(computed, place) != _hash(stored, place)]
    if tile.level == 0:
        what = "was changed: its tile and the root agree with each other"
        path = Tile(ENTRIES, tile.index, tile.width).path
        return tuple(TileFault(path, tile.leaves[place], tile.leaves[place], what) for place in places)
    what = "was changed together with what is under it: the tile above it and the root agree with each other"
    return tuple(_fault(Tile(tile.level - 1, tile.index * TILE_WIDTH + place), what) for place in places)


def _vouched(read: Read, size: int, root: bytes, tile: Tile, row: bytes) -> bool:
    """Whether the tile above this one says that it holds this row; at the right edge, whether the root says so."""
    try:
        if tile.full:
            above, at = divmod(tile.index, TILE_WIDTH)
            parent = read_row(read, tile_in(tile.level + 1, above, size))
            return _hash(parent, at) == subtree_root(row)
        edge = TileTree(read, size).edge_rows()
    except (TileMissing, TileBroken):
        return False
    rows = (*edge[: tile.level], row, *edge[tile.level + 1 :])
    return Edge(size, rows).root() == root


def _hash(row: bytes, place: int) -> bytes:
    return row[place * HASH_BYTES : (place + 1) * HASH_BYTES]


def _fault(tile: Tile, what: str) -> TileFault:
    return TileFault(tile.path, tile.leaves.start, tile.leaves.stop - 1, what)
