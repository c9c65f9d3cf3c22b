"""Names and widths of tiles, and entry bundles, as C2SP tlog-tiles words them."""

import pytest
from ewaste.evidence.tiles.layout import (
    ENTRIES,
    MAX_ENTRY_BYTES,
    BundleError,
    Tile,
    changed_tiles,
    content_path,
    decode_bundle,
    encode_bundle,
    parse_tile_path,
    tile_in,
    tiles_of,
)
from hypothesis import given
from hypothesis import strategies as st

SIZES = [0, 1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000, 131_072, 16_777_216, 16_777_217]


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 67, 1), "tile/0/067.p/1"),
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),
        (Tile(1, 999, 255), "tile/1/999.p/255"),
        (Tile(2, 1_000), "tile/2/x001/000"),
        (Tile(63, 5), "tile/63/005"),
        (Tile(ENTRIES, 1_067, 112), "tile/entries/x001/067.p/112"),
    ],
)
def test_a_tile_has_one_path(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert parse_tile_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0", "tile/00/000", "tile/64/000", "tile/-1/000", "tile/0/x000/001", "tile/0/001/002", "tile/0/x001",
        "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p", "tile/0/000/", "/tile/0/000",
        "tile/data/000", "tile/8/0/000", "tile/0/٠٠٠", "tile/0/000\n", "tile/0/../000", "checkpoint", "",
    ],
)  # fmt: skip
def test_no_other_spelling_is_a_path(path: str) -> None:
    with pytest.raises(ValueError, match=r"no path of a tile|no tile has"):
        parse_tile_path(path)


@given(st.integers(ENTRIES, 63), st.integers(0, 10**12), st.integers(1, 256))
def test_every_tile_is_found_by_its_path(level: int, index: int, width: int) -> None:
    assert parse_tile_path(Tile(level, index, width).path) == Tile(level, index, width)


@pytest.mark.parametrize(("level", "index", "width"), [(-2, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)])
def test_there_are_no_tiles_beyond_the_layout(level: int, index: int, width: int) -> None:
    with pytest.raises(ValueError, match="no tile has level"):
        Tile(level, index, width)


def test_the_tree_of_the_specification() -> None:
    """The example of tlog-tiles, Partial Tiles: 70,000 entries."""
    tiles = [tile for tile in tiles_of(70_000) if tile.level >= 0]
    full = [sum(tile.full for tile in tiles if tile.level == level) for level in range(3)]
    partial = {(tile.level, tile.width) for tile in tiles if not tile.full}
    assert full == [273, 1, 0]
    assert partial == {(0, 112), (1, 17), (2, 1)}
    assert set(tiles_of(256)) == {Tile(ENTRIES, 0), Tile(0, 0), Tile(1, 0, 1)}


@pytest.mark.parametrize("new", [size for size in SIZES if size < 200_000])
def test_what_changes_is_what_the_new_tree_has_and_the_old_has_not(new: int) -> None:
    whole = set(tiles_of(new))
    for old in (size for size in SIZES if size <= new):
        changed = list(changed_tiles(old, new))
        assert set(changed) == whole - set(tiles_of(old))
        assert len(changed) == len(set(changed))


@pytest.mark.parametrize("size", SIZES)
def test_a_growth_by_one_changes_the_right_edge_only(size: int) -> None:
    changed = list(changed_tiles(size, size + 1))
    assert [tile.level for tile in changed][:2] == [ENTRIES, 0]
    assert all(tile_in(tile.level, tile.index, size + 1) == tile for tile in changed)


def test_a_tree_never_shrinks() -> None:
    with pytest.raises(ValueError, match="never goes from size 3 to size 2"):
        list(changed_tiles(3, 2))


@pytest.mark.parametrize(("level", "index"), [(0, 2), (1, 1), (2, 0), (ENTRIES, 2), (0, -1)])
def test_a_tree_has_no_tile_beyond_its_size(level: int, index: int) -> None:
    with pytest.raises(IndexError, match="a tree of size 512 has no tile"):
        tile_in(level, index, 512)


def test_the_leaves_under_a_tile() -> None:
    assert Tile(ENTRIES, 2, 3).leaves == Tile(0, 2, 3).leaves == range(512, 515)
    assert Tile(1, 1, 2).leaves == range(65_536, 66_048)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_gives_its_entries_back(entries: list[bytes]) -> None:
    bundle = encode_bundle(entries)
    assert decode_bundle(bundle, len(entries)) == entries
    assert bundle == b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def test_the_longest_entry_fits_and_no_longer() -> None:
    longest = bytes(MAX_ENTRY_BYTES)
    assert decode_bundle(encode_bundle([longest, b""])) == [longest, b""]
    with pytest.raises(BundleError, match="65536 bytes fits no bundle"):
        encode_bundle([b"", bytes(MAX_ENTRY_BYTES + 1)])


@pytest.mark.parametrize("cut", range(1, 8))
def test_a_bundle_cut_short_is_no_bundle(cut: int) -> None:
    bundle = encode_bundle([b"one", b"two!"])
    with pytest.raises(BundleError):
        decode_bundle(bundle[:-cut], 2)


def test_a_bundle_of_another_width_is_refused() -> None:
    with pytest.raises(BundleError, match="holds 2 entries, not 3"):
        decode_bundle(encode_bundle([b"one", b""]), 3)
    with pytest.raises(BundleError, match="ends inside a length"):
        decode_bundle(b"\x00")


def test_contents_stand_under_their_digest() -> None:
    assert content_path(bytes(range(32))) == f"content/00/{bytes(range(32)).hex()}"
