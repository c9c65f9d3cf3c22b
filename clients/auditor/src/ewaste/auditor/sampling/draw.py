"""Drawing numbers from a root and a nonce, so that anybody draws the same and nobody chose them.

For i = 0, 1, 2, …: SHA-256(root ‖ nonce ‖ i), with root as its 32 bytes, the nonce as UTF-8 as it was given, and i as 8
bytes, big-endian. Both ends have fixed lengths, so no two inputs share their bytes. The 32 bytes are one number v,
big-endian. With N in the population, v counts where v < N · ⌊2²⁵⁶ / N⌋, and draws the member v mod N: every member has
the same chance, which a bare remainder would not give. A v beyond that, and one that draws a member again, is passed
over. The first n drawn are the sample.
"""

from collections.abc import Iterator
from hashlib import sha256
from itertools import count, islice
from typing import Final

from ewaste.evidence.ledger.merkle import HASH_BYTES

__all__ = ["draw", "member", "sample_size"]

_VALUES: Final = 1 << 256
_INDEX_BYTES: Final = 8
_WHOLE: Final = 100


def draw(root: bytes, nonce: str, population: int, wanted: int) -> list[int]:
    """Distinct members of 0 to `population` - 1 in the order drawn; all of them where fewer than `wanted` are there.

    Raises ValueError for a root that has not 32 bytes, an empty nonce or a negative number.
    """
    if len(root) != HASH_BYTES or not nonce or population < 0 or wanted < 0:
        raise ValueError("a sample needs a root of 32 bytes, a nonce, and numbers from 0 on")
    return list(islice(_distinct(root, nonce.encode(), population), min(wanted, population)))


def member(block: bytes, population: int) -> int | None:
    """The member that these 32 bytes draw, None where they are passed over."""
    value = int.from_bytes(block, "big")
    return value % population if value < _VALUES // population * population else None


def sample_size(confidence: int, tolerable: int) -> int:
    """The least n for which n members without a deviation say, with `confidence` percent, that less than `tolerable`
    percent of all deviate: (1 - tolerable)ⁿ ≤ 1 - confidence, in whole numbers. Percents from 1 to 99.

    Source: the binomial distribution with zero expected deviations, as in AICPA Audit Sampling, Table A-1; drawing
    without putting back, as here, only makes the statement stronger.
    """
    if not (0 < confidence < _WHOLE and 0 < tolerable < _WHOLE):
        raise ValueError("confidence and tolerable rate are percents from 1 to 99")
    sound, others = 1, 1
    for size in count(1):
        sound, others = sound * (_WHOLE - tolerable), others * _WHOLE
        if sound * _WHOLE <= (_WHOLE - confidence) * others:
            return size
    raise AssertionError("the loop ends")


def _distinct(root: bytes, nonce: bytes, population: int) -> Iterator[int]:
    drawn: set[int] = set()
    for number in count():
        found = member(sha256(root + nonce + number.to_bytes(_INDEX_BYTES, "big")).digest(), population)
        if found is not None and found not in drawn:
            drawn.add(found)
            yield found
