"""The sequence numbers that a ledger shows of each service's source, as ranges without overlap."""

from bisect import bisect_right
from typing import Final

from ewaste.contracts.envelope import Envelope
from ewaste.contracts.fields import Context
from ewaste.contracts.topics import topic_of

__all__ = ["Ranges", "own_number"]

_SUFFIX_OF: Final = {topic_of(context): f":{context}" for context in Context if context is not Context.PARTNER}


def own_number(topic: str, envelope: Envelope) -> int | None:
    """The number that a service's source gave its event; a partner's own numbers are its own affair."""
    suffix = _SUFFIX_OF.get(topic)
    return envelope.sequence_number if suffix is not None and envelope.source.endswith(suffix) else None


class Ranges:
    """A set of numbers; numbers in order cost nothing."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, number: int) -> None:
        """Put one number in; one that is there stays."""
        if self._ends and number == self._ends[-1]:
            self._ends[-1] = number + 1
            return
        place = bisect_right(self._starts, number)
        if place and number < self._ends[place - 1]:
            return
        joins_left = place > 0 and self._ends[place - 1] == number
        joins_right = place < len(self._starts) and self._starts[place] == number + 1
        if joins_left and joins_right:
            self._ends[place - 1] = self._ends.pop(place)
            del self._starts[place]
        elif joins_left:
            self._ends[place - 1] = number + 1
        elif joins_right:
            self._starts[place] = number
        else:
            self._starts.insert(place, number)
            self._ends.insert(place, number + 1)

    def __str__(self) -> str:
        """As PostgreSQL writes an int8multirange: `{[1,5),[7,9)}`."""
        pairs = zip(self._starts, self._ends, strict=True)
        return "{" + ",".join(f"[{start},{end})" for start, end in pairs) + "}"
