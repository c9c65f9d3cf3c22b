"""A tree read back from tiles alone: entries, roots and proofs, in the tree and in every smaller one."""

import os

import pytest
from ewaste.evidence.ledger import merkle
from ewaste.evidence.ledger.merkle import ProofError, verify_consistency, verify_inclusion
from ewaste.evidence.tiles.growth import Edge, grow
from ewaste.evidence.tiles.layout import Tile
from ewaste.evidence.tiles.tree import TileBroken, TileMissing, TileTree
from tilelogs import ENTRIES as LOG
from tilelogs import HASHES, memory_log, tree

ROOTS = [merkle.root_of(HASHES[:size]) for size in range(131)]
LARGE = [255, 256, 257, 511, 512, 513, 1_300]
# All 256 bits of every hash of all 130 trees take minutes; by default each hash has one bit flipped, another each time.
EVERY_BIT = bool(os.environ.get("EWASTE_EXHAUSTIVE"))


def flipped(proof: list[bytes], turn: int) -> list[list[bytes]]:
    """The proof with one bit wrong: each bit in turn, or one of each hash."""
    broken = []
    for place, each in enumerate(proof):
        bits = range(256) if EVERY_BIT else [(turn * 37 + place * 101) % 256]
        for bit in bits:
            wrong = int.from_bytes(each, "big") ^ 1 << bit
            broken.append([*proof[:place], wrong.to_bytes(32, "big"), *proof[place + 1 :]])
    return broken


@pytest.mark.parametrize("size", range(1, 131))
def test_every_leaf_of_every_small_tree_is_proven_and_no_bit_may_differ(size: int) -> None:
    small = tree(LOG[:size])
    for index in range(size):
        proof = small.inclusion_proof(index)
        assert proof == merkle.inclusion_proof(HASHES[:size], index)
        verify_inclusion(HASHES[index], index, size, proof, ROOTS[size])
        for broken in flipped(proof, size + index):
            with pytest.raises(ProofError):
                verify_inclusion(HASHES[index], index, size, broken, ROOTS[size])


@pytest.mark.parametrize("size", range(1, 131))
def test_every_prefix_of_every_small_tree_is_proven_and_no_bit_may_differ(size: int) -> None:
    small = tree(LOG[:size])
    for size1 in range(1, size + 1):
        proof = small.consistency_proof(size1)
        assert proof == merkle.consistency_proof(HASHES[:size], size1)
        verify_consistency(size1, size, proof, ROOTS[size1], ROOTS[size])
        for broken in flipped(proof, size + size1):
            with pytest.raises(ProofError):
                verify_consistency(size1, size, broken, ROOTS[size1], ROOTS[size])


@pytest.mark.parametrize("size", LARGE)
@pytest.mark.parametrize("batch", [None, 7, 256, 300])
def test_large_trees_prove_every_smaller_one(size: int, batch: int | None) -> None:
    large = tree(LOG[:size], batch)
    assert large.root() == merkle.root_of(HASHES[:size])
    for smaller in [1, 2, 128, *(each for each in LARGE if each <= size)]:
        root = merkle.root_of(HASHES[:smaller])
        assert large.root(smaller) == root
        verify_consistency(smaller, size, large.consistency_proof(smaller), root, large.root())
        for index in {0, smaller // 2, smaller - 1}:
            verify_inclusion(HASHES[index], index, smaller, large.inclusion_proof(index, smaller), root)


def test_entries_and_leaf_hashes_come_back() -> None:
    whole = tree(LOG, 300)
    assert [whole.entry(index) for index in range(len(LOG))] == LOG
    assert [whole.leaf_hash(index) for index in range(len(LOG))] == HASHES


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600, 1_300])
def test_the_edge_read_back_goes_on_as_if_never_lost(size: int) -> None:
    read = TileTree(memory_log(LOG[:size]).get, size).edge()
    assert read == grow(Edge(), LOG[:size]).edge
    assert grow(read, LOG[size:]).edge.root() == merkle.root_of(HASHES)


def test_a_partial_tile_that_went_is_read_from_its_full_form() -> None:
    old, new = memory_log(LOG[:300]), memory_log(LOG[:700])
    assert set(old) - set(new) == {"tile/entries/001.p/44", "tile/0/001.p/44", "tile/1/000.p/1"}
    new["tile/1/000.p/1"] = old["tile/1/000.p/1"]
    assert TileTree(new.get, 300).root() == merkle.root_of(HASHES[:300])
    assert TileTree(new.get, 300).edge() == TileTree(old.get, 300).edge()


def test_what_a_tree_has_not() -> None:
    small = tree(LOG[:5])
    for call in (
        lambda: small.entry(5),
        lambda: small.leaf_hash(-1),
        lambda: small.root(6),
        lambda: small.inclusion_proof(5),
        lambda: small.inclusion_proof(0, 6),
        lambda: small.consistency_proof(0),
        lambda: small.consistency_proof(4, 3),
    ):
        with pytest.raises(IndexError):
            call()
    assert small.root(0) == TileTree({}.get, 0).root() == merkle.EMPTY_ROOT


@pytest.mark.parametrize("path", ["tile/0/000.p/5", "tile/entries/000.p/5"])
def test_missing_and_broken_tiles_are_named(path: str) -> None:
    files = memory_log(LOG[:5])
    for content, error in ((None, TileMissing), (files[path][:-1], TileBroken), (files[path] + b"\x00", TileBroken)):
        changed = {name: each for name, each in files.items() if name != path}
        if content is not None:
            changed[path] = content
        with pytest.raises(error, match=path):
            TileTree(changed.get, 5).edge()


def test_many_rows_are_read_without_keeping_all() -> None:
    """A tree of a million leaves, made of one tile of zeros, so that only names and widths count."""
    size = 1 << 20
    asked: set[str] = set()

    def zeros(path: str) -> bytes:
        asked.add(path)
        return bytes(8_192 if ".p/" not in path else 32 * int(path.rpartition("/")[2]))

    large = TileTree(zeros, size)
    for index in range(0, size, 700):
        large.leaf_hash(index)
    assert len(asked) > 1_024
    assert large.leaf_hash(0) == bytes(32)
    assert Tile(2, 0, 16).path not in asked
    large.inclusion_proof(5)
    assert Tile(2, 0, 16).path in asked


@pytest.mark.parametrize("size", [0, 1, 2, 3, *LARGE])
def test_what_a_smaller_tree_grows_from_is_read_without_its_own_partial_tiles(size: int) -> None:
    assert tree(LOG[:1_300]).frontier(size) == merkle.Frontier().extend(HASHES[:size])
