"""Certificates as issued, and what keeps the other batches from theirs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from ewaste.runtime.database import Transaction
from ewaste.runtime.tables import moment
from ewaste.traceability.storage import Table
from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, select
from sqlmodel import Field, col

__all__ = ["CertificateRow", "CertificationRow", "certificate", "certificates_after", "certification"]


class CertificateRow(Table, table=True):
    """One certificate; `content` is its canonical JSON, byte for byte."""

    __tablename__: ClassVar[Any] = "certificate"
    __table_args__ = (Index("certificate_of_batch", "batch_id"),)

    certificate_id: str = Field(primary_key=True)
    batch_id: str
    ledger_size: int = Field(sa_column=Column(BigInteger, nullable=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    issued_at: datetime = Field(sa_column=moment())


class CertificationRow(Table, table=True):
    """The last look at a batch: its certificate, or every line that is still open."""

    __tablename__: ClassVar[Any] = "certification"

    batch_id: str = Field(primary_key=True)
    ledger_size: int = Field(sa_column=Column(BigInteger, nullable=False))
    certificate_id: str | None = None
    open_reasons: list[str] = Field(sa_column=Column(JSON, nullable=False))


async def certificate(tx: Transaction, certificate_id: str) -> CertificateRow | None:
    return await tx.get(CertificateRow, certificate_id)


async def certification(tx: Transaction, batch_id: str, *, lock: bool = False) -> CertificationRow | None:
    return await tx.get(CertificationRow, batch_id, with_for_update=lock)


async def certificates_after(tx: Transaction, after: str | None, limit: int) -> Sequence[CertificateRow]:
    """Certificates in the order of their ids."""
    query = select(CertificateRow).order_by(col(CertificateRow.certificate_id)).limit(limit)
    if after is not None:
        query = query.where(col(CertificateRow.certificate_id) > after)
    return (await tx.scalars(query)).all()
