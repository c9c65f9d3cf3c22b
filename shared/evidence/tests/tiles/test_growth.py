"""Growth of a tiled log: the same tiles whatever the batches, the root of the tree, edges that fit or are refused."""

from hashlib import sha256

import pytest
from ewaste.evidence.ledger.merkle import EMPTY_ROOT, HASH_BYTES, Frontier, leaf_hash, root_of
from ewaste.evidence.tiles.growth import Edge, EdgeError, grow, leaf_row, subtree_root
from ewaste.evidence.tiles.layout import (
    ENTRIES,
    MAX_ENTRY_BYTES,
    BundleError,
    Tile,
    changed_tiles,
    decode_bundle,
    tile_in,
    tiles_of,
)
from hypothesis import given
from hypothesis import strategies as st
from tilelogs import ENTRIES as LOG
from tilelogs import HASHES, memory_log

BOUNDARIES = [0, 1, 2, 254, 255, 256, 257, 511, 512, 513, 1_299, 1_300]


@pytest.mark.parametrize("new", BOUNDARIES)
def test_growth_makes_exactly_the_tiles_that_change(new: int) -> None:
    for old in (size for size in BOUNDARIES if size <= new):
        edge = grow(Edge(), LOG[:old]).edge
        growth = grow(edge, LOG[old:new])
        assert list(growth.tiles) == list(changed_tiles(old, new))
        assert growth.edge == grow(Edge(), LOG[:new]).edge


@pytest.mark.parametrize("size", BOUNDARIES)
def test_an_edge_has_the_root_of_its_tree(size: int) -> None:
    edge = grow(Edge(), LOG[:size]).edge
    assert edge.root() == root_of(HASHES[:size])
    assert edge.frontier() == Frontier().extend(HASHES[:size])


def test_tiles_hold_what_the_specification_says() -> None:
    """tlog-tiles, Merkle Tree: hash i of tile n at level l is MTH(D[(n·256 + i)·256**l : (n·256 + i + 1)·256**l])."""
    files = memory_log(LOG)
    for tile in tiles_of(len(LOG)):
        content = files[tile.path]
        if tile.level == ENTRIES:
            assert decode_bundle(content, tile.width) == LOG[tile.leaves.start : tile.leaves.stop]
            continue
        span = 256**tile.level
        spans = range(tile.leaves.start, tile.leaves.stop, span)
        assert content == b"".join(root_of(HASHES[start : start + span]) for start in spans)


@given(st.lists(st.integers(0, 300), max_size=6))
def test_batches_change_no_byte(steps: list[int]) -> None:
    edge, files, size = Edge(), dict[str, bytes](), 0
    for step in steps:
        growth = grow(edge, LOG[size : size + step])
        edge, size = growth.edge, min(size + step, len(LOG))
        for tile, content in growth.tiles.items():
            assert files.setdefault(tile.path, content) == content
    at_once = memory_log(LOG[:size])
    assert {path: files[path] for path in at_once} == at_once
    assert edge == grow(Edge(), LOG[:size]).edge


def test_the_third_level_grows() -> None:
    """65,537 entries: a full tile of level 1 and the first hash of level 2."""
    entries = [number.to_bytes(3, "big") for number in range(65_537)]
    growth = grow(grow(Edge(), entries[:65_000]).edge, entries[65_000:])
    assert growth.tiles[Tile(2, 0, 1)] == subtree_root(growth.tiles[Tile(1, 0)])
    assert growth.edge.root() == root_of([leaf_hash(entry) for entry in entries])
    assert tile_in(1, 1, 65_537 + 256) not in growth.tiles


def test_nothing_added_changes_nothing() -> None:
    edge = grow(Edge(), LOG[:300]).edge
    assert grow(edge, []).tiles == {}
    assert grow(edge, []).edge == edge
    assert Edge().root() == EMPTY_ROOT


def test_an_entry_too_long_leaves_the_old_edge_true() -> None:
    edge = grow(Edge(), LOG[:5]).edge
    with pytest.raises(BundleError, match="65536 bytes fits no bundle"):
        grow(edge, [bytes(MAX_ENTRY_BYTES + 1)])
    assert grow(edge, LOG[5:9]).edge.root() == root_of(HASHES[:9])


@pytest.mark.parametrize(
    ("size", "rows"),
    [
        (-1, ()),
        (0, (b"",)),
        (1, ()),
        (1, (bytes(31),)),
        (1, (bytes(64),)),
        (1, (bytes(32), b"")),
        (256, (b"",)),
        (256, (bytes(32), bytes(32))),
        (257, (bytes(32), b"")),
    ],
)
def test_rows_that_do_not_make_an_edge_are_refused(size: int, rows: tuple[bytes, ...]) -> None:
    with pytest.raises(EdgeError, match=f"do not make the edge of a tree of size {size}"):
        Edge(size, rows)


def test_a_bundle_of_another_width_than_the_edge_is_refused() -> None:
    edge = grow(Edge(), LOG[:3]).edge
    with pytest.raises(BundleError, match="holds 2 entries, not 3"):
        grow(Edge(3, edge.rows, grow(Edge(), LOG[:2]).edge.bundle), LOG[3:4])


def test_known_bytes() -> None:
    """Golden: a tree of 300 entries, so that no change of this code changes a published log unseen."""
    files = memory_log(LOG[:300])
    digest = sha256(b"".join(path.encode() + b"\x00" + files[path] for path in sorted(files))).hexdigest()
    assert digest == "6b07038acae8ca5f38e8ab4d126074406e10a65f46d5312ee08ff502ad1ac9d9"
    assert leaf_row([b""]) == sha256(b"\x00").digest()
    assert len(subtree_root(leaf_row(LOG[:256]))) == HASH_BYTES
