"""The service's tables."""

from datetime import date, datetime
from typing import Any, ClassVar

from ewaste.runtime.tables import moment
from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

__all__ = [
    "AnswerBagRow",
    "AnswerRow",
    "BagRow",
    "CollectionRow",
    "HandoverBagRow",
    "HandoverRow",
    "LoadBagRow",
    "LoadRow",
    "PlanRow",
    "PlanStopRow",
    "PointRow",
    "Table",
]


class Table(SQLModel, registry=registry()):
    """Base of the tables of this service."""


class PointRow(Table, table=True):
    """A box, as the drop-off service told."""

    __tablename__: ClassVar[Any] = "point"

    point_id: str = Field(primary_key=True)
    name_th: str
    name_en: str | None
    khwaeng: str
    latitude_microdegrees: int
    longitude_microdegrees: int


class BagRow(Table, table=True):
    """A bag that hung in a box, as the drop-off service told."""

    __tablename__: ClassVar[Any] = "bag"

    bag_id: str = Field(primary_key=True)
    point_id: str
    installed_at: datetime = Field(sa_column=moment())


class CollectionRow(Table, table=True):
    """A bag that was sealed, weighed and taken: once, under a seal of its own."""

    __tablename__: ClassVar[Any] = "collection"
    __table_args__ = (Index("collection_of_plan", "plan_id", postgresql_where=text("plan_id IS NOT NULL")),)

    bag_id: str = Field(primary_key=True)
    point_id: str
    seal_number: str = Field(unique=True)
    gross_grams: int
    tare_grams: int
    next_bag_id: str | None = Field(unique=True)
    carrier_id: str
    plan_id: str | None
    collected_at: datetime = Field(sa_column=moment())


class LoadRow(Table, table=True):
    __tablename__: ClassVar[Any] = "load"
    __table_args__ = (Index("load_by_time", "dispatched_at", "load_id"),)

    load_id: str = Field(primary_key=True)
    carrier_id: str
    origin_id: str
    destination_id: str
    manifest_number: str | None
    gross_grams: int
    dispatched_at: datetime = Field(sa_column=moment())


class LoadBagRow(Table, table=True):
    """A bag in a load. A bag is in one load at a time; one that a recycler refused is released for another."""

    __tablename__: ClassVar[Any] = "load_bag"
    __table_args__ = (
        ForeignKeyConstraint(["load_id"], ["load.load_id"]),
        ForeignKeyConstraint(["bag_id"], ["collection.bag_id"]),
        Index("load_of_bag", "bag_id", unique=True, postgresql_where=text("released_at IS NULL")),
    )

    load_id: str = Field(primary_key=True)
    bag_id: str = Field(primary_key=True)
    released_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class HandoverRow(Table, table=True):
    __tablename__: ClassVar[Any] = "handover"
    __table_args__ = (
        ForeignKeyConstraint(["load_id"], ["load.load_id"]),
        Index("handover_of_load", "load_id"),
    )

    handover_id: str = Field(primary_key=True)
    load_id: str
    giver_id: str
    receiver_id: str
    place_id: str
    given_grams: int
    received_grams: int
    difference: str
    handed_over_at: datetime = Field(sa_column=moment())


class HandoverBagRow(Table, table=True):
    __tablename__: ClassVar[Any] = "handover_bag"
    __table_args__ = (ForeignKeyConstraint(["handover_id"], ["handover.handover_id"]),)

    handover_id: str = Field(primary_key=True)
    bag_id: str = Field(primary_key=True)
    seal_given: str
    seal_read: str
    given_grams: int
    received_grams: int
    difference: str


class AnswerRow(Table, table=True):
    """What the recycler said of a whole load; each column is set by one fact, in any order."""

    __tablename__: ClassVar[Any] = "answer"

    load_id: str = Field(primary_key=True)
    rejected_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    difference: str | None = None


class AnswerBagRow(Table, table=True):
    """What the recycler said of one bag of a load."""

    __tablename__: ClassVar[Any] = "answer_bag"

    load_id: str = Field(primary_key=True)
    bag_id: str = Field(primary_key=True)
    received_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    rejected_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class PlanRow(Table, table=True):
    __tablename__: ClassVar[Any] = "plan"

    plan_id: str = Field(primary_key=True)
    carrier_id: str
    service_date: date
    planned_at: datetime = Field(sa_column=moment())


class PlanStopRow(Table, table=True):
    """The boxes of a plan in the order in which they are visited, from 1."""

    __tablename__: ClassVar[Any] = "plan_stop"
    __table_args__ = (ForeignKeyConstraint(["plan_id"], ["plan.plan_id"]),)

    plan_id: str = Field(primary_key=True)
    position: int = Field(primary_key=True)
    point_id: str
    bag_id: str | None = None
