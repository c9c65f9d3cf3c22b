"""The root over all leaves in one streaming pass, and the root of any prefix afterwards."""

from bisect import bisect_right
from typing import Final

from ewaste.auditor.ledgerfile import LedgerFile
from ewaste.evidence.ledger.merkle import Frontier, leaf_hash

__all__ = ["Tree"]

_MARK_EVERY: Final = 4_096


class Tree:
    """Grows leaf by leaf; memory is one frontier (some 20 hashes) per 4,096 leaves."""

    def __init__(self) -> None:
        self._marks: list[Frontier] = [Frontier()]
        self._waiting: list[bytes] = []

    @property
    def size(self) -> int:
        return self._marks[-1].size + len(self._waiting)

    def add(self, leaf: bytes) -> None:
        self._waiting.append(leaf_hash(leaf))
        if len(self._waiting) == _MARK_EVERY:
            self._marks.append(self._marks[-1].extend(self._waiting))
            self._waiting.clear()

    def root(self) -> bytes:
        """The root over everything added."""
        return self._marks[-1].extend(self._waiting).root()

    def root_at(self, size: int, file: LedgerFile) -> bytes | None:
        """The root over the first `size` leaves, None when there are fewer; reads at most 4,096 leaves again."""
        if size > self.size:
            return None
        mark = self._marks[bisect_right(self._marks, size, key=lambda frontier: frontier.size) - 1]
        return mark.extend(leaf_hash(leaf) for leaf in file.leaves(mark.size, size)).root()
