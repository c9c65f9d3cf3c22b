"""Results of tests: what is decided here, without I/O."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ewaste.contracts.events.education import Assessment, AssessmentScored, Cohort, DimensionScore
from ewaste.contracts.refusal import CONFLICT, Refused

__all__ = ["Result", "check_result", "check_same", "to_fact"]


@dataclass(frozen=True, slots=True)
class Result:
    """One learner's result of one test; a test is taken once under one id."""

    learner_id: UUID
    course_id: str
    assessment_id: str
    kind: Assessment
    score_basis_points: int
    dimensions: tuple[DimensionScore, ...]
    scored_at: datetime
    course_version: int | None = None
    """None: the newest version that the learner takes."""

    @property
    def key(self) -> tuple[UUID, str, str]:
        return self.learner_id, self.course_id, self.assessment_id

    @property
    def said(self) -> tuple[Assessment, int, dict[str, int]]:
        """What a result says, whenever it was sent and in whatever order of dimensions."""
        scores = {one.dimension.value: one.score_basis_points for one in self.dimensions}
        return self.kind, self.score_basis_points, scores


def check_result(result: Result) -> None:
    """Raise `Refused` where a wellness result has no dimensions, or any result one dimension twice."""
    if result.kind is Assessment.WELLNESS and not result.dimensions:
        detail = "a wellness result needs the score of at least one dimension"
        raise Refused("dimensions-missing", detail, field="dimensions")
    twice = _repeated([one.dimension.value for one in result.dimensions])
    if twice:
        raise Refused("dimension-repeated", f"{twice} stands twice; send each dimension once", field="dimensions")


def _repeated(words: Sequence[str]) -> str | None:
    return next((word for word, count in Counter(words).items() if count > 1), None)


def check_same(sent: Result, stored: Result) -> None:
    """Raise `Refused` where the learner has another result under this id: a result is never replaced."""
    if sent.said != stored.said:
        raise Refused(
            "assessment-taken",
            f"assessment {sent.assessment_id} of learner {sent.learner_id} was scored before with another result; "
            "send another sitting under an assessment_id of its own",
            field="assessment_id",
            status=CONFLICT,
        )


def to_fact(result: Result, cohort: Cohort) -> AssessmentScored:
    return AssessmentScored(
        learner_id=str(result.learner_id),
        course_id=result.course_id,
        assessment_id=result.assessment_id,
        kind=result.kind,
        cohort=cohort,
        score_basis_points=result.score_basis_points,
        dimensions=result.dimensions,
    )
