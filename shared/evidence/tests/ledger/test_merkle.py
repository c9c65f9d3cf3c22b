"""The tree of RFC 6962: known roots, every small tree, growth, and refusal of everything that is not a proof."""

from hashlib import sha256

import pytest
from ewaste.evidence.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    FrontierError,
    ProofError,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from hypothesis import given
from hypothesis import strategies as st

LARGEST = 64
HASHES = [leaf_hash(bytes([number])) for number in range(LARGEST)]
ROOTS = [root_of(HASHES[:size]) for size in range(LARGEST + 1)]

# The leaves and roots of the tests of RFC 6962's reference implementation.
RFC_LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
RFC_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def recursive_root(hashes: list[bytes]) -> bytes:
    """MTH of RFC 9162 §2.1.1, written as the RFC says it."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node_hash(recursive_root(hashes[:split]), recursive_root(hashes[split:]))


@pytest.mark.parametrize("size", range(len(RFC_ROOTS)))
def test_known_roots(size: int) -> None:
    assert root_of(leaf_hash(leaf) for leaf in RFC_LEAVES[:size]).hex() == RFC_ROOTS[size]


@pytest.mark.parametrize("size", range(LARGEST + 1))
def test_a_root_is_what_the_rfc_defines(size: int) -> None:
    assert ROOTS[size] == recursive_root(HASHES[:size])


@pytest.mark.parametrize("size", range(1, LARGEST + 1))
def test_every_leaf_of_every_small_tree_is_proven_at_its_index_only(size: int) -> None:
    for index in range(size):
        proof = inclusion_proof(HASHES[:size], index)
        verify_inclusion(HASHES[index], index, size, proof, ROOTS[size])
        for wrong in {0, size - 1, index ^ 1, index + 1, size} - {index}:
            with pytest.raises(ProofError):
                verify_inclusion(HASHES[index], wrong, size, proof, ROOTS[size])
        for broken in ([*proof, ROOTS[1]], proof[1:], proof[:-1], [ROOTS[1], *proof]):
            if broken != proof:
                with pytest.raises(ProofError):
                    verify_inclusion(HASHES[index], index, size, broken, ROOTS[size])


@pytest.mark.parametrize("size2", range(1, LARGEST + 1))
def test_every_prefix_of_every_small_tree_is_proven_at_its_size_only(size2: int) -> None:
    for size1 in range(1, size2 + 1):
        proof = consistency_proof(HASHES[:size2], size1)
        verify_consistency(size1, size2, proof, ROOTS[size1], ROOTS[size2])
        for broken in ([*proof, ROOTS[1]], proof[:-1], [b"\x00" * 32, *proof[1:]]):
            if broken != proof:
                with pytest.raises(ProofError):
                    verify_consistency(size1, size2, broken, ROOTS[size1], ROOTS[size2])
        for root1, root2 in ((ROOTS[size1 - 1], ROOTS[size2]), (ROOTS[size1], ROOTS[size2 - 1])):
            with pytest.raises(ProofError):
                verify_consistency(size1, size2, proof, root1, root2)


def test_no_size_claims_to_extend_the_empty_tree() -> None:
    for size in (0, 1, 5):
        with pytest.raises(ProofError, match="no consistency from size 0"):
            verify_consistency(0, size, [], EMPTY_ROOT, ROOTS[size])


@pytest.mark.parametrize("size1", [-1, 0, 6])
def test_no_consistency_proof_from_nowhere(size1: int) -> None:
    with pytest.raises(IndexError, match=f"from size {size1} to size 5"):
        consistency_proof(HASHES[:5], size1)


@pytest.mark.parametrize("index", [-1, 5])
def test_no_inclusion_proof_of_a_leaf_outside(index: int) -> None:
    with pytest.raises(IndexError, match=f"leaf {index} is not in a tree of size 5"):
        inclusion_proof(HASHES[:5], index)


def test_hashes_of_another_length_prove_nothing() -> None:
    short, proof, root = HASHES[0][:31], inclusion_proof(HASHES[:3], 0), ROOTS[3]
    for leaf, path, top in ((short, proof, root), (HASHES[0], [short, proof[1]], root), (HASHES[0], proof, b"")):
        with pytest.raises(ProofError, match="a hash has 32 bytes"):
            verify_inclusion(leaf, 0, 3, path, top)
    for path, root1, root2 in (([short], ROOTS[1], ROOTS[2]), ([], b"", b""), ([], b"x", b"x")):
        with pytest.raises(ProofError, match="a hash has 32 bytes"):
            verify_consistency(1, 2, path, root1, root2)


@given(st.lists(st.integers(0, 70), max_size=6))
def test_a_frontier_grown_in_any_steps_has_the_root_of_all(steps: list[int]) -> None:
    hashes = [sha256(str(number).encode()).digest() for number in range(sum(steps))]
    frontier, taken = Frontier(), 0
    for step in steps:
        frontier = frontier.extend(hashes[taken : taken + step])
        taken += step
        assert Frontier.from_bytes(frontier.to_bytes()) == frontier
    assert (frontier.size, frontier.root()) == (len(hashes), recursive_root(hashes))


def test_one_at_a_time_equals_all_at_once() -> None:
    frontier = Frontier()
    for size, each in enumerate(HASHES):
        assert frontier.root() == ROOTS[size]
        frontier = frontier.append(each)
    assert frontier == Frontier().extend(HASHES)


def test_growing_leaves_the_old_frontier_true() -> None:
    old = Frontier().extend(HASHES[:5])
    old.extend(HASHES[5:])
    assert (old.size, old.root()) == (5, ROOTS[5])


def test_a_hash_of_another_length_does_not_enter_the_tree() -> None:
    with pytest.raises(FrontierError, match="a hash has 32 bytes, not 31"):
        Frontier().append(HASHES[0][:31])


def test_a_stored_frontier_is_read_strictly() -> None:
    stored = Frontier().extend(HASHES[:5]).to_bytes()
    for broken in (
        b"",
        stored[:7],
        stored[:-1],
        stored[:-32],
        stored + b"\x00" * 32,
        b"\x00" * 7 + b"\x04" + stored[8:],
    ):
        with pytest.raises(FrontierError):
            Frontier.from_bytes(broken)
