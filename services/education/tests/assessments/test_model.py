"""What a result must say."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from ewaste.contracts.events.education import Assessment, Dimension, DimensionScore
from ewaste.contracts.refusal import Refused
from ewaste.education.assessments.model import Result, check_result, check_same

LEARNER = UUID("c0a8f3d2-6b1e-4f57-9d34-2e71b5a90c68")


def _result(kind: Assessment, *dimensions: Dimension, score: int = 7000, day: int = 1) -> Result:
    scores = tuple(DimensionScore(dimension=one, score_basis_points=6000) for one in dimensions)
    return Result(LEARNER, "c", "t", kind, score, scores, datetime(2026, 11, day, tzinfo=UTC))


def test_a_wellness_result_needs_dimensions_and_a_test_does_not() -> None:
    check_result(_result(Assessment.QUIZ))
    check_result(_result(Assessment.WELLNESS, *Dimension))
    with pytest.raises(Refused, match="at least one dimension"):
        check_result(_result(Assessment.WELLNESS))


def test_a_dimension_stands_once() -> None:
    with pytest.raises(Refused, match="cybersecurity stands twice"):
        check_result(_result(Assessment.WELLNESS, Dimension.CYBERSECURITY, Dimension.CYBERSECURITY))


def test_the_same_result_is_the_same_in_whatever_order_and_whenever_it_is_sent() -> None:
    check_same(_result(Assessment.WELLNESS, *Dimension), _result(Assessment.WELLNESS, *reversed(Dimension), day=2))
    with pytest.raises(Refused, match="of its own"):
        check_same(_result(Assessment.QUIZ), _result(Assessment.QUIZ, score=7001))
