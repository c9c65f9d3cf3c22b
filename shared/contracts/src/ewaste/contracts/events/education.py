"""What happens in the classrooms (service `education`). Learners are random pseudonyms, never names."""

from enum import StrEnum
from typing import Annotated

from ewaste.contracts.events.dropoff import Khwaeng
from ewaste.contracts.fields import BasisPoints, Day, Identifier, Part, Text
from pydantic import Field

__all__ = [
    "AgeBand",
    "Assessment",
    "AssessmentScored",
    "Audience",
    "Cohort",
    "CourseCompleted",
    "CourseLesson",
    "CourseModule",
    "CoursePublished",
    "Dimension",
    "DimensionIndex",
    "DimensionScore",
    "Grade",
    "LearnerEnrolled",
    "LessonCompleted",
    "Occasion",
    "Pillar",
    "WellnessIndexComputed",
    "WellnessScope",
]

Version = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
Seconds = Annotated[int, Field(strict=True, ge=0, le=86_400)]


class Pillar(StrEnum):
    """The four modules of the 4P curriculum."""

    PRACTICE = "practice"
    PERSONALITY = "personality"
    PROTECTION = "protection"
    PARTICIPATION = "participation"


class Audience(StrEnum):
    PUPIL = "pupil"
    TEACHER = "teacher"
    STAFF = "staff"
    PUBLIC = "public"
    ELDERLY = "elderly"


class Grade(StrEnum):
    """Prathom 4 to Matthayom 3."""

    P4 = "P4"
    P5 = "P5"
    P6 = "P6"
    M1 = "M1"
    M2 = "M2"
    M3 = "M3"


class AgeBand(StrEnum):
    """The bands of the Thailand Cyber Wellness Index."""

    FROM_10 = "10-12"
    FROM_13 = "13-15"
    FROM_16 = "16-18"
    FROM_19 = "19-22"
    FROM_23 = "23-59"
    FROM_60 = "60+"


class Dimension(StrEnum):
    """The seven dimensions of the Thailand Cyber Wellness Index."""

    DIGITAL_USE = "digital_use"
    DIGITAL_LITERACY = "digital_literacy"
    COMMUNICATION = "communication"
    DIGITAL_RIGHTS = "digital_rights"
    CYBERSECURITY = "cybersecurity"
    CYBERBULLYING = "cyberbullying"
    RELATIONSHIPS = "relationships"


class Assessment(StrEnum):
    PRE_TEST = "pre_test"
    POST_TEST = "post_test"
    QUIZ = "quiz"
    WELLNESS = "wellness"


class Occasion(StrEnum):
    """When a wellness questionnaire was answered: before a course, after it, or by itself."""

    BEFORE = "before"
    AFTER = "after"
    CHECK = "check"


class Cohort(Part):
    """What may be said of a learner in public: never enough to find the person."""

    audience: Audience
    school_id: Identifier | None = None
    grade: Grade | None = None
    age_band: AgeBand | None = None
    khwaeng: Khwaeng | None = None
    """Where the learner learns, for those who are not of a school."""


class CourseLesson(Part):
    lesson_id: Identifier
    title_th: Text
    title_en: Text | None = None


class CourseModule(Part):
    module_id: Identifier
    pillar: Pillar
    title_th: Text
    title_en: Text | None = None
    lessons: Annotated[tuple[CourseLesson, ...], Field(min_length=1, max_length=100)]


class CoursePublished(Part):
    """A version of a course can be taken."""

    course_id: Identifier
    course_version: Version
    title_th: Text
    title_en: Text | None = None
    modules: Annotated[tuple[CourseModule, ...], Field(min_length=1, max_length=20)]
    sample: bool = False


class LearnerEnrolled(Part):
    learner_id: Identifier
    course_id: Identifier
    course_version: Version
    cohort: Cohort


class LessonCompleted(Part):
    learner_id: Identifier
    course_id: Identifier
    course_version: Version
    lesson_id: Identifier
    cohort: Cohort
    score_basis_points: BasisPoints | None = None
    duration_seconds: Seconds | None = None


class DimensionScore(Part):
    dimension: Dimension
    score_basis_points: BasisPoints


class AssessmentScored(Part):
    learner_id: Identifier
    course_id: Identifier
    assessment_id: Identifier
    kind: Assessment
    cohort: Cohort
    score_basis_points: BasisPoints
    dimensions: Annotated[tuple[DimensionScore, ...], Field(max_length=7)] = ()
    occasion: Occasion | None = None
    """Of a wellness questionnaire."""


class CourseCompleted(Part):
    learner_id: Identifier
    course_id: Identifier
    course_version: Version
    cohort: Cohort
    lessons_completed: Annotated[int, Field(strict=True, ge=1, le=10_000)]


class WellnessScope(StrEnum):
    MUNICIPALITY = "municipality"
    SCHOOL = "school"
    KHWAENG = "khwaeng"
    AUDIENCE = "audience"
    AGE_BAND = "age_band"


class DimensionIndex(Part):
    dimension: Dimension
    score_basis_points: BasisPoints
    low_basis_points: BasisPoints
    high_basis_points: BasisPoints


class WellnessIndexComputed(Part):
    """The index of a group over a period; groups under five learners are never published."""

    index_id: Identifier
    scope: WellnessScope
    scope_id: Identifier
    period_start: Day
    period_end: Day
    configuration_version: Identifier
    occasion: Occasion | None = None
    learners: Annotated[int, Field(strict=True, ge=5, le=100_000_000)]
    score_basis_points: BasisPoints
    dimensions: Annotated[tuple[DimensionIndex, ...], Field(min_length=1, max_length=7)]
