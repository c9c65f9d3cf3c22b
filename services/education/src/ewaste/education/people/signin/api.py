"""HTTP: pictures, signing in and out."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

from ewaste.contracts.events.education import AgeBand, Audience, Grade
from ewaste.contracts.refusal import Refused
from ewaste.education.people.consents.handlers import missing_consents
from ewaste.education.people.consents.model import Purpose
from ewaste.education.people.signin import handlers, storage
from ewaste.education.people.signin.access import Access
from ewaste.education.people.signin.codes import read_code
from ewaste.education.people.signin.handlers import Rules
from ewaste.education.people.signin.pictures import check_pictures, pictures
from ewaste.education.people.signin.secrets import Keys, matches
from ewaste.education.people.signin.storage import SessionRow, Signed
from ewaste.runtime.bulk import Input
from ewaste.runtime.database import Database
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["PRIVATE", "Number", "PictureView", "router"]

# What a card or a token says must stay in no cache.
PRIVATE: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}

Code = Annotated[str, Field(min_length=1, max_length=60)]
Number = Annotated[int, Field(strict=True, ge=1, le=100_000)]


class PictureView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    picture_id: str
    emoji: str
    name_th: str
    name_en: str


class PupilSignIn(Input):
    class_code: Code
    number: Number
    """The pupil's number in the class."""
    pictures: Annotated[list[str], Field(max_length=10)]
    """Three picture ids, in order."""


class CodeSignIn(Input):
    code: Code


class SessionView(BaseModel):
    token: str
    """Send it as `Authorization: Bearer …`."""
    learner_id: UUID
    expires_at: datetime


class SignedView(BaseModel):
    learner_id: UUID
    group_id: UUID | None
    audience: Audience
    school_id: str | None
    grade: Grade | None
    age_band: AgeBand | None
    expires_at: datetime
    consents_missing: list[Purpose]


def router(database: Database, access: Access, keys: Keys, rules: Rules) -> APIRouter:
    api = APIRouter(tags=["sign-in"])
    anyone = Annotated[Signed, Depends(access.anyone)]

    @api.get("/pictures")
    async def list_pictures() -> list[PictureView]:
        """The pictures that a pupil picks three of."""
        return [PictureView.model_validate(one) for one in pictures().values()]

    @api.post("/sign-in/pupil")
    async def sign_in_pupil(body: PupilSignIn, response: Response) -> SessionView:
        """Sign in with the class code, one's number and one's three pictures in order."""
        code = read_code(body.class_code, "class_code")
        check_pictures(body.pictures)
        async with database.transaction() as tx:
            found = await handlers.begin_try(tx, rules, code, body.number, _now())
        kept = found.hash if found and found.hash else rules.hashing.dummy()
        right = await asyncio.to_thread(matches, handlers.mixed(keys, found, body.pictures), kept)
        async with database.transaction() as tx:
            result = await handlers.finish_try(tx, rules, found, right=right, now=_now())
        if isinstance(result, Refused):
            raise result
        return _session(result, keys, response)

    @api.post("/sign-in/code")
    async def sign_in_with_code(body: CodeSignIn, response: Response) -> SessionView:
        """Sign in with a personal code, as teachers and the city's staff do."""
        code = read_code(body.code, "code")
        async with database.transaction() as tx:
            return _session(await handlers.sign_in_with_code(tx, rules, code, _now()), keys, response)

    @api.get("/session")
    async def read_session(signed: anyone) -> SignedView:
        """Who is signed in, and what is still to be consented to."""
        async with database.transaction() as tx:
            missing = await missing_consents(tx, signed.learner_id)
        return SignedView(**{name: getattr(signed, name) for name in SignedView.model_fields if hasattr(signed, name)},
                          consents_missing=missing)  # fmt: skip

    @api.delete("/session", status_code=204)
    async def sign_out(signed: anyone) -> None:
        """End the session; its token is worth nothing from now on."""
        async with database.transaction() as tx:
            await storage.end_session(tx, signed.session_id)

    return api


def _session(row: SessionRow, keys: Keys, response: Response) -> SessionView:
    response.headers.update(PRIVATE)
    return SessionView(token=keys.token(row.session_id), learner_id=row.learner_id, expires_at=row.expires_at)


def _now() -> datetime:
    return datetime.now(UTC)
