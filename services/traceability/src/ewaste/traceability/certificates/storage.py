"""Certificates as issued, and what keeps the other batches from theirs."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from ewaste.evidence.certificate import Certificate
from ewaste.evidence.custody_graph import NodeId, node
from ewaste.runtime.database import Transaction, driver
from ewaste.runtime.tables import moment
from ewaste.traceability.storage import Table
from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, select
from sqlmodel import Field, col

__all__ = [
    "CertificateRow",
    "CertificationRow",
    "certificate",
    "certificates_after",
    "certification",
    "is_certified",
    "save_certificate",
    "save_open",
    "waiting_for",
]


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
    open_lines: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    """Each as `OpenLine.to_dict` gives it."""


_SAVE: Final = """
INSERT INTO certificate (certificate_id, batch_id, ledger_size, content, issued_at) VALUES ($1, $2, $3, $4, $5)
"""
_LOOKED: Final = """
INSERT INTO certification (batch_id, ledger_size, certificate_id, open_lines) VALUES ($1, $2, $3, $4)
ON CONFLICT (batch_id) DO UPDATE
SET ledger_size = excluded.ledger_size, certificate_id = excluded.certificate_id, open_lines = excluded.open_lines
"""
_WAITING: Final = """
SELECT batch_id FROM certification, json_array_elements(open_lines) AS line
WHERE certificate_id IS NULL AND line ->> 'node' = ANY($1::text[])
"""


async def waiting_for(tx: Transaction, nodes: Sequence[NodeId]) -> list[NodeId]:
    """The batches whose last look found a line open that names one of these nodes: a partner is in no batch."""
    rows = await (await driver(tx)).fetch(_WAITING, nodes)
    return [node("batch", row["batch_id"]) for row in rows]


async def is_certified(tx: Transaction, batch_id: str) -> bool:
    row = await tx.get(CertificationRow, batch_id)
    return row is not None and row.certificate_id is not None


async def save_open(tx: Transaction, batch_id: str, size: int, lines: list[dict[str, Any]]) -> None:
    """The batch was looked at with the ledger's first `size` records and lacks these lines."""
    await (await driver(tx)).execute(_LOOKED, batch_id, size, None, json.dumps(lines))


async def save_certificate(tx: Transaction, issued: Certificate, size: int, now: datetime) -> None:
    connection = await driver(tx)
    await connection.execute(_SAVE, issued.certificate_id, issued.batch_id, size, issued.canonical, now)
    await connection.execute(_LOOKED, issued.batch_id, size, issued.certificate_id, "[]")


async def certificate(tx: Transaction, certificate_id: str) -> CertificateRow | None:
    return await tx.get(CertificateRow, certificate_id)


async def certification(tx: Transaction, batch_id: str) -> CertificationRow | None:
    """The last look at a batch, None when nothing bore on it yet."""
    return await tx.get(CertificationRow, batch_id)


async def certificates_after(tx: Transaction, after: str | None, limit: int) -> Sequence[CertificateRow]:
    """Certificates in the order of their ids."""
    query = select(CertificateRow).order_by(col(CertificateRow.certificate_id)).limit(limit)
    if after is not None:
        query = query.where(col(CertificateRow.certificate_id) > after)
    return (await tx.scalars(query)).all()
