"""HTTP: for the municipality, auditors and whoever asks where something is."""

import json
from typing import Annotated, Any

from ewaste.contracts.fields import Identifier
from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.evidence.custody.fold import fold
from ewaste.evidence.custody.graph import node
from ewaste.evidence.custody.trace import UnknownNode, trace
from ewaste.runtime.database import Database
from ewaste.runtime.http import Page, page, read_cursor
from ewaste.traceability.certificates import storage as certificates
from ewaste.traceability.certificates.standing import Standing, standing_of
from ewaste.traceability.certificates.storage import CertificateRow
from ewaste.traceability.custody import storage as custody
from ewaste.traceability.custody.handlers import evidence_of
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.model import Entry, Ledger
from ewaste.traceability.settings import Settings
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

__all__ = ["router"]

_LAST_INDEX = 2**53 - 1


class LedgerHead(BaseModel):
    """The ledger as of now."""

    origin: str
    size: int
    root: str
    """Root of the RFC 6962 tree over all leaves, hex."""
    projected: int | None
    """How many of them the custody projection has taken in."""


class LedgerEntry(BaseModel):
    index: int
    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    event: dict[str, Any] | None
    """The CloudEvent; null where the record can't be read by most (its bytes are in the log)."""


class CertificateSummary(BaseModel):
    certificate_id: str
    batch_id: str
    ledger_size: int
    issued_at: str


class Certification(BaseModel):
    """The last look at a batch: its certificate, or what is still open."""

    batch_id: str
    ledger_size: int
    certificate_id: str | None
    open_lines: list[dict[str, Any]]


def router(database: Database, settings: Settings) -> APIRouter:
    api = APIRouter()
    _trace_routes(api, database)
    _certificate_routes(api, database)
    _ledger_routes(api, database, f"urn:ewaste:{settings.city}")
    return api


def _trace_routes(api: APIRouter, database: Database) -> None:
    @api.get("/trace/{kind}/{id}", tags=["trace"])
    async def read_trace(kind: str, id: Identifier) -> dict[str, Any]:
        """The chain of an item, bag, load, batch or certificate as a tree, with what is still missing."""
        async with database.transaction() as tx:
            evidence = await evidence_of(tx, node(kind, id))
        try:
            return trace(fold(evidence), node(kind, id)).to_dict()
        except UnknownNode as unknown:
            raise Refused("not-known", str(unknown), field="id", status=NOT_FOUND) from None


def _certificate_routes(api: APIRouter, database: Database) -> None:
    @api.get("/certificates", tags=["certificates"])
    async def list_certificates(
        cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> Page[CertificateSummary]:
        async with database.transaction() as tx:
            rows = await certificates.certificates_after(tx, read_cursor(cursor, Identifier), limit + 1)
        return page(rows, limit, _summary, lambda row: row.certificate_id)

    @api.get("/certificates/{certificate_id}", tags=["certificates"])
    async def read_certificate(certificate_id: Identifier) -> Response:
        """The certificate's canonical JSON (RFC 8785), byte for byte as its digest covers it."""
        async with database.transaction() as tx:
            row = await certificates.certificate(tx, certificate_id)
        if row is None:
            detail = f"no certificate {certificate_id}; see /certificates"
            raise Refused("certificate-unknown", detail, field="certificate_id", status=NOT_FOUND)
        return Response(row.content, media_type="application/json")

    @api.get("/certificates/{certificate_id}/standing", tags=["certificates"])
    async def read_standing(certificate_id: Identifier) -> Standing:
        """Whether the certificate holds now, why not, and what its successor says otherwise."""
        async with database.transaction() as tx:
            found = await standing_of(tx, certificate_id)
        if found is None:
            detail = f"no certificate {certificate_id}; see /certificates"
            raise Refused("certificate-unknown", detail, field="certificate_id", status=NOT_FOUND)
        return found

    @api.get("/batches/{batch_id}/certification", tags=["certificates"])
    async def read_certification(batch_id: Identifier) -> Certification:
        """Why a batch has its certificate, or what it still lacks."""
        async with database.transaction() as tx:
            row = await certificates.certification(tx, batch_id)
        if row is None:
            detail = f"nothing is recorded of batch {batch_id} yet"
            raise Refused("batch-unknown", detail, field="batch_id", status=NOT_FOUND)
        return Certification(**row.model_dump())


def _ledger_routes(api: APIRouter, database: Database, origin: str) -> None:
    @api.get("/ledgers/{ledger}", tags=["ledger"])
    async def read_head(ledger: Ledger) -> LedgerHead:
        async with database.transaction() as tx:
            head = await ledger_storage.head(tx, ledger)
            projected = await custody.position(tx, "custody") if ledger is Ledger.CUSTODY else None
        return LedgerHead(origin=f"{origin}:{ledger}", size=head.size, root=head.root.hex(), projected=projected)

    @api.get("/ledgers/{ledger}/entries", tags=["ledger"], response_model=Page[LedgerEntry])
    async def list_entries(
        ledger: Ledger,
        start: Annotated[int, Query(ge=0, le=_LAST_INDEX, description="the first index")] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        """Records in ledger order; go on with start = next_cursor, which never moves under a reader."""
        async with database.transaction() as tx:
            entries = await ledger_storage.entries_from(tx, ledger, start, start + limit)
        more = b'"%d"' % (start + limit) if len(entries) == limit else b"null"
        items = b",".join(_shown(entry) for entry in entries)
        return Response(b'{"items": [%s], "next_cursor": %s}' % (items, more), media_type="application/json")


def _shown(entry: Entry) -> bytes:
    record = entry.record
    place = {"index": entry.index, "topic": record.topic, "partition": record.partition, "offset": record.offset}
    rest = json.dumps({**place, "timestamp_ms": record.timestamp_ms}).encode()[:-1]
    return b'%s, "event": %s}' % (rest, _event(entry))


def _event(entry: Entry) -> bytes:
    """Null also for what is JSON and few can read: one such event must not spoil the page for everyone."""
    if entry.envelope is None or entry.record.value is None:
        return b"null"
    try:
        return json.dumps(json.loads(entry.record.value), ensure_ascii=False, allow_nan=False).encode()
    except ValueError:  # a number of more than 4,300 digits, or beyond the largest double
        return b"null"


def _summary(row: CertificateRow) -> CertificateSummary:
    return CertificateSummary(
        certificate_id=row.certificate_id,
        batch_id=row.batch_id,
        ledger_size=row.ledger_size,
        issued_at=row.issued_at.isoformat(),
    )
