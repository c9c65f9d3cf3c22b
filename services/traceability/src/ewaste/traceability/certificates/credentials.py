"""Certificates as signed documents: what the ledger says of a certificate, put into a credential and on paper."""

import asyncio
from dataclasses import dataclass

from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.evidence.certificates.credential import certificate_credential, secure
from ewaste.evidence.certificates.status_entry import STATUS_PURPOSES
from ewaste.evidence.certificates.status_list import status_list_credential
from ewaste.runtime.database import Transaction
from ewaste.traceability.certificates import places, storage
from ewaste.traceability.certificates.keyring import Keyring
from ewaste.traceability.certificates.pdf import certificate_pdf
from ewaste.traceability.certificates.places import Place

__all__ = ["Issued", "issued", "paper_of", "signed", "status_list", "verify_url"]

_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate that the ledger announces."""

    certificate_id: str
    content: bytes
    """Canonical JSON."""
    place: Place


async def issued(tx: Transaction, certificate_id: str) -> Issued:
    """Raises Refused where there is no such certificate, or its own event has not come back into the ledger yet."""
    row = await storage.certificate(tx, certificate_id)
    if row is None:
        detail = f"no certificate {certificate_id}; see /certificates"
        raise Refused("certificate-unknown", detail, field="certificate_id", status=NOT_FOUND)
    place = await places.place_of(tx, certificate_id)
    if place is None:
        detail = f"{certificate_id} is on its way into the ledger; ask again in a few seconds"
        raise Refused("certificate-not-announced", detail, field="certificate_id", status=_CONFLICT)
    return Issued(certificate_id, row.content, place)


def signed(found: Issued, keyring: Keyring) -> str:
    """The credential as `vc+jwt`. Raises KeyFileUnusable."""
    credential = certificate_credential(
        found.content,
        certificate_id=found.certificate_id,
        issued_at=found.place.issued_at,
        ordinal=found.place.ordinal,
        url=keyring.url,
    )
    return secure(credential, keyring.signing(), keyring.url)


async def paper_of(found: Issued, credential: str, keyring: Keyring) -> bytes:
    """The PDF with this credential inside; laid out beside the event loop."""
    return await asyncio.to_thread(
        certificate_pdf,
        found.content,
        certificate_id=found.certificate_id,
        issued_at=found.place.issued_at,
        credential=credential,
        verify_url=verify_url(keyring.url, found.certificate_id),
    )


def verify_url(url: str, certificate_id: str) -> str:
    """Where the QR code leads."""
    return f"{url}/pages/verify/{certificate_id}"


async def status_list(tx: Transaction, purpose: str, number: int, keyring: Keyring) -> str:
    """The list as `vc+jwt`. Raises Refused where it does not exist, KeyFileUnusable."""
    fallen = await places.fallen(tx, purpose, number) if purpose in STATUS_PURPOSES else None
    if fallen is None:
        detail = f"no status list {purpose}/{number}; a certificate's credential names its lists"
        raise Refused("status-list-unknown", detail, field="number", status=NOT_FOUND)
    listed = status_list_credential(purpose, number, fallen.ordinals, valid_from=fallen.newest, url=keyring.url)
    return secure(listed, keyring.signing(), keyring.url)
