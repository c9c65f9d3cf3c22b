"""What a learner gained from the pre-test to the post-test, in whole basis points."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ewaste.contracts.events.education import Assessment

__all__ = ["Gain", "TestResult", "gain_of", "normalised_change", "normalised_gain"]

_FULL: Final = 10_000


@dataclass(frozen=True, slots=True)
class TestResult:
    """A result of a pre-test or post-test."""

    __test__ = False

    kind: Assessment
    score_basis_points: int
    scored_at: datetime


@dataclass(frozen=True, slots=True)
class Gain:
    """The first pre-test against the last post-test; None where one of them is missing or the measure isn't defined."""

    pre_test_basis_points: int | None
    post_test_basis_points: int | None
    difference_basis_points: int | None
    normalised_gain_basis_points: int | None
    normalised_change_basis_points: int | None


def gain_of(results: Sequence[TestResult]) -> Gain:
    """The gain in one version of a course.

    The first pre-test, because a later one follows what was learned; the last post-test, because it is where the
    learner arrived.
    """
    pre = [one for one in results if one.kind is Assessment.PRE_TEST]
    post = [one for one in results if one.kind is Assessment.POST_TEST]
    before = min(pre, key=_when).score_basis_points if pre else None
    after = max(post, key=_when).score_basis_points if post else None
    if before is None or after is None:
        return Gain(before, after, None, None, None)
    return Gain(before, after, after - before, normalised_gain(before, after), normalised_change(before, after))


def _when(result: TestResult) -> tuple[datetime, int]:
    return result.scored_at, result.score_basis_points


def normalised_gain(before: int, after: int) -> int | None:
    """The share of what was missing that was gained: (after - before) / (full - before), rounded towards nothing.

    Hake 1998, "Interactive-engagement versus traditional methods", American Journal of Physics 66(1), 64-74, who
    defines it for the averages of a class. None where nothing was missing.
    """
    return _ratio(after - before, _FULL - before) if before < _FULL else None


def normalised_change(before: int, after: int) -> int | None:
    """The same for one learner, who may also lose: then the share of what was known that was lost, -10000 to 10000.

    Marx and Cummings 2007, "Normalized change", American Journal of Physics 75(1), 87-91. None where both results are
    nothing or both are full: they say nothing of a change.
    """
    if before == after:
        return None if before in (0, _FULL) else 0
    return _ratio(after - before, _FULL - before if after > before else before)


def _ratio(part: int, whole: int) -> int:
    share = abs(part) * _FULL // whole
    return share if part >= 0 else -share
