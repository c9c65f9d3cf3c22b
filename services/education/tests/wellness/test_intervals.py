"""Intervals are those of the textbooks, rounded outwards."""

from math import sqrt

import pytest
from ewaste.education.wellness.intervals import Interval, mean_interval, rounded_mean, wilson_interval
from hypothesis import example, given
from hypothesis import strategies as st

SCORES = st.lists(st.integers(0, 10_000), min_size=5, max_size=60)


@pytest.mark.parametrize(
    ("n", "k", "low", "high"),
    # Brown, Cai and DasGupta (2001) and the examples of every statistics package: 0.9623 for 10 of 10 is 1-0.2775.
    [(10, 0, 0, 2776), (10, 10, 7224, 10_000), (10, 8, 4901, 9434), (100, 50, 4038, 5962)],
)
def test_wilson(n: int, k: int, low: int, high: int) -> None:
    assert wilson_interval(n, k) == Interval(low, high)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
def test_wilson_is_the_formula_to_a_basis_point(case: tuple[int, int]) -> None:
    n, k = case
    z, p = 1.959964, k / n
    centre, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    found = wilson_interval(n, k)
    assert found.low == pytest.approx(max(0.0, 10_000 * (centre - half) / (1 + z * z / n)), abs=1.001)
    assert found.high == pytest.approx(min(10_000.0, 10_000 * (centre + half) / (1 + z * z / n)), abs=1.001)


def test_the_mean_of_five_uses_four_degrees_of_freedom() -> None:
    scores = [5000, 6000, 7000, 8000, 9000]
    # s = 1581.14, t(4) = 2.776: 7000 ± 1962.9
    assert mean_interval(5, sum(scores), sum(s * s for s in scores)) == Interval(5037, 8963)


@given(SCORES)
@example([10_000] * 5)
def test_the_interval_holds_the_mean_and_stays_in_the_scale(scores: list[int]) -> None:
    found = mean_interval(len(scores), sum(scores), sum(s * s for s in scores))
    assert 0 <= found.low <= rounded_mean(sum(scores), len(scores)) <= found.high <= 10_000
