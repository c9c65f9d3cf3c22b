"""Where a copy of a ledger's records is not the ledger: which record was changed, taken out or put in."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Change", "Comparison", "Difference", "differences"]


class Change(StrEnum):
    CHANGED = "changed"
    TAKEN_OUT = "taken_out"
    PUT_IN = "put_in"


@dataclass(frozen=True, slots=True)
class Difference:
    """`index` is the ledger's; a record that was put in stands before the one with this index.

    Two records that changed places read as one taken out here and put in there.
    """

    index: int
    change: Change


class Comparison:
    """Holds the leaf hashes of a copy, in its own order, to those that the ledger has from `start` to before `end`.

    One difference shifts nothing: what follows is compared where it belongs. `expected` gives the ledger's leaf hash.
    """

    def __init__(self, expected: Callable[[int], bytes], start: int, end: int) -> None:
        self._expected = expected
        self._at = start
        self._end = end
        self._waiting: bytes | None = None

    def add(self, found: bytes) -> Difference | None:
        """The copy's next leaf hash; gives what is wrong with the one before it."""
        before, self._waiting = self._waiting, found
        return None if before is None else self._judge(before, found)

    def finish(self) -> Iterator[Difference]:
        """The copy ends here."""
        if self._waiting is not None and (last := self._judge(self._waiting, None)) is not None:
            yield last
        yield from (Difference(index, Change.TAKEN_OUT) for index in range(self._at, self._end))

    def _judge(self, found: bytes, following: bytes | None) -> Difference | None:
        at = self._at
        if at < self._end and found == self._expected(at):
            self._at += 1
            return None
        if at + 1 < self._end and found == self._expected(at + 1):
            self._at += 2
            return Difference(at, Change.TAKEN_OUT)
        if at >= self._end or (following is not None and following == self._expected(at)):
            return Difference(at, Change.PUT_IN)
        self._at += 1
        return Difference(at, Change.CHANGED)


def differences(
    hashes: Iterable[bytes], expected: Callable[[int], bytes], start: int, end: int
) -> Iterator[Difference]:
    """Everything that `Comparison` finds in a copy's leaf hashes."""
    comparison = Comparison(expected, start, end)
    for each in hashes:
        if (found := comparison.add(each)) is not None:
            yield found
    yield from comparison.finish()
