"""The service's tables."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from ewaste.runtime.tables import moment
from sqlalchemy import Column, Index, LargeBinary, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

__all__ = ["BagRow", "CorrectionRow", "HeardRow", "ItemRow", "PointRow", "Table", "WithdrawnRow"]


class Table(SQLModel, registry=registry()):
    """Base of the tables of this service."""


class PointRow(Table, table=True):
    __tablename__: ClassVar[Any] = "drop_point"

    point_id: str = Field(primary_key=True)
    name_th: str
    name_en: str | None
    khwaeng: str
    community: str | None
    latitude_microdegrees: int
    longitude_microdegrees: int
    sample: bool
    registered_at: datetime = Field(sa_column=moment())
    event_id: UUID
    retired_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class BagRow(Table, table=True):
    __tablename__: ClassVar[Any] = "bag"
    __table_args__ = (
        Index("bag_of_point", "point_id", "installed_at"),
        Index("bag_of_cause", "cause_event_id", postgresql_where=text("cause_event_id IS NOT NULL")),
    )

    bag_id: str = Field(primary_key=True)
    point_id: str
    installed_at: datetime = Field(sa_column=moment())
    event_id: UUID
    cause_event_id: UUID | None = None
    """The collection by which a crew hung it."""


class ItemRow(Table, table=True):
    __tablename__: ClassVar[Any] = "item"

    item_id: str = Field(primary_key=True)
    receipt_code: str = Field(unique=True)
    bag_id: str
    point_id: str
    category: str
    dropped_at: datetime = Field(sa_column=moment())
    event_id: UUID


class HeardRow(Table, table=True):
    """What others told of a bag, batch or certificate, one row for each fact; their order does not matter."""

    __tablename__: ClassVar[Any] = "heard"
    __table_args__ = (
        Index("heard_of_subject", "subject", "kind"),
        Index("swap_by_bag", "detail", postgresql_where=text("kind = 'collected' AND detail IS NOT NULL")),
    )

    event_id: UUID = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    kind: str
    at: datetime = Field(sa_column=moment())
    detail: str | None = None
    """The batch of a bag, the certificate of a batch, the bag that hangs in place of a collected one."""
    point_id: str | None = None


class WithdrawnRow(Table, table=True):
    """An event of another service that its source took back, before or after it came here."""

    __tablename__: ClassVar[Any] = "withdrawn"

    event_id: UUID = Field(primary_key=True)


class CorrectionRow(Table, table=True):
    """A fact of this service that was taken back, once."""

    __tablename__: ClassVar[Any] = "correction"
    __table_args__ = (Index("correction_of_subject", "subject"),)

    corrected_event_id: UUID = Field(primary_key=True)
    event_id: UUID
    replacement_event_id: UUID | None
    type: str
    subject: str
    reason: str
    replacement_digest: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
