"""Where a copy of a ledger's records is not the ledger: which record was changed, taken out or put in."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Change", "Difference", "differences"]


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


def differences(
    hashes: Iterable[bytes], expected: Callable[[int], bytes], start: int, end: int
) -> Iterator[Difference]:
    """Hold the leaf hashes of a copy, in its own order, to those that the ledger has from `start` to before `end`.

    One difference shifts nothing: what follows is compared where it belongs. `expected` gives the ledger's leaf hash.
    """
    at = start
    copy = _with_next(hashes)
    for found, following in copy:
        if at < end and found == expected(at):
            at += 1
        elif at + 1 < end and found == expected(at + 1):
            yield Difference(at, Change.TAKEN_OUT)
            at += 2
        elif at >= end or (following is not None and following == expected(at)):
            yield Difference(at, Change.PUT_IN)
        else:
            yield Difference(at, Change.CHANGED)
            at += 1
    for index in range(at, end):
        yield Difference(index, Change.TAKEN_OUT)


def _with_next(hashes: Iterable[bytes]) -> Iterator[tuple[bytes, bytes | None]]:
    before: bytes | None = None
    for each in hashes:
        if before is not None:
            yield before, each
        before = each
    if before is not None:
        yield before, None
