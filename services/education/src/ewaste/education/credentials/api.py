"""HTTP: badges as outsiders verify them, on paper, and verified here."""

import asyncio
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from ewaste.contracts.fields import Text
from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.education.credentials import storage
from ewaste.education.credentials.handlers import MOST_BYTES, Badges, check_holder
from ewaste.education.credentials.model import Award
from ewaste.education.credentials.pdf import certificate_pdf, verify_url
from ewaste.education.people.signin.access import Access
from ewaste.education.people.signin.handlers import may_teach
from ewaste.education.people.signin.storage import Signed
from ewaste.evidence.certificates.credential import CREDENTIAL_MEDIA_TYPE, did_document
from ewaste.runtime.bulk import Input
from ewaste.runtime.database import Database
from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel

__all__ = ["router"]

_TOO_LARGE: Final = 413
_NO_SNIFFING: Final = {"X-Content-Type-Options": "nosniff"}
_PDF: Final = "application/pdf"
_JWT_RESPONSE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {CREDENTIAL_MEDIA_TYPE: {}}}}
_PDF_RESPONSE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {_PDF: {}}}}
_EITHER_RESPONSE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {CREDENTIAL_MEDIA_TYPE: {}, _PDF: {}}}}
_DOCUMENT: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            CREDENTIAL_MEDIA_TYPE: {"schema": {"type": "string"}},
            _PDF: {"schema": {"type": "string", "format": "binary"}},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


class AwardView(BaseModel):
    credential_id: UUID
    course_id: str
    course_version: int
    completed_on: date
    revoked_at: datetime | None
    verify_url: str


class NamedCopy(Input):
    """The name is in the copy alone and is kept nowhere."""

    name: Text
    form: Literal["badge", "pdf"] = "pdf"


class Revocation(Input):
    reason: Text


class Verification(BaseModel):
    holds: bool
    """Signed by us, in our records, and not revoked."""
    signed: bool
    known: bool
    revoked_at: datetime | None
    credential_id: UUID | None
    course_id: str | None
    course_version: int | None
    completed_on: date | None
    name: str | None
    """The name that the learner chose to show; signed like everything else in the badge."""
    why: str


def router(database: Database, access: Access, badges: Badges) -> APIRouter:
    api = APIRouter(tags=["credentials"])
    _issuer_routes(api, database, badges)
    _document_routes(api, database, badges)
    _holder_routes(api, database, access, badges)

    @api.post("/credentials/verify", openapi_extra=_DOCUMENT)
    async def verify(request: Request) -> Verification:
        """Verify a badge (`vc+jwt`) or the PDF that holds it; send its bytes."""
        raw = await _body(request)
        async with database.transaction() as tx:
            verdict = await badges.verify(tx, raw)
        award = verdict.award
        return Verification(
            holds=verdict.holds,
            signed=verdict.signed,
            known=verdict.known,
            revoked_at=verdict.revoked_at,
            credential_id=award.credential_id if award else None,
            course_id=award.course_id if award else None,
            course_version=award.course_version if award else None,
            completed_on=award.completed_on if award else None,
            name=verdict.name,
            why=verdict.why,
        )

    return api


def _issuer_routes(api: APIRouter, database: Database, badges: Badges) -> None:
    @api.get("/did.json", include_in_schema=False)
    @api.get("/.well-known/did.json")
    async def read_issuer() -> dict[str, Any]:
        """The issuer's DID document (`did:web`): every key that signs badges or ever did."""
        return did_document(badges.issuer.url, badges.keyring.public())

    @api.get("/.well-known/jwks.json")
    async def read_keys() -> dict[str, Any]:
        """The same keys as a JWK Set."""
        methods = did_document(badges.issuer.url, badges.keyring.public())["verificationMethod"]
        return {"keys": [method["publicKeyJwk"] for method in methods]}

    @api.get("/status-lists/{purpose}/{number}", response_class=Response, responses=_JWT_RESPONSE)
    async def read_status_list(purpose: str, number: Annotated[int, Path(ge=0, le=1_000_000)]) -> Response:
        """A Bitstring Status List: which badges were revoked. It does not tell whose they are."""
        async with database.transaction() as tx:
            listed = await badges.status_list(tx, purpose, number)
        return Response(listed, media_type=CREDENTIAL_MEDIA_TYPE, headers=_NO_SNIFFING)


def _document_routes(api: APIRouter, database: Database, badges: Badges) -> None:
    # Before the badge itself: an id never ends with `.pdf`.
    @api.get("/credentials/{credential_id}.pdf", response_class=Response, responses=_PDF_RESPONSE)
    async def read_paper(credential_id: UUID) -> Response:
        """The certificate in Thai as PDF/A-3 with the badge inside, and a line to write the name on."""
        return await _paper(database, badges, credential_id, None)

    @api.get("/credentials/{credential_id}", response_class=Response, responses=_JWT_RESPONSE)
    async def read_badge(credential_id: UUID) -> Response:
        """The Open Badge 3.0 as `vc+jwt`, signed with Ed25519; it names nobody."""
        return await _badge(database, badges, credential_id, None)


def _holder_routes(api: APIRouter, database: Database, access: Access, badges: Badges) -> None:
    anyone, staff = Depends(access.anyone), Depends(access.staff)

    @api.get("/learners/{learner_id}/credentials")
    async def list_awards(learner_id: UUID) -> list[AwardView]:
        """What a learner has completed, oldest first."""
        async with database.transaction() as tx:
            return [_view(one, badges) for one in await storage.awards_of(tx, learner_id)]

    @api.post("/credentials/{credential_id}/named", response_class=Response, responses=_EITHER_RESPONSE)
    async def named_copy(credential_id: UUID, body: NamedCopy, signed: Signed = anyone) -> Response:
        """The badge or the paper with the name that the learner wants to show; for that learner or a teacher."""
        async with database.transaction() as tx:
            check_holder(await storage.holder(tx, credential_id), signed.learner_id, teaches=may_teach(signed))
        make = _badge if body.form == "badge" else _paper
        return await make(database, badges, credential_id, body.name)

    @api.post("/credentials/{credential_id}/revoke", status_code=204, dependencies=[staff])
    async def revoke(credential_id: UUID, body: Revocation) -> None:
        """From now on the badge does not hold; again changes nothing. For the city's staff."""
        async with database.transaction() as tx:
            if not await storage.revoke(tx, credential_id, body.reason, datetime.now(UTC)):
                raise Refused("credential-unknown", f"no credential {credential_id}", field="credential_id",
                              status=NOT_FOUND)  # fmt: skip


def _view(award: Award, badges: Badges) -> AwardView:
    return AwardView(
        credential_id=award.credential_id,
        course_id=award.course_id,
        course_version=award.course_version,
        completed_on=award.completed_on,
        revoked_at=award.revoked_at,
        verify_url=verify_url(badges.issuer, award),
    )


async def _badge(database: Database, badges: Badges, credential_id: UUID, name: str | None) -> Response:
    async with database.transaction() as tx:
        award, course = await badges.read(tx, credential_id)
    return Response(badges.sign(award, course, name), media_type=CREDENTIAL_MEDIA_TYPE, headers=_NO_SNIFFING)


async def _paper(database: Database, badges: Badges, credential_id: UUID, name: str | None) -> Response:
    async with database.transaction() as tx:
        award, course = await badges.read(tx, credential_id)
    signed = badges.sign(award, course, name)
    paper = await asyncio.to_thread(certificate_pdf, award, course, badges.issuer, signed, name)
    shown = {"Content-Disposition": f'inline; filename="{credential_id}.pdf"'}
    return Response(paper, media_type=_PDF, headers={**_NO_SNIFFING, **shown})


async def _body(request: Request) -> bytes:
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MOST_BYTES:
            detail = f"a badge or its paper has at most {MOST_BYTES:,} bytes"
            raise Refused("document-too-large", detail, field="body", status=_TOO_LARGE)
    return bytes(raw)
