"""Whether a certificate holds now, and how it differs from the one that it replaces."""

import json
from datetime import datetime
from typing import Any

from ewaste.contracts.events.traceability import SuspensionReason
from ewaste.evidence.certificates.reissue import Difference, differences
from ewaste.evidence.custody.model import CertificateState
from ewaste.runtime.database import Transaction
from ewaste.traceability.certificates import storage
from pydantic import BaseModel

__all__ = ["Standing", "Suspended", "standing_of"]


class Suspended(BaseModel):
    """`evidence` are ledger indices of what changed; `open_lines` what kept the batch from a new certificate then."""

    reason: SuspensionReason
    evidence: list[int]
    open_lines: list[str]
    suspended_at: datetime


class Standing(BaseModel):
    """`differences` are against the certificate that this one replaces."""

    certificate_id: str
    batch_id: str
    state: CertificateState
    suspension: Suspended | None
    replaces: str | None
    replaced_by: str | None
    differences: list[Difference]


async def standing_of(tx: Transaction, certificate_id: str) -> Standing | None:
    """None where there is no such certificate."""
    row = await storage.certificate(tx, certificate_id)
    if row is None:
        return None
    suspension = await storage.suspension(tx, certificate_id)
    replaced_by = await storage.successor(tx, certificate_id)
    before = await storage.certificate(tx, row.replaces_certificate_id) if row.replaces_certificate_id else None
    fallen = CertificateState.REPLACED if replaced_by else CertificateState.SUSPENDED
    return Standing(
        certificate_id=certificate_id,
        batch_id=row.batch_id,
        state=fallen if suspension else CertificateState.VALID,
        suspension=Suspended(**suspension.model_dump(exclude={"certificate_id"})) if suspension else None,
        replaces=row.replaces_certificate_id,
        replaced_by=replaced_by,
        differences=differences(_content(before), _content(row)) if before else [],
    )


def _content(row: storage.CertificateRow) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(row.content)
    return content
