"""The service's tables."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from ewaste.runtime.tables import moment
from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Identity, Index, LargeBinary, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

__all__ = [
    "ActorRow",
    "BagRow",
    "BrokenBagRow",
    "CollectionRow",
    "CorrectionRow",
    "DisputeRow",
    "HandoverRow",
    "LoadBagRow",
    "LoadRow",
    "OfferBagRow",
    "OfferRow",
    "PlanRow",
    "PlanStopRow",
    "PointRow",
    "RecordNodeRow",
    "RecordRow",
    "Table",
    "WithdrawnRow",
]


class Table(SQLModel, registry=registry()):
    """Base of the tables of this service."""


class RecordRow(Table, table=True):
    """A fact as it was told, by this service or a recycler: what states, holders and disputes are read from."""

    __tablename__: ClassVar[Any] = "record"

    position: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    event_id: UUID = Field(unique=True)
    topic: str
    type: str
    """The name of the data's model, such as `BinCollected`."""
    subject: str
    happened_at: datetime = Field(sa_column=moment())
    value: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class RecordNodeRow(Table, table=True):
    """Which records speak of a load, bag, handover and so on; `node` is `kind/id`."""

    __tablename__: ClassVar[Any] = "record_node"
    __table_args__ = (ForeignKeyConstraint(["position"], ["record.position"]),)

    node: str = Field(primary_key=True)
    position: int = Field(sa_column=Column(BigInteger, primary_key=True))


class CorrectionRow(Table, table=True):
    """A fact of this service that was taken back, once."""

    __tablename__: ClassVar[Any] = "correction"

    corrected_event_id: UUID = Field(primary_key=True)
    event_id: UUID
    replacement_event_id: UUID | None
    reason: str
    replacement_digest: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class ActorRow(Table, table=True):
    __tablename__: ClassVar[Any] = "actor"

    actor_id: str = Field(primary_key=True)


class PointRow(Table, table=True):
    """A box, as the drop-off service told; one row for each time it did."""

    __tablename__: ClassVar[Any] = "point"
    __table_args__ = (Index("point_by_id", "point_id"),)

    event_id: UUID = Field(primary_key=True)
    point_id: str
    name_th: str
    name_en: str | None
    khwaeng: str
    latitude_microdegrees: int
    longitude_microdegrees: int


class BagRow(Table, table=True):
    """A bag that hung in a box, as the drop-off service told; one row for each time it did."""

    __tablename__: ClassVar[Any] = "bag"
    __table_args__ = (Index("bag_by_id", "bag_id"),)

    event_id: UUID = Field(primary_key=True)
    bag_id: str
    point_id: str
    installed_at: datetime = Field(sa_column=moment())


class WithdrawnRow(Table, table=True):
    """An event of another service that its source took back, before or after it came here."""

    __tablename__: ClassVar[Any] = "withdrawn"

    event_id: UUID = Field(primary_key=True)


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
    """A load; `state` and `holder_id` are what its records show, kept for lists."""

    __tablename__: ClassVar[Any] = "load"
    __table_args__ = (Index("load_by_time", "dispatched_at", "load_id"),)

    load_id: str = Field(primary_key=True)
    carrier_id: str
    origin_id: str
    destination_id: str
    manifest_number: str | None
    gross_grams: int
    dispatched_at: datetime = Field(sa_column=moment())
    state: str
    holder_id: str
    place_id: str
    """Where the holder took it."""


class LoadBagRow(Table, table=True):
    """A bag in a load, with the seal and grams it left with. A bag is in one load at a time."""

    __tablename__: ClassVar[Any] = "load_bag"
    __table_args__ = (
        ForeignKeyConstraint(["load_id"], ["load.load_id"]),
        Index("load_of_bag", "bag_id", unique=True, postgresql_where=text("released_at IS NULL")),
        Index("loads_of_bag", "bag_id"),
        Index("load_of_seal", "seal_number"),
    )

    load_id: str = Field(primary_key=True)
    bag_id: str = Field(primary_key=True)
    seal_number: str
    gross_grams: int
    stated: bool
    """The dispatcher read and weighed it; false: it left as its crew had collected it."""
    standing: str
    released_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    """From then on another load may take it."""


class HandoverRow(Table, table=True):
    """A handover's place in the chain of hands of its load, from 1."""

    __tablename__: ClassVar[Any] = "handover"
    __table_args__ = (
        ForeignKeyConstraint(["load_id"], ["load.load_id"]),
        Index("handover_of_load", "load_id", "number", unique=True),
    )

    handover_id: str = Field(primary_key=True)
    load_id: str
    number: int
    partial: bool
    """It took refused bags back while the rest stayed."""


class OfferRow(Table, table=True):
    """The giver's words before the receiver read; it holds for the handover of this number only."""

    __tablename__: ClassVar[Any] = "offer"
    __table_args__ = (ForeignKeyConstraint(["load_id"], ["load.load_id"]), Index("offer_of_load", "load_id"))

    offer_id: str = Field(primary_key=True)
    load_id: str
    number: int
    giver_id: str
    receiver_id: str
    offered_at: datetime = Field(sa_column=moment())
    stored_at: datetime = Field(sa_column=moment())


class OfferBagRow(Table, table=True):
    __tablename__: ClassVar[Any] = "offer_bag"
    __table_args__ = (ForeignKeyConstraint(["offer_id"], ["offer.offer_id"], ondelete="CASCADE"),)

    offer_id: str = Field(primary_key=True)
    bag_id: str = Field(primary_key=True)
    seal_given: str
    given_grams: int


class DisputeRow(Table, table=True):
    """A dispute about a bag in a load, as the load's records show it; kept for lists."""

    __tablename__: ClassVar[Any] = "dispute"
    __table_args__ = (
        ForeignKeyConstraint(["load_id"], ["load.load_id"]),
        Index("dispute_by_time", "state", "opened_at", "load_id", "bag_id", "number"),
    )

    load_id: str = Field(primary_key=True)
    bag_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    state: str
    opened_at: datetime = Field(sa_column=moment())
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """JSON, as it is shown."""


class BrokenBagRow(Table, table=True):
    """A bag whose custody was declared broken, once."""

    __tablename__: ClassVar[Any] = "broken_bag"
    __table_args__ = (Index("bag_of_break", "break_id"),)

    bag_id: str = Field(primary_key=True)
    break_id: str


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
