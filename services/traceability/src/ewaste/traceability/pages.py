"""Pages for the municipality, auditors and citizens: chains and certificates, from what the API reads."""

from enum import StrEnum
from typing import Annotated, Any, Final

from ewaste.contracts.fields import Identifier
from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.evidence.canonical import sha256_hex
from ewaste.evidence.custody.fold import fold
from ewaste.evidence.custody.graph import node
from ewaste.evidence.custody.states import certificate_state
from ewaste.evidence.custody.texts import WORDS
from ewaste.evidence.custody.trace import UnknownNode, trace
from ewaste.evidence.rules.operations import OPERATIONS
from ewaste.runtime.database import Database, Transaction
from ewaste.runtime.http import page, read_cursor
from ewaste.traceability.alerts.pages import add_alert_pages
from ewaste.traceability.alerts.texts import ALERT_TEXTS
from ewaste.traceability.certificates import storage as certificates
from ewaste.traceability.certificates.keyring import Keyring
from ewaste.traceability.certificates.places import place_of
from ewaste.traceability.certificates.standing import standing_of
from ewaste.traceability.certificates.storage import CertificateRow
from ewaste.traceability.certificates.texts import CONTENT_PARTS, SUSPENSION_REASONS
from ewaste.traceability.custody import storage as custody
from ewaste.traceability.custody.handlers import evidence_of
from ewaste.traceability.exports.registers_pages import add_export_pages
from ewaste.traceability.texts import CERTIFICATE_STATES, MATERIALS, OPERATION_NAMES, TEXTS
from ewaste.traceability.verify_pages import add_verify_pages
from ewaste.web.language import Words
from ewaste.web.pages import Landing, Link, Pages, build_pages
from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter

__all__ = ["router"]

_LANDING: Final = Landing(
    Words("ตรวจสอบย้อนกลับและใบรับรอง", "Traceability and certificates"),
    Words(
        "บัญชีของทุกเหตุการณ์ตั้งแต่กล่องรับจนถึงใบรับรองว่าไม่มีส่วนใดถูกฝังกลบ ใครก็ตรวจสอบได้โดยไม่ต้องเชื่อผู้ให้บริการ",
        "The ledger of every event from the drop box to the certificate that none of it was buried. Anyone can check "
        "it without trusting the operator.",
    ),
    (
        Link("/pages/certificates", Words("ใบรับรอง", "Certificates")),
        Link("/pages/trace", Words("ตรวจสอบเส้นทาง", "Follow a chain")),
        Link("/pages/alerts", Words("สัญญาณเตือน", "Alerts")),
        Link("/exports", Words("ดาวน์โหลดทะเบียน", "Download registers")),
        Link("/pages/verify", Words("ตรวจสอบใบรับรอง", "Verify a certificate")),
    ),
)
_PER_PAGE: Final = 50
_CONTENT: Final = TypeAdapter(dict[str, Any])
_GOOD: Final = frozenset({"certified", "valid", "final", "treated", "accepted", "opened", "delivered"})
_BAD: Final = frozenset({"broken", "disputed", "rejected", "suspended"})
_WARN: Final = frozenset({"waiting", "partly_accepted", "replaced"})
_LANDFILL: Final = frozenset(code for code, rule in OPERATIONS.items() if rule.landfill)


class Kind(StrEnum):
    """What has a chain."""

    ITEM = "item"
    BAG = "bag"
    LOAD = "load"
    BATCH = "batch"
    CERTIFICATE = "certificate"


def router(database: Database, keyring: Keyring, source: str) -> APIRouter:
    """`keyring` and `source` are those of the issuer of certificates here."""
    pages = build_pages(_LANDING, {**TEXTS, **ALERT_TEXTS}, "ewaste.traceability")
    web = pages.router()
    _trace_routes(web, pages, database)
    _certificate_routes(web, pages, database)
    add_alert_pages(web, pages, database)
    add_verify_pages(web, pages, database, keyring, source)
    add_export_pages(web, pages, database)
    return web


def _trace_routes(web: APIRouter, pages: Pages, database: Database) -> None:
    @web.get("/pages/trace")
    async def ask(request: Request, kind: Kind = Kind.ITEM, id: Identifier | None = None) -> Response:
        if id is not None:
            return pages.redirect(request, f"/pages/trace/{kind}/{id}")
        return pages.render(request, "ask.html", kinds=list(Kind))

    @web.get("/pages/trace/{kind}/{id}")
    async def show(request: Request, kind: Kind, id: Identifier) -> Response:
        async with database.transaction() as tx:
            evidence = await evidence_of(tx, node(kind, id))
            size = await custody.position(tx, "custody")
            open_lines = await _open_lines(tx, id) if kind is Kind.BATCH else []
        try:
            found = trace(fold(evidence), node(kind, id))
        except UnknownNode as unknown:
            raise Refused("not-known", str(unknown), field="id", status=NOT_FOUND) from None
        return pages.render(
            request, "trace.html", root=found, size=size, open_lines=open_lines, seen=set(), tone=_tone, word=_word,
            operations=OPERATION_NAMES, materials=MATERIALS, landfill=_LANDFILL,
        )  # fmt: skip


def _certificate_routes(web: APIRouter, pages: Pages, database: Database) -> None:
    @web.get("/pages/certificates")
    async def listed(request: Request, cursor: Annotated[str | None, Query(max_length=200)] = None) -> Response:
        after = read_cursor(cursor, Identifier)
        async with database.transaction() as tx:
            rows = await certificates.certificates_after(tx, after, _PER_PAGE + 1)
        shown = page(rows, _PER_PAGE, _listed, lambda row: row.certificate_id)
        return pages.render(request, "certificates.html", certificates=shown.items, next_cursor=shown.next_cursor)

    @web.get("/pages/certificates/{certificate_id}")
    async def show(request: Request, certificate_id: Identifier) -> Response:
        async with database.transaction() as tx:
            row = await certificates.certificate(tx, certificate_id)
            state = await _state(tx, certificate_id)
            standing = await standing_of(tx, certificate_id)
            place = await place_of(tx, certificate_id)
        if row is None:
            raise Refused("certificate-unknown", f"no certificate {certificate_id}", status=NOT_FOUND)
        tone, said = CERTIFICATE_STATES[state]
        content, digest = _CONTENT.validate_json(row.content), sha256_hex(row.content)
        return pages.render(
            request, "certificate.html", row=row, content=content, digest=digest, tone=tone, state=said,
            standing=standing, reasons=SUSPENSION_REASONS, parts=CONTENT_PARTS, operations=OPERATION_NAMES,
            materials=MATERIALS, word=_word,
            place=place,
        )  # fmt: skip


async def _open_lines(tx: Transaction, batch_id: str) -> list[dict[str, Any]]:
    """Why the batch has no certificate, as of the last look at it."""
    looked = await certificates.certification(tx, batch_id)
    return looked.open_lines if looked and looked.certificate_id is None else []


async def _state(tx: Transaction, certificate_id: str) -> str:
    """As the ledger shows it; `announced` until its own event is there."""
    evidence = await evidence_of(tx, node("certificate", certificate_id))
    return certificate_state(fold(evidence), certificate_id) or "announced"


def _listed(row: CertificateRow) -> dict[str, Any]:
    return {"row": row, "content": _CONTENT.validate_json(row.content)}


def _word(field: str, value: str) -> Words:
    """What a value is called; itself where it has no other name."""
    english, thai = WORDS[field].get(value, (value, value))
    return Words(thai, english)


def _tone(state: str) -> str:
    if state in _BAD:
        return "bad"
    return "good" if state in _GOOD else "warn" if state in _WARN else ""
