"""The service's tables. Each has one writer: `partners/storage.py` or `claims/storage.py`."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from ewaste.runtime.tables import moment
from sqlalchemy import BigInteger, Column, Identity, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

__all__ = [
    "BagUseRow",
    "BatchRow",
    "ClaimRow",
    "DispatchedBagRow",
    "FractionRow",
    "KeyRow",
    "LoadRow",
    "PartnerRow",
    "RefusalRow",
    "Table",
    "TreatmentRow",
]


class Table(SQLModel, registry=registry()):
    """Base of the tables of this service."""


def _grams(*, nullable: bool = False) -> Any:
    return Column(BigInteger, nullable=nullable)


class PartnerRow(Table, table=True):
    __tablename__: ClassVar[Any] = "partner"

    partner_id: str = Field(primary_key=True)
    name_th: str
    name_en: str | None
    licence_number: str
    licence_valid_from: date
    licence_valid_until: date
    schemes: list[dict[str, str]] = Field(sa_column=Column(JSONB, nullable=False))
    sample: bool
    registered_at: datetime = Field(sa_column=moment())


class KeyRow(Table, table=True):
    __tablename__: ClassVar[Any] = "partner_key"
    __table_args__ = (Index("key_of_partner", "partner_id"),)

    key_id: str = Field(primary_key=True)
    partner_id: str
    x: str
    """The public point, base64url."""
    registered_at: datetime = Field(sa_column=moment())
    revoked_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    revocation: str | None = None


class ClaimRow(Table, table=True):
    """Every authentic claim that was judged; a refused one has no fact and is judged again when it comes again."""

    __tablename__: ClassVar[Any] = "claim"

    partner_id: str = Field(primary_key=True)
    event_id: UUID = Field(primary_key=True)
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    kind: str
    aggregate_id: str
    part_id: str | None = None
    """The treatment of a `FractionTreated`."""
    fact_id: UUID | None = None
    withdrawn: bool = False


class LoadRow(Table, table=True):
    """A load that was weighed in."""

    __tablename__: ClassVar[Any] = "load"

    load_id: str = Field(primary_key=True)
    partner_id: str
    received_grams: int = Field(sa_column=_grams())
    difference: str | None = None
    received_at: datetime = Field(sa_column=moment())


class DispatchedBagRow(Table, table=True):
    """What logistics said it sent."""

    __tablename__: ClassVar[Any] = "dispatched_bag"

    load_id: str = Field(primary_key=True)
    bag_id: str = Field(primary_key=True)
    seal_number: str
    gross_grams: int = Field(sa_column=_grams())


class BatchRow(Table, table=True):
    __tablename__: ClassVar[Any] = "batch"

    batch_id: str = Field(primary_key=True)
    partner_id: str
    facility_id: str
    other_client_grams: int = Field(sa_column=_grams())
    opened_at: datetime = Field(sa_column=moment())
    recycled_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    process_loss_grams: int | None = Field(default=None, sa_column=_grams(nullable=True))


class BagUseRow(Table, table=True):
    """A bag that went into a batch: one bag, one batch, whoever the partner is."""

    __tablename__: ClassVar[Any] = "bag_use"
    __table_args__ = (Index("bags_of_batch", "batch_id"),)

    bag_id: str = Field(primary_key=True)
    batch_id: str
    grams: int = Field(sa_column=_grams())


class FractionRow(Table, table=True):
    __tablename__: ClassVar[Any] = "fraction"

    batch_id: str = Field(primary_key=True)
    fraction_id: str = Field(primary_key=True)
    material: str
    grams: int = Field(sa_column=_grams())
    operation: str
    facility_id: str
    treatment_id: str | None = None
    """The treatment it came from, none: from the batch itself."""


class TreatmentRow(Table, table=True):
    __tablename__: ClassVar[Any] = "treatment"

    batch_id: str = Field(primary_key=True)
    treatment_id: str = Field(primary_key=True)
    fraction_id: str
    """What was treated."""
    grams: int = Field(sa_column=_grams())


class RefusalRow(Table, table=True):
    """A record that was not accepted; `number` follows the order of the decisions."""

    __tablename__: ClassVar[Any] = "refusal"
    __table_args__ = (Index("refusals_of_partner", "partner_id", "number"),)

    number: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    topic: str
    partition: int
    record_offset: int = Field(sa_column=Column(BigInteger, nullable=False))
    value_sha256: str
    reason: str
    detail: str
    field: str | None = None
    partner_id: str | None = None
    event_id: UUID | None = None
    refused_at: datetime = Field(sa_column=moment())
