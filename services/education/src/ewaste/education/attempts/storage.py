"""Attempts and their answers; writes take whole arrays."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from ewaste.education.storage import Table
from ewaste.runtime.tables import moment
from sqlalchemy import ARRAY, Column, Index, Text
from sqlmodel import Field

__all__ = ["AnswerRow", "AttemptRow"]


class AttemptRow(Table, table=True):
    """One sitting; its id was made on the learner's device."""

    __tablename__: ClassVar[Any] = "attempt"
    __table_args__ = (Index("attempt_of_learner", "learner_id", "course_id"),)

    attempt_id: UUID = Field(primary_key=True)
    learner_id: UUID
    course_id: str
    course_version: int
    kind: str
    lesson_id: str | None = None
    started_at: datetime = Field(sa_column=moment())
    finished_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    assessment_id: str | None = None
    score_basis_points: int | None = None


class AnswerRow(Table, table=True):
    __tablename__: ClassVar[Any] = "answer"

    attempt_id: UUID = Field(primary_key=True)
    question_id: str = Field(primary_key=True)
    chosen: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    answered_at: datetime = Field(sa_column=moment())
    score_basis_points: int
