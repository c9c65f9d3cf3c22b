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
    "CorrectionRow",
    "DispatchedBagRow",
    "FractionRow",
    "KeyRow",
    "LicenceRow",
    "LoadRow",
    "PartnerRow",
    "ReceivedBagRow",
    "RefusalRow",
    "RejectedBagRow",
    "SchemeRow",
    "SettledBagRow",
    "StatedBagRow",
    "Table",
    "TreatmentRow",
    "WeighingRow",
]


class Table(SQLModel, registry=registry()):
    """Base of the tables of this service."""


def _grams(*, nullable: bool = False) -> Any:
    return Column(BigInteger, nullable=nullable)


class PartnerRow(Table, table=True):
    """A partner as it was registered last; every licence and scheme it ever had is in tables of its own."""

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


class LicenceRow(Table, table=True):
    """The days that a licence covers; the last registration of a licence that begins on a day tells when it ends."""

    __tablename__: ClassVar[Any] = "licence"

    partner_id: str = Field(primary_key=True)
    licence_number: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_until: date
    registered_at: datetime = Field(sa_column=moment())


class SchemeRow(Table, table=True):
    """A certificate under a recycling scheme, and when it is valid."""

    __tablename__: ClassVar[Any] = "scheme_certificate"

    partner_id: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    certificate_number: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_until: date


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
    rotated_from: str | None = None
    """The key that vouched for this one, where one did."""
    rotation_proof: str | None = None
    """Its detached JWS over this public key."""


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


class ReceivedBagRow(Table, table=True):
    """A bag of a load that was weighed in."""

    __tablename__: ClassVar[Any] = "received_bag"
    __table_args__ = (Index("received_by_bag", "bag_id"),)

    load_id: str = Field(primary_key=True)
    bag_id: str = Field(primary_key=True)
    gross_grams: int = Field(sa_column=_grams())


class RejectedBagRow(Table, table=True):
    """A bag that a claim rejected; an empty `bag_id` is the whole load."""

    __tablename__: ClassVar[Any] = "rejected_bag"

    load_id: str = Field(primary_key=True)
    partner_id: str = Field(primary_key=True)
    event_id: UUID = Field(primary_key=True)
    bag_id: str = Field(primary_key=True)


class StatedBagRow(Table, table=True):
    """What a partner's claim says that a disputed bag counts as; without grams: it is lost."""

    __tablename__: ClassVar[Any] = "stated_bag"

    load_id: str = Field(primary_key=True)
    partner_id: str = Field(primary_key=True)
    event_id: UUID = Field(primary_key=True)
    bag_id: str = Field(primary_key=True)
    gross_grams: int | None = Field(default=None, sa_column=_grams(nullable=True))


class DispatchedBagRow(Table, table=True):
    """What logistics said it sent."""

    __tablename__: ClassVar[Any] = "dispatched_bag"
    __table_args__ = (Index("dispatched_by_bag", "bag_id"),)

    load_id: str = Field(primary_key=True)
    bag_id: str = Field(primary_key=True)
    event_id: UUID = Field(primary_key=True)
    seal_number: str
    gross_grams: int = Field(sa_column=_grams())


class WeighingRow(Table, table=True):
    """What logistics weighed when it took the bag from its box."""

    __tablename__: ClassVar[Any] = "weighing"

    bag_id: str = Field(primary_key=True)
    event_id: UUID = Field(primary_key=True)
    gross_grams: int = Field(sa_column=_grams())
    tare_grams: int = Field(sa_column=_grams())


class SettledBagRow(Table, table=True):
    """What logistics or the municipality said that a disputed bag counts as; without grams: it is lost."""

    __tablename__: ClassVar[Any] = "settled_bag"

    bag_id: str = Field(primary_key=True)
    event_id: UUID = Field(primary_key=True)
    load_id: str
    gross_grams: int | None = Field(default=None, sa_column=_grams(nullable=True))
    decided: bool
    """By the municipality; otherwise it is one party's word."""


class CorrectionRow(Table, table=True):
    """An event of logistics that was taken back, also one that was not learned yet; a correction itself may be."""

    __tablename__: ClassVar[Any] = "logistics_correction"

    corrected_id: UUID = Field(primary_key=True)
    event_id: UUID = Field(primary_key=True)


class BatchRow(Table, table=True):
    __tablename__: ClassVar[Any] = "batch"

    batch_id: str = Field(primary_key=True)
    partner_id: str
    facility_id: str
    other_client_grams: int = Field(sa_column=_grams())
    opened_at: datetime = Field(sa_column=moment())
    sorted: list[list[Any]] = Field(sa_column=Column(JSONB, nullable=False))
    """Pairs of category and grams."""
    recycled_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    process_loss_grams: int | None = Field(default=None, sa_column=_grams(nullable=True))


class BagUseRow(Table, table=True):
    """Grams of a bag that went into a batch; a bag may be divided over several, also of several partners."""

    __tablename__: ClassVar[Any] = "bag_use"
    __table_args__ = (Index("bags_of_batch", "batch_id"),)

    bag_id: str = Field(primary_key=True)
    batch_id: str = Field(primary_key=True)
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
    waste_code: str | None = None
    facility_country: str | None = None
    prepared_for_reuse: bool = False
    pieces: int | None = Field(default=None, sa_column=Column(BigInteger))


class TreatmentRow(Table, table=True):
    __tablename__: ClassVar[Any] = "treatment"

    batch_id: str = Field(primary_key=True)
    treatment_id: str = Field(primary_key=True)
    fraction_id: str
    """What was treated."""
    grams: int = Field(sa_column=_grams())
    process_loss_grams: int = Field(sa_column=_grams())
    facility_id: str | None = None
    """None: recorded before this was kept."""
    facility_country: str | None = None
    treated_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    basel_notification_number: str | None = None
    basel_movement_number: str | None = None


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
