"""Every table of this service: each room's import adds its own to the one metadata."""

from ewaste.education.assessments.storage import AssessmentResultRow, DimensionResultRow
from ewaste.education.attempts.storage import AnswerRow, AttemptRow
from ewaste.education.content.storage import CourseRow, LessonRow, MediaPieceRow, MediaRow
from ewaste.education.learning.storage import EnrolmentRow, LessonResultRow
from ewaste.education.people.storage import LearnerLinkRow
from ewaste.education.storage import Table
from ewaste.education.wellness.storage import (
    IndexToldRow,
    TallyCountedRow,
    TallyHeardRow,
    TallyPairRow,
    TallyRow,
    WellnessAttemptRow,
)

__all__ = ["METADATA", "TABLES"]

TABLES = (
    CourseRow,
    LessonRow,
    MediaRow,
    MediaPieceRow,
    LearnerLinkRow,
    EnrolmentRow,
    LessonResultRow,
    AttemptRow,
    AnswerRow,
    AssessmentResultRow,
    DimensionResultRow,
    WellnessAttemptRow,
    TallyRow,
    TallyCountedRow,
    TallyPairRow,
    TallyHeardRow,
    IndexToldRow,
)
METADATA = Table.metadata
