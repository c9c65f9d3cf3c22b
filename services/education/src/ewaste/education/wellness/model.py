"""One learner's attempt at the questionnaire, and the result; decided here without I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ewaste.contracts.events.education import Assessment, AssessmentScored, Cohort, DimensionScore, Occasion
from ewaste.contracts.refusal import CONFLICT, Refused
from ewaste.education.assessments.model import Result
from ewaste.education.learning.model import Enrolment
from ewaste.education.wellness.questionnaire import Questionnaire, check_answers
from ewaste.education.wellness.scoring import Scores, Scoring, dimension_scores
from ewaste.education.wellness.storage import AttemptKey

__all__ = ["Attempt", "Personal", "check_same", "score", "to_fact"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a device sends; it makes the attempt's id, so that sending again is safe."""

    learner_id: UUID
    course_id: str
    attempt_id: str
    occasion: Occasion
    questionnaire_id: str
    answers: Mapping[str, int]
    answered_at: datetime

    @property
    def key(self) -> AttemptKey:
        return self.learner_id, self.course_id, self.attempt_id


@dataclass(frozen=True, slots=True)
class Personal:
    """A scored attempt of a learner who is enrolled."""

    attempt: Attempt
    enrolment: Enrolment
    answers: Sequence[int]
    """In the order of the questionnaire's items."""
    scores: Scores
    whole: int

    def to_result(self) -> Result:
        """As assessments keep it."""
        attempt = self.attempt
        parts = tuple(DimensionScore(dimension=one, score_basis_points=n) for one, n in self.scores.items())
        return Result(
            learner_id=attempt.learner_id,
            course_id=attempt.course_id,
            assessment_id=attempt.attempt_id,
            kind=Assessment.WELLNESS,
            score_basis_points=self.whole,
            dimensions=parts,
            scored_at=attempt.answered_at,
            course_version=self.enrolment.course_version,
        )


def score(questionnaire: Questionnaire, scoring: Scoring, attempt: Attempt, enrolment: Enrolment) -> Personal:
    """Raises `Refused` that names an unknown or missing item, or another questionnaire."""
    if attempt.questionnaire_id != questionnaire.questionnaire_id:
        detail = f"the questionnaire is {questionnaire.questionnaire_id}, not {attempt.questionnaire_id}; load it anew"
        raise Refused("questionnaire-unknown", detail, field="questionnaire_id")
    answers = check_answers(questionnaire, attempt.answers)
    scores = dimension_scores(questionnaire, answers)
    return Personal(attempt, enrolment, answers, scores, scoring.whole(scores))


def check_same(sent: Personal, kept: tuple[str, Sequence[int]] | None) -> None:
    """Raise `Refused` where something else was kept under this id: answers are never replaced."""
    if kept is None or kept[0] != sent.attempt.occasion or list(kept[1]) != list(sent.answers):
        detail = (
            f"attempt {sent.attempt.attempt_id} of learner {sent.attempt.learner_id} was taken before with other "
            "answers; send another sitting under an attempt_id of its own"
        )
        raise Refused("attempt-taken", detail, field="attempt_id", status=CONFLICT)


def to_fact(result: Result, cohort: Cohort, occasion: Occasion) -> AssessmentScored:
    return AssessmentScored(
        learner_id=str(result.learner_id),
        course_id=result.course_id,
        assessment_id=result.assessment_id,
        kind=result.kind,
        cohort=cohort,
        score_basis_points=result.score_basis_points,
        dimensions=result.dimensions,
        occasion=occasion,
    )
