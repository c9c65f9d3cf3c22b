"""The tables of xAPI. Words of any length are found by digests of one: an IRI may be longer than an index takes."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from ewaste.education.storage import Table
from ewaste.runtime.tables import moment
from sqlalchemy import ARRAY, JSON, BigInteger, Boolean, Column, Identity, Index, LargeBinary, text
from sqlmodel import Field

__all__ = ["ClientRow", "MappingRow", "MatchRow", "MentionRow", "ReachRow", "StateRow", "StatementRow"]


def _digest(**more: Any) -> Any:
    return Column(LargeBinary, nullable=False, **more)


class ClientRow(Table, table=True):
    """A learning system. Never deleted, because its statements name it; `revoked_at` shuts it out."""

    __tablename__: ClassVar[Any] = "xapi_client"

    key: str = Field(primary_key=True)
    secret_digest: bytes = Field(sa_column=_digest())
    home_page: str
    reference_prefix: str
    reads_all: bool
    added_at: datetime = Field(sa_column=moment())
    revoked_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class StatementRow(Table, table=True):
    """`position` and `stored` grow in the order in which transactions commit."""

    __tablename__: ClassVar[Any] = "xapi_statement"
    __table_args__ = (
        Index("xapi_statement_stored", "stored"),
        Index("xapi_statement_target", "target", postgresql_where=text("target IS NOT NULL")),
    )

    position: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    id: UUID = Field(unique=True)
    client: str
    stored: datetime = Field(sa_column=moment())
    target: UUID | None = None
    voiding: bool
    voided: bool = Field(sa_column=Column(Boolean, nullable=False))
    version: str
    digest: bytes = Field(sa_column=_digest())
    raw: Any = Field(sa_column=Column(JSON, nullable=False))
    """PostgreSQL's `json`: the exact text, and a value to ask for at once."""


class MentionRow(Table, table=True):
    """Under which words a statement is found: agents, activities, verb, registration, client."""

    __tablename__: ClassVar[Any] = "xapi_mention"

    key: bytes = Field(sa_column=_digest(primary_key=True))
    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    direct: bool


class ReachRow(Table, table=True):
    """A statement refers to another, in one step or several: whoever finds `via` finds `position` too."""

    __tablename__: ClassVar[Any] = "xapi_reach"

    via: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))


class StateRow(Table, table=True):
    """A document that a client keeps for an agent and an activity."""

    __tablename__: ClassVar[Any] = "xapi_state"
    __table_args__ = (Index("xapi_state_of", "agent", "activity"),)

    key: bytes = Field(sa_column=_digest(primary_key=True))
    client: str
    agent: bytes = Field(sa_column=_digest())
    person: list[bytes] = Field(sa_column=Column(ARRAY(LargeBinary), nullable=False))
    """What it is found by when the person must be erased."""
    activity: bytes = Field(sa_column=_digest())
    registration: UUID | None = None
    state_id: str
    content_type: str
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    updated_at: datetime = Field(sa_column=moment())


class MappingRow(Table, table=True):
    """What an activity of theirs is here: a lesson, or a test."""

    __tablename__: ClassVar[Any] = "xapi_mapping"

    activity_id: str = Field(primary_key=True)
    course_id: str
    course_version: int | None = None
    lesson_id: str | None = None
    assessment_id: str | None = None
    kind: str | None = None


class MatchRow(Table, table=True):
    """What became of a statement that matters."""

    __tablename__: ClassVar[Any] = "xapi_match"
    __table_args__ = (
        Index("xapi_match_waiting", "reference", postgresql_where=text("state = 'unmatched'")),
        Index("xapi_match_state", "state", "position"),
    )

    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    state: str
    reason: str | None = None
    detail: str | None = None
    reference: str | None = None
    """Under which the learner would be known; only while the statement waits."""
    course_id: str | None = None
    """The course in which a known learner would have to be enrolled; only while the statement waits for that."""
