"""HTTP: certificates as documents that outsiders verify, and verifying them here."""

from typing import Annotated, Any

from ewaste.contracts.fields import Identifier
from ewaste.contracts.refusal import INVALID, Refused
from ewaste.evidence.certificates.credential import CREDENTIAL_MEDIA_TYPE, did_document
from ewaste.evidence.certificates.documents import MOST_DOCUMENT_BYTES, DocumentKind, DocumentUnreadable, read_document
from ewaste.runtime.database import Database
from ewaste.traceability.certificates.credentials import issued, paper_of, signed, status_list
from ewaste.traceability.certificates.keyring import Keyring
from ewaste.traceability.certificates.steps import said
from ewaste.traceability.certificates.verification import Step, StepCode, Verdict, verify
from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

__all__ = ["router"]

_TOO_LARGE = 413
_NO_SNIFFING = {"X-Content-Type-Options": "nosniff"}
_ANY_DOCUMENT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/vc+jwt": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "object"}},
            "application/pdf": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


class VerificationStep(BaseModel):
    code: StepCode
    holds: bool | None
    """Null where there is nothing to look at, or it can't be told here."""
    text_th: str
    text_en: str


class Verification(BaseModel):
    """What was found of a document; `holds` when the ledger vouches for its content and nothing speaks against it."""

    holds: bool
    kind: DocumentKind
    digest: str
    """SHA-256 of the canonical content that was presented, hex."""
    certificate_id: str | None
    """Null where the ledger knows no certificate with this content."""
    state: str | None
    steps: list[VerificationStep]


def router(database: Database, keyring: Keyring, source: str) -> APIRouter:
    """`source` is who issues certificates here."""
    api = APIRouter(tags=["credentials"])
    _issuer_routes(api, database, keyring)
    _document_routes(api, database, keyring)

    @api.post("/certificates/verify", openapi_extra=_ANY_DOCUMENT)
    async def verify_document(request: Request) -> Verification:
        """Verify a credential (`vc+jwt`), a certificate's canonical JSON or its PDF; whatever it is, send its bytes."""
        raw = await _body(request)
        try:
            document = read_document(raw)
        except DocumentUnreadable as unreadable:
            raise Refused("document-unreadable", str(unreadable), field="body", status=INVALID) from None
        async with database.transaction() as tx:
            return _verification(await verify(tx, document, raw, keyring, source))

    return api


def _issuer_routes(api: APIRouter, database: Database, keyring: Keyring) -> None:
    @api.get("/did.json", include_in_schema=False)
    @api.get("/.well-known/did.json")
    async def read_issuer() -> dict[str, Any]:
        """The issuer's DID document (`did:web`): every key that signs credentials or ever did."""
        return did_document(keyring.url, keyring.public())

    @api.get("/status-lists/{purpose}/{number}", response_class=Response)
    async def read_status_list(purpose: str, number: Annotated[int, Path(ge=0, le=1_000_000)]) -> Response:
        """A Bitstring Status List: which certificates hold no more (`suspension`) or are replaced (`revocation`)."""
        async with database.transaction() as tx:
            listed = await status_list(tx, purpose, number, keyring)
        return Response(listed, media_type=CREDENTIAL_MEDIA_TYPE, headers=_NO_SNIFFING)


def _document_routes(api: APIRouter, database: Database, keyring: Keyring) -> None:
    @api.get("/certificates/{certificate_id}/credential", response_class=Response)
    async def read_credential(certificate_id: Identifier) -> Response:
        """The certificate as a W3C Verifiable Credential 2.0, `vc+jwt`, signed with Ed25519."""
        async with database.transaction() as tx:
            found = await issued(tx, certificate_id)
        return Response(signed(found, keyring), media_type=CREDENTIAL_MEDIA_TYPE, headers=_NO_SNIFFING)

    @api.get("/certificates/{certificate_id}/pdf", response_class=Response)
    async def read_paper(certificate_id: Identifier) -> Response:
        """The certificate as PDF/A-3 in Thai and English, with the credential and the canonical JSON inside."""
        async with database.transaction() as tx:
            found = await issued(tx, certificate_id)
        paper = await paper_of(found, signed(found, keyring), keyring)
        named = {"Content-Disposition": f'inline; filename="{certificate_id}.pdf"'}
        return Response(paper, media_type="application/pdf", headers={**_NO_SNIFFING, **named})


async def _body(request: Request) -> bytes:
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MOST_DOCUMENT_BYTES:
            detail = f"a certificate's document has at most {MOST_DOCUMENT_BYTES:,} bytes"
            raise Refused("document-too-large", detail, field="body", status=_TOO_LARGE)
    return bytes(raw)


def _verification(verdict: Verdict) -> Verification:
    return Verification(
        holds=verdict.holds,
        kind=verdict.kind,
        digest=verdict.digest,
        certificate_id=verdict.certificate_id,
        state=verdict.state,
        steps=[_step(step) for step in verdict.steps],
    )


def _step(step: Step) -> VerificationStep:
    words = said(step)
    return VerificationStep(code=step.code, holds=step.holds, text_th=words.th, text_en=words.en)
