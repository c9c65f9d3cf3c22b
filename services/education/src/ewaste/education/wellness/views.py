"""What the wellness API shows."""

from datetime import date, datetime
from uuid import UUID

from ewaste.contracts.events.education import Dimension
from ewaste.education.wellness.handlers import Taken
from ewaste.education.wellness.index import Group
from ewaste.education.wellness.questionnaire import Questionnaire
from ewaste.education.wellness.recommendations import recommended
from ewaste.education.wellness.scoring import Level, Scoring
from ewaste.education.wellness.tallies import By
from pydantic import BaseModel, ConfigDict

__all__ = ["GroupView", "GroupsView", "NationalView", "PersonalView", "QuestionnaireView", "ScoringView",
           "group_view", "personal_view"]  # fmt: skip


class _View(BaseModel):
    model_config = ConfigDict(from_attributes=True, use_attribute_docstrings=True)


class QuestionnaireView(Questionnaire):
    """The items, and the scoring that will be applied to the answers."""

    scoring: str


class ScoringView(_View):
    name: str
    """What results say they were scored by: version and the beginning of the digest."""
    digest: str
    """SHA-256 of the scoring's canonical JSON."""
    scoring: Scoring


class DimensionResult(_View):
    dimension: Dimension
    title_th: str
    title_en: str | None
    score_basis_points: int
    level: Level


class RecommendedLesson(_View):
    dimension: Dimension
    """For which it helps."""
    lesson_id: str
    title_th: str
    title_en: str | None


class PersonalView(_View):
    """One learner's own result. 10000 basis points are 1.0000."""

    learner_id: UUID
    course_id: str
    attempt_id: str
    answered_at: datetime
    configuration: str
    example: bool
    """Questionnaire or cut-offs are ours, not the official ones."""
    score_basis_points: int
    level: Level
    dimensions: list[DimensionResult]
    recommended_lessons: list[RecommendedLesson]
    repeated: bool
    """The same attempt was sent before; nothing changed."""


class EstimateView(_View):
    basis_points: int
    low_basis_points: int
    high_basis_points: int


class ShareView(_View):
    level: Level
    learners: int
    share: EstimateView


class ComparisonView(_View):
    """With the newest national figure that was published."""

    year: int
    basis_points: int
    difference_basis_points: int


class MeasuredView(_View):
    measure: str
    """`whole`, or one of the seven dimensions."""
    mean: EstimateView
    level: Level | None
    levels: list[ShareView]
    national: ComparisonView | None


class LessonCountView(_View):
    lessons: int
    mean_score_basis_points: int | None
    mean_duration_seconds: int | None


class GroupView(_View):
    """No numbers where `suppressed`: fewer than five learners can be told apart from others."""

    by: By
    group_id: str
    name_th: str | None = None
    period_start: date
    period_end: date
    kind: str
    configuration: str
    """By which scores and levels were made; empty where there are none."""
    suppressed: bool
    learners: int | None
    measures: list[MeasuredView]
    lessons: LessonCountView | None


class GroupsView(_View):
    configuration: str
    example: bool
    groups: list[GroupView]


class NationalView(_View):
    """As published; null is what wasn't."""

    year: int
    n: int
    mean_basis_points: int | None
    level_basis_points: dict[Level, int | None]
    dimension_basis_points: dict[Dimension, int | None]
    note: str
    source: str


def personal_view(taken: Taken, questionnaire: Questionnaire, scoring: Scoring) -> PersonalView:
    """A result with its levels, and the lessons that help."""
    result = taken.result
    scores = {one.dimension: one.score_basis_points for one in result.dimensions}
    return PersonalView(
        learner_id=result.learner_id,
        course_id=result.course_id,
        attempt_id=result.assessment_id,
        answered_at=result.scored_at,
        configuration=scoring.name,
        example=questionnaire.example or scoring.example,
        score_basis_points=result.score_basis_points,
        level=scoring.level(result.score_basis_points),
        dimensions=[
            DimensionResult(
                dimension=one.dimension,
                title_th=one.title_th,
                title_en=one.title_en,
                score_basis_points=scores[one.dimension],
                level=scoring.level(scores[one.dimension]),
            )
            for one in questionnaire.dimensions
        ],
        recommended_lessons=[
            RecommendedLesson(
                dimension=dimension, lesson_id=one.lesson_id, title_th=one.title_th, title_en=one.title_en
            )
            for dimension, one in recommended(scoring, scores, taken.course)
        ],
        repeated=taken.repeated,
    )


def group_view(group: Group, name_th: str | None) -> GroupView:
    return GroupView.model_validate(group).model_copy(update={"name_th": name_th})
