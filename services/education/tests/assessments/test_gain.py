"""Gain from pre-test to post-test."""

from datetime import UTC, datetime

import pytest
from ewaste.contracts.events.education import Assessment
from ewaste.education.assessments.gain import TestResult, gain_of, normalised_change, normalised_gain
from hypothesis import given
from hypothesis import strategies as st

SCORES = st.integers(0, 10_000)


@pytest.mark.parametrize(
    ("before", "after", "gain", "change"),
    [
        (4_000, 7_000, 5_000, 5_000),
        (0, 10_000, 10_000, 10_000),
        (5_000, 5_000, 0, 0),
        (8_000, 4_000, -20_000, -5_000),
        (10_000, 10_000, None, None),
        (10_000, 9_000, None, -1_000),
        (0, 0, 0, None),
        (4_000, 4_001, 1, 1),
    ],
)
def test_published_definitions(before: int, after: int, gain: int | None, change: int | None) -> None:
    assert normalised_gain(before, after) == gain
    assert normalised_change(before, after) == change


@given(SCORES, SCORES)
def test_a_change_is_a_share_with_the_sign_of_the_difference(before: int, after: int) -> None:
    change = normalised_change(before, after)

    assert change is None or -10_000 <= change <= 10_000
    assert change is None or change == 0 or (change > 0) == (after > before)


def test_the_first_pre_test_counts_and_the_last_post_test() -> None:
    said = [(Assessment.PRE_TEST, 9_000, 2), (Assessment.PRE_TEST, 4_000, 1), (Assessment.POST_TEST, 7_000, 4),
            (Assessment.POST_TEST, 5_000, 3), (Assessment.QUIZ, 0, 5)]  # fmt: skip

    gain = gain_of([TestResult(kind, score, datetime(2026, 11, day, tzinfo=UTC)) for kind, score, day in said])

    assert (gain.pre_test_basis_points, gain.post_test_basis_points) == (4_000, 7_000)
    assert gain.normalised_change_basis_points == 5_000
    assert gain_of([]).difference_basis_points is None
