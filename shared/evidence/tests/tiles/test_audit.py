"""The audit of a log's files: clean when whole; one changed, deleted, swapped or inserted record is found and named."""

from collections.abc import Callable

import pytest
from ewaste.evidence.ledger.merkle import leaf_hash, root_of
from ewaste.evidence.tiles.audit import audit, check_bundle
from ewaste.evidence.tiles.growth import leaf_row, subtree_root
from ewaste.evidence.tiles.layout import Tile, decode_bundle, encode_bundle, tiles_of
from hypothesis import given, settings
from hypothesis import strategies as st
from tilelogs import ENTRIES as LOG
from tilelogs import HASHES, memory_log

SIZE = 1_300
ROOT = root_of(HASHES)
FILES = memory_log(LOG)

Files = dict[str, bytes]


def paths(files: Files) -> set[str]:
    return {fault.path for fault in audit(files.get, SIZE, ROOT)}


def with_entries(path: str, change: Callable[[list[bytes]], list[bytes]]) -> Files:
    return {**FILES, path: encode_bundle(change(decode_bundle(FILES[path])))}


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 512, 700, 1_300])
def test_a_whole_log_has_no_fault(size: int) -> None:
    assert audit(memory_log(LOG[:size], 300).get, size, root_of(HASHES[:size])) == []


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_changed_bit_names_its_file(data: st.DataObject) -> None:
    tile = data.draw(st.sampled_from(list(tiles_of(SIZE))))
    old = FILES[tile.path]
    at, bit = data.draw(st.integers(0, len(old) - 1)), data.draw(st.integers(0, 7))
    changed = old[:at] + bytes([old[at] ^ 1 << bit]) + old[at + 1 :]
    assert paths({**FILES, tile.path: changed}) == {tile.path}


@pytest.mark.parametrize("index", [3, 5])
def test_a_changed_entry_is_named_by_its_index(index: int) -> None:
    path = Tile(-1, index, 20 if index == 5 else 256).path
    faults = audit(with_entries(path, lambda old: [*old[:7], b"changed", *old[8:]]).get, SIZE, ROOT)
    assert [(fault.path, fault.first, fault.last) for fault in faults] == [(path, index * 256 + 7, index * 256 + 7)]


def test_two_swapped_entries_are_both_named() -> None:
    files = with_entries("tile/entries/001", lambda old: [*old[:3], old[4], old[3], *old[5:]])
    assert [fault.first for fault in audit(files.get, SIZE, ROOT)] == [259, 260]


@pytest.mark.parametrize(
    "change", [lambda old: [*old[:9], *old[10:]], lambda old: [*old[:9], b"inserted", *old[9:]], lambda old: old[:-1]]
)
def test_a_deleted_or_inserted_entry_spoils_its_bundle(change: Callable[[list[bytes]], list[bytes]]) -> None:
    for path in ("tile/entries/002", "tile/entries/005.p/20"):
        assert paths(with_entries(path, change)) == {path}


@pytest.mark.parametrize("tile", list(tiles_of(SIZE)))
def test_a_missing_file_is_named(tile: Tile) -> None:
    faults = audit({path: content for path, content in FILES.items() if path != tile.path}.get, SIZE, ROOT)
    assert {fault.path for fault in faults} == {tile.path}
    assert (faults[0].first, faults[0].last) == (tile.leaves.start, tile.leaves.stop - 1)


def test_an_entry_changed_with_its_tile_is_named_by_the_tile_above() -> None:
    files = with_entries("tile/entries/003", lambda old: [b"changed", *old[1:]])
    files["tile/0/003"] = leaf_row(decode_bundle(files["tile/entries/003"]))
    faults = audit(files.get, SIZE, ROOT)
    assert [(fault.path, fault.first, fault.last) for fault in faults] == [("tile/0/003", 768, 1_023)]


def test_a_whole_other_history_is_told_by_the_root() -> None:
    other = memory_log([b"changed", *LOG[1:]])
    (fault,) = audit(other.get, SIZE, ROOT)
    assert (fault.path, fault.first, fault.last) == ("checkpoint", 0, SIZE - 1)
    assert ROOT.hex() in fault.what


def test_when_two_of_three_were_changed_nobody_is_acquitted() -> None:
    files = with_entries("tile/entries/000", lambda old: [b"changed", *old[1:]])
    files["tile/0/000"] = bytes(32) + FILES["tile/0/000"][32:]
    assert "tile/0/000" in paths(files)


def test_a_third_level_accuses_the_right_one() -> None:
    """65,600 entries; an entry and its tile changed together must not accuse the tiles above."""
    log = [number.to_bytes(3, "big") for number in range(65_600)]
    root, files = root_of(map(leaf_hash, log)), memory_log(log)
    assert audit(files.get, len(log), root) == []
    files["tile/entries/100"] = encode_bundle([b"changed", *log[25_601:25_856]])
    files["tile/0/100"] = leaf_row(decode_bundle(files["tile/entries/100"]))
    assert {fault.path for fault in audit(files.get, len(log), root)} == {"tile/0/100"}
    files |= memory_log(log)
    files["tile/1/000"] = files["tile/1/000"][:-32] + bytes(32)
    assert {fault.path for fault in audit(files.get, len(log), root)} == {"tile/1/000"}


def test_one_bundle_can_be_checked_alone() -> None:
    checked = check_bundle(FILES.get, SIZE, ROOT, 2)
    assert (checked.start, checked.entries, checked.faults) == (512, LOG[512:768], ())
    assert checked.summary == subtree_root(leaf_row(LOG[512:768]))
