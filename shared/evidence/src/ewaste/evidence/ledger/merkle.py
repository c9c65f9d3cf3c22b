"""The RFC 6962 Merkle tree over SHA-256 (RFC 9162 §2.1): roots, inclusion and consistency proofs.

Hashes are 32 raw bytes, indexes count from 0, a tree of size n holds the leaves 0..n-1.
"""

import struct
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Self

import msgspec

__all__ = [
    "EMPTY_ROOT",
    "HASH_BYTES",
    "Frontier",
    "FrontierError",
    "ProofError",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "root_of",
    "verify_consistency",
    "verify_inclusion",
]

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

_SIZE = struct.Struct(">Q")


class ProofError(ValueError):
    """The proof does not show what it claims: treat the claim as false."""


class FrontierError(ValueError):
    """The hashes or the stored frontier are broken: rebuild the frontier from the leaves."""


def leaf_hash(leaf: bytes) -> bytes:
    """Hash of one leaf: SHA-256(0x00 ‖ leaf)."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier(msgspec.Struct, frozen=True):
    """All that a tree must remember to grow: its size and the roots of its perfect subtrees, largest first.

    Immutable: `append` and `extend` return the grown frontier, so a transaction that fails leaves the old one true.
    Raises FrontierError when the peaks do not fit the size.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.peaks) != self.size.bit_count():
            raise FrontierError(f"{len(self.peaks)} peaks do not make a tree of size {self.size}")
        _require_hashes(self.peaks, FrontierError)

    def append(self, hash_of_leaf: bytes) -> "Frontier":
        """The frontier with one more leaf. Raises FrontierError unless the hash has 32 bytes."""
        return self.extend((hash_of_leaf,))

    def extend(self, leaf_hashes: Iterable[bytes]) -> "Frontier":
        """The frontier with these leaves added in order: one node hash per leaf, however many there are.

        Raises FrontierError unless every hash has 32 bytes.
        """
        row = list(leaf_hashes)
        _require_hashes(row, FrontierError)
        size = self.size + len(row)
        old = list(self.peaks)
        peaks: list[bytes] = []
        level = 0
        while row or old:
            # The old peak of a level is the left neighbour of everything new on that level.
            if self.size >> level & 1:
                row.insert(0, old.pop())
            if len(row) & 1:
                peaks.append(row.pop())
            row = [sha256(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=True)]
            level += 1
        return Frontier(size, tuple(reversed(peaks)))

    def root(self) -> bytes:
        """The root hash; of the empty tree, SHA-256 of nothing."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in self.peaks[-2::-1]:
            root = node_hash(peak, root)
        return root

    def to_bytes(self) -> bytes:
        """Size (8 bytes, big-endian) followed by the peaks."""
        return _SIZE.pack(self.size) + b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """The frontier of `to_bytes`. Raises FrontierError on anything else."""
        if len(stored) < _SIZE.size or (len(stored) - _SIZE.size) % HASH_BYTES:
            raise FrontierError(f"a stored frontier cannot have {len(stored)} bytes")
        (size,) = _SIZE.unpack_from(stored)
        starts = range(_SIZE.size, len(stored), HASH_BYTES)
        return cls(size, tuple(stored[start : start + HASH_BYTES] for start in starts))


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root over these leaf hashes. Raises FrontierError unless every hash has 32 bytes."""
    return Frontier().extend(leaf_hashes).root()


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of leaf ``index``, lowest node first (RFC 9162 §2.1.3.1).

    Raises IndexError when the tree has no such leaf.
    """
    start, end = 0, len(leaf_hashes)
    if not start <= index < end:
        raise IndexError(f"leaf {index} is not in a tree of size {end}")
    proof: list[bytes] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(root_of(leaf_hashes[middle:end]))
            end = middle
        else:
            proof.append(root_of(leaf_hashes[start:middle]))
            start = middle
    return proof[::-1]


def consistency_proof(leaf_hashes: Sequence[bytes], size1: int) -> list[bytes]:
    """The proof that the tree of the first ``size1`` leaves is a prefix of the whole (RFC 9162 §2.1.4.1).

    Raises IndexError for a size of 0 (an empty tree proves nothing) or beyond the tree.
    """
    start, end = 0, len(leaf_hashes)
    if not 0 < size1 <= end:
        raise IndexError(f"no consistency proof from size {size1} to size {end}")
    proof: list[bytes] = []
    while size1 != end:
        middle = start + _split(end - start)
        if size1 <= middle:
            proof.append(root_of(leaf_hashes[middle:end]))
            end = middle
        else:
            proof.append(root_of(leaf_hashes[start:middle]))
            start = middle
    # A first tree that is perfect is known to the verifier by its root; it is left out.
    if start > 0:
        proof.append(root_of(leaf_hashes[start:end]))
    return proof[::-1]


def verify_inclusion(hash_of_leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Return when ``proof`` shows the leaf at ``index`` of the tree (RFC 9162 §2.1.3.2); else raise ProofError."""
    _require_hashes((hash_of_leaf, root, *proof), ProofError)
    if not 0 <= index < size:
        raise ProofError(f"leaf {index} is not in a tree of size {size}")
    node, last, running = index, size - 1, hash_of_leaf
    for sibling in proof:
        if last == 0:
            raise ProofError(f"proof has {len(proof)} hashes, more than leaf {index} of {size} needs")
        if node & 1 or node == last:
            running = node_hash(sibling, running)
            rise = _rise_to_right_child(node)
            node, last = node >> rise, last >> rise
        else:
            running = node_hash(running, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise ProofError(f"proof has {len(proof)} hashes, fewer than leaf {index} of {size} needs")
    if running != root:
        raise ProofError(f"proof of leaf {index} leads to {running.hex()}, not to root {root.hex()}")


def verify_consistency(size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes) -> None:
    """Return when tree 1 is a prefix of tree 2 (RFC 9162 §2.1.4.2); else raise ProofError.

    Size 0 is refused: every tree extends the empty one, so accepting it would let an unknown root pass as proven.
    """
    if not 0 < size1 <= size2:
        raise ProofError(f"no consistency from size {size1} to size {size2}")
    if size1 == size2:
        # Equality is the whole claim here and nothing is hashed: the published cases accept roots of any length.
        if proof or root1 != root2:
            raise ProofError(f"two trees of size {size1} must have one root and an empty proof")
        return
    _require_hashes((root1, root2, *proof), ProofError)
    if (found := _fold_consistency(size1, size2, proof, root1)) != (root1, root2):
        raise ProofError(f"proof leads to {found[0].hex()} and {found[1].hex()}, not to the two roots")


def _fold_consistency(size1: int, size2: int, proof: Sequence[bytes], root1: bytes) -> tuple[bytes, bytes]:
    path = [root1, *proof] if size1.bit_count() == 1 else list(proof)
    rise = _trailing_ones(size1 - 1)
    node, last = (size1 - 1) >> rise, (size2 - 1) >> rise
    if not proof:
        raise ProofError(f"an empty proof cannot join size {size1} to size {size2}")
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofError(f"proof has {len(proof)} hashes, more than {size1} to {size2} needs")
        if node & 1 or node == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            rise = _rise_to_right_child(node)
            node, last = node >> rise, last >> rise
        else:
            second = node_hash(second, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise ProofError(f"proof has {len(proof)} hashes, fewer than {size1} to {size2} needs")
    return first, second


def _split(size: int) -> int:
    """The largest power of two smaller than size (size > 1)."""
    return 1 << (size - 1).bit_length() - 1


def _rise_to_right_child(node: int) -> int:
    """How many levels up until the node is a right child; 0 at the left edge."""
    return (node & -node).bit_length() - 1 if node else 0


def _trailing_ones(number: int) -> int:
    return (~number & number + 1).bit_length() - 1


def _require_hashes(hashes: Iterable[bytes], error: type[ValueError]) -> None:
    if wrong := {len(each) for each in hashes} - {HASH_BYTES}:
        raise error(f"a hash has {HASH_BYTES} bytes, not {min(wrong)}")
