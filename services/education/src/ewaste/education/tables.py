"""Every table of this service: each room's import adds its own to the one metadata."""

from ewaste.education.assessments.storage import AssessmentResultRow, DimensionResultRow
from ewaste.education.attempts.storage import AnswerRow, AttemptRow
from ewaste.education.content.storage import CourseRow, LessonRow, MediaPieceRow, MediaRow
from ewaste.education.credentials.storage import CredentialRow
from ewaste.education.learning.storage import EnrolmentRow, LessonResultRow
from ewaste.education.people.consents.storage import ConsentRow
from ewaste.education.people.groups.storage import GroupMemberRow, LearnerGroupRow
from ewaste.education.people.roster.storage import RosterEntryRow, RosterRow
from ewaste.education.people.signin.storage import PersonalCodeRow, PictureSecretRow, SessionRow
from ewaste.education.people.storage import LearnerLinkRow, PersonRow
from ewaste.education.storage import Table
from ewaste.education.wellness.tables import (
    IndexToldRow,
    TallyCountedRow,
    TallyHeardRow,
    TallyPairRow,
    TallyRow,
    WellnessAttemptRow,
)
from ewaste.education.xapi.storage.tables import (
    ClientRow,
    MappingRow,
    MatchRow,
    MentionRow,
    ReachRow,
    StatementRow,
    StateRow,
)

__all__ = ["METADATA", "TABLES"]

TABLES = (
    CourseRow,
    LessonRow,
    MediaRow,
    MediaPieceRow,
    LearnerLinkRow,
    CredentialRow,
    PersonRow,
    RosterRow,
    RosterEntryRow,
    LearnerGroupRow,
    GroupMemberRow,
    ConsentRow,
    PictureSecretRow,
    PersonalCodeRow,
    SessionRow,
    ClientRow,
    StatementRow,
    MentionRow,
    ReachRow,
    StateRow,
    MappingRow,
    MatchRow,
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
