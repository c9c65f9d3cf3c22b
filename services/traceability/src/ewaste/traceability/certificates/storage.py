"""Certificates as issued, and what keeps the other batches from theirs."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from ewaste.evidence.certificates.certify import Certificate
from ewaste.evidence.certificates.reissue import Suspension
from ewaste.evidence.custody.graph import NodeId, node
from ewaste.runtime.database import Transaction, driver
from ewaste.runtime.tables import moment
from ewaste.traceability.storage import Table
from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, select
from sqlmodel import Field, col

__all__ = [
    "CertificateRow",
    "CertificationRow",
    "SuspensionRow",
    "certificate",
    "certificates_after",
    "certification",
    "certified_of",
    "save_certificate",
    "save_open",
    "save_suspension",
    "standing",
    "successor",
    "suspended_of",
    "suspension",
    "waiting_for",
]


class CertificateRow(Table, table=True):
    """One certificate; `content` is its canonical JSON, byte for byte."""

    __tablename__: ClassVar[Any] = "certificate"
    __table_args__ = (
        Index("certificate_of_batch", "batch_id"),
        Index("certificate_of_partner", "partner_id"),
        Index("certificate_replaces", "replaces_certificate_id", unique=True),
    )

    certificate_id: str = Field(primary_key=True)
    batch_id: str
    ledger_size: int = Field(sa_column=Column(BigInteger, nullable=False))
    partner_id: str
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    issued_at: datetime = Field(sa_column=moment())
    replaces_certificate_id: str | None = None


class SuspensionRow(Table, table=True):
    """A certificate that holds no more: once each, for it never holds again."""

    __tablename__: ClassVar[Any] = "suspension"

    certificate_id: str = Field(primary_key=True)
    reason: str
    evidence: list[int] = Field(sa_column=Column(JSON, nullable=False))
    """Ledger indices of the records that changed what it says."""
    open_lines: list[str] = Field(sa_column=Column(JSON, nullable=False))
    suspended_at: datetime = Field(sa_column=moment())


class CertificationRow(Table, table=True):
    """The last look at a batch: its certificate, or every line that is still open."""

    __tablename__: ClassVar[Any] = "certification"

    batch_id: str = Field(primary_key=True)
    ledger_size: int = Field(sa_column=Column(BigInteger, nullable=False))
    certificate_id: str | None = None
    open_lines: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    """Each as `OpenLine.to_dict` gives it."""


_SAVE: Final = """
INSERT INTO certificate
    (certificate_id, batch_id, partner_id, ledger_size, content, issued_at, replaces_certificate_id)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_LOOKED: Final = """
INSERT INTO certification (batch_id, ledger_size, certificate_id, open_lines) VALUES ($1, $2, $3, $4)
ON CONFLICT (batch_id) DO UPDATE
SET ledger_size = excluded.ledger_size, certificate_id = excluded.certificate_id, open_lines = excluded.open_lines
"""
_SUSPEND: Final = """
INSERT INTO suspension (certificate_id, reason, evidence, open_lines, suspended_at) VALUES ($1, $2, $3, $4, $5)
"""
_STANDING: Final = """
SELECT c.certificate_id FROM certificate c
WHERE c.batch_id = $1 AND NOT EXISTS (SELECT FROM suspension s WHERE s.certificate_id = c.certificate_id)
"""
_SUSPENDED: Final = """
SELECT c.certificate_id FROM certificate c
WHERE c.batch_id = $1
AND NOT EXISTS (SELECT FROM certificate n WHERE n.replaces_certificate_id = c.certificate_id)
"""
_WAITING: Final = """
SELECT batch_id FROM certification, json_array_elements(open_lines) AS line
WHERE certificate_id IS NULL AND line ->> 'node' = ANY($1::text[])
"""


async def waiting_for(tx: Transaction, nodes: Sequence[NodeId]) -> list[NodeId]:
    """The batches whose last look found a line open that names one of these nodes: a partner is in no batch."""
    rows = await (await driver(tx)).fetch(_WAITING, nodes)
    return [node("batch", row["batch_id"]) for row in rows]


async def certified_of(tx: Transaction, partner_ids: Sequence[str]) -> list[NodeId]:
    """The batches of these partners that have certificates: a partner is in no batch."""
    statement = "SELECT DISTINCT batch_id FROM certificate WHERE partner_id = ANY($1::text[])"
    return [node("batch", row["batch_id"]) for row in await (await driver(tx)).fetch(statement, partner_ids)]


async def standing(tx: Transaction, batch_id: str) -> CertificateRow | None:
    """The certificate of a batch that holds; there is at most one."""
    id = await (await driver(tx)).fetchval(_STANDING, batch_id)
    return await tx.get(CertificateRow, id) if id else None


async def suspended_of(tx: Transaction, batch_id: str) -> str | None:
    """The certificate that the batch's next one replaces, where it has none that holds."""
    id = await (await driver(tx)).fetchval(_SUSPENDED, batch_id)
    return str(id) if id else None


async def successor(tx: Transaction, certificate_id: str) -> str | None:
    """The certificate that replaces this one."""
    query = select(CertificateRow).where(col(CertificateRow.replaces_certificate_id) == certificate_id)
    row = await tx.scalar(query)
    return row.certificate_id if row else None


async def suspension(tx: Transaction, certificate_id: str) -> SuspensionRow | None:
    return await tx.get(SuspensionRow, certificate_id)


async def save_suspension(tx: Transaction, suspended: Suspension, now: datetime) -> None:
    evidence, lines = json.dumps(suspended.evidence), json.dumps(suspended.open_lines)
    await (await driver(tx)).execute(_SUSPEND, suspended.certificate_id, suspended.reason.value, evidence, lines, now)


async def save_open(tx: Transaction, batch_id: str, size: int, lines: list[dict[str, Any]]) -> None:
    """The batch was looked at with the ledger's first `size` records and lacks these lines."""
    await (await driver(tx)).execute(_LOOKED, batch_id, size, None, json.dumps(lines))


async def save_certificate(
    tx: Transaction, issued: Certificate, size: int, replaces: str | None, now: datetime
) -> None:
    connection = await driver(tx)
    await connection.execute(
        _SAVE, issued.certificate_id, issued.batch_id, issued.partner_id, size, issued.canonical, now, replaces
    )
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
