"""The tables that delivery needs in every service's database."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Index, LargeBinary, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

__all__ = ["HeadRow", "IdempotencyRow", "InboxRow", "OutboxRow", "PositionRow", "RuntimeTable", "moment"]


def moment(*, nullable: bool = False, default_now: bool = False) -> Any:
    """A timestamp column with time zone."""
    return Column(DateTime(timezone=True), nullable=nullable, server_default=text("now()") if default_now else None)


class RuntimeTable(SQLModel, registry=registry()):
    """Base of the runtime's tables: metadata of its own, shared by no service."""


class OutboxRow(RuntimeTable, table=True):
    """One event that leaves together with the change it tells; column names after Debezium's outbox router."""

    __tablename__: ClassVar[Any] = "outbox"
    __table_args__ = (
        Index("outbox_unnumbered", "position", postgresql_where=text("sequence IS NULL")),
        Index("outbox_unpublished", "sequence", postgresql_where=text("published_at IS NULL")),
    )

    position: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True, autoincrement=True))
    id: UUID = Field(unique=True)
    aggregatetype: str
    """The topic."""
    aggregateid: str
    """The Kafka key."""
    type: str
    payload: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """The CloudEvent without its sequence."""
    sequence: int | None = Field(default=None, sa_column=Column(BigInteger, unique=True))
    """Given by the relay in the order in which rows become visible; contiguous per source."""
    created_at: datetime = Field(sa_column=moment(default_now=True))
    published_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class HeadRow(RuntimeTable, table=True):
    """A counter that hands out contiguous numbers inside a transaction (PostgreSQL sequences leave gaps)."""

    __tablename__: ClassVar[Any] = "head"

    name: str = Field(primary_key=True)
    next: int = Field(sa_column=Column(BigInteger, nullable=False))


class PositionRow(RuntimeTable, table=True):
    """The next offset to handle: the truth of which Kafka's committed offset is a hint."""

    __tablename__: ClassVar[Any] = "position"

    consumer: str = Field(primary_key=True)
    topic: str = Field(primary_key=True)
    partition: int = Field(primary_key=True)
    next_offset: int = Field(sa_column=Column(BigInteger, nullable=False))


class InboxRow(RuntimeTable, table=True):
    """An event that was handled, and the digest of its bytes: the same id with another digest is an alarm."""

    __tablename__: ClassVar[Any] = "inbox"

    consumer: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    event_id: UUID = Field(primary_key=True)
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class IdempotencyRow(RuntimeTable, table=True):
    """The answer that was given to an `Idempotency-Key`."""

    __tablename__: ClassVar[Any] = "idempotency"

    scope: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    request_digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    response: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    status: int | None = None
    created_at: datetime = Field(sa_column=moment(default_now=True))
