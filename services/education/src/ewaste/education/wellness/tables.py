"""The tables of this room."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from ewaste.education.storage import Table
from ewaste.runtime.tables import moment
from sqlalchemy import ARRAY, BigInteger, Column, SmallInteger, Uuid
from sqlmodel import Field

__all__ = [
    "IndexToldRow",
    "TallyCountedRow",
    "TallyHeardRow",
    "TallyPairRow",
    "TallyRow",
    "WellnessAttemptRow",
]


def _numbers(kind: Any, *, nullable: bool = False) -> Any:
    return Column(ARRAY(kind), nullable=nullable)


class WellnessAttemptRow(Table, table=True):
    """What was answered; the scores are the assessment's under the same id."""

    __tablename__: ClassVar[Any] = "wellness_attempt"

    learner_id: UUID = Field(primary_key=True)
    course_id: str = Field(primary_key=True)
    attempt_id: str = Field(primary_key=True)
    occasion: str
    configuration: str
    answers: list[int] = Field(sa_column=_numbers(SmallInteger))


class TallyRow(Table, table=True):
    """A leaf: what is shown, what waits, and who waits (fewer than five)."""

    __tablename__: ClassVar[Any] = "tally"

    kind: str = Field(primary_key=True)
    scoring: str = Field(primary_key=True)
    period_start: date = Field(primary_key=True)
    period_end: date = Field(primary_key=True)
    khwaeng: str = Field(primary_key=True)
    school_id: str = Field(primary_key=True)
    audience: str = Field(primary_key=True)
    age_band: str = Field(primary_key=True)
    shown: list[int] = Field(sa_column=_numbers(BigInteger))
    waiting: list[int] = Field(sa_column=_numbers(BigInteger))
    waiting_learners: list[UUID] = Field(sa_column=_numbers(Uuid))


class TallyCountedRow(Table, table=True):
    """Who is in the index of a period: each learner once per occasion."""

    __tablename__: ClassVar[Any] = "tally_counted"

    kind: str = Field(primary_key=True)
    period_start: date = Field(primary_key=True)
    learner_id: UUID = Field(primary_key=True)


class TallyPairRow(Table, table=True):
    """A learner's first scores before and after a course: the gain counts when both are known."""

    __tablename__: ClassVar[Any] = "tally_pair"

    learner_id: UUID = Field(primary_key=True)
    course_id: str = Field(primary_key=True)
    measure: str = Field(primary_key=True)
    before: list[int] | None = Field(default=None, sa_column=_numbers(SmallInteger, nullable=True))
    after: list[int] | None = Field(default=None, sa_column=_numbers(SmallInteger, nullable=True))
    after_day: date | None = None


class TallyHeardRow(Table, table=True):
    """The highest sequence number of this service's own events that was counted, by partition."""

    __tablename__: ClassVar[Any] = "tally_heard"

    partition: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    sequence: int = Field(sa_column=Column(BigInteger, nullable=False))


class IndexToldRow(Table, table=True):
    """The index as it was last published."""

    __tablename__: ClassVar[Any] = "index_told"

    scope: str = Field(primary_key=True)
    scope_id: str = Field(primary_key=True)
    period_start: date = Field(primary_key=True)
    occasion: str = Field(primary_key=True)
    scoring: str = Field(primary_key=True)
    learners: int = Field(sa_column=Column(BigInteger, nullable=False))
    told_at: datetime = Field(sa_column=moment())
