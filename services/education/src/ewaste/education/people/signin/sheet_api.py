"""HTTP: what teachers hand out: sheets with class codes and pictures, and personal codes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

from ewaste.contracts.events.education import Audience
from ewaste.contracts.fields import Identifier
from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.education.people import storage as people
from ewaste.education.people.groups import storage as groups
from ewaste.education.people.model import School
from ewaste.education.people.signin import handlers, sheet, storage
from ewaste.education.people.signin.access import Access, group_for
from ewaste.education.people.signin.api import PRIVATE, Number, PictureView
from ewaste.education.people.signin.codes import shown
from ewaste.education.people.signin.handlers import Rules
from ewaste.education.people.signin.secrets import Keys
from ewaste.education.people.signin.storage import Signed
from ewaste.runtime.bulk import Input
from ewaste.runtime.database import Database
from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["router"]

# The sheet is a page that loads nothing and runs nothing.
_SHEET: Final = {**PRIVATE, "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


class NewSheet(Input):
    numbers: Annotated[list[Number], Field(min_length=1, max_length=1_000)] | None = None
    """Fresh pictures for these, as when one has forgotten them; without it for everybody who has none."""
    everyone: bool = False
    """Fresh pictures for all: nobody's old ones work any more."""
    fresh_code: bool = False
    """A new class code though the old one still holds."""


class CardView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    number: int
    learner_id: UUID
    name: str | None
    pictures: list[PictureView] | None
    """Shown this once; null where the pupil keeps those of before."""


class SheetView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    title: str
    code: str
    expires_at: datetime
    cards: list[CardView]


class PersonalCode(BaseModel):
    learner_id: UUID
    name: str | None
    code: str
    """Shown this once."""


def router(database: Database, access: Access, keys: Keys, rules: Rules, schools: Mapping[str, School]) -> APIRouter:
    api = APIRouter(tags=["sign-in"])
    teacher = Annotated[Signed, Depends(access.teacher)]
    staff = Annotated[Signed, Depends(access.staff)]

    async def new_sheet(group_id: UUID, body: NewSheet, signed: Signed) -> sheet.Sheet:
        async with database.transaction() as tx:
            group = await group_for(tx, signed, group_id)
            members = await groups.members(tx, group_id)
        learners = sheet.learners_for(members, body.numbers, everyone=body.everyone)
        # Hashing takes seconds for a class: no transaction waits for it.
        picked, hashes = await sheet.fresh_secrets(keys, rules.hashing, learners)
        async with database.transaction() as tx:
            await storage.keep_secrets(tx, hashes, _now())
            code, end = await handlers.renew_code(tx, rules, group, _now(), always=body.fresh_code)
        return sheet.Sheet(group.title, shown(code), end, sheet.cards(members, picked))

    @api.post("/groups/{group_id}/sheet")
    async def make_sheet(group_id: UUID, body: NewSheet, signed: teacher, response: Response) -> SheetView:
        """Class code, numbers and fresh pictures, to hand out. Pictures are shown this once: only hashes are kept."""
        made = await new_sheet(group_id, body, signed)
        response.headers.update(PRIVATE)
        return SheetView.model_validate(made)

    @api.post("/groups/{group_id}/sheet.html", response_class=HTMLResponse)
    async def print_sheet(group_id: UUID, body: NewSheet, signed: teacher) -> HTMLResponse:
        """The same to print: a card for each pupil."""
        return HTMLResponse(sheet.render(await new_sheet(group_id, body, signed)), headers=_SHEET)

    @api.delete("/groups/{group_id}/code", status_code=204)
    async def end_code(group_id: UUID, signed: teacher) -> None:
        """End a group's code, as when a sheet was lost: nobody signs in with it any more."""
        async with database.transaction() as tx:
            await group_for(tx, signed, group_id)
            await storage.set_code(tx, group_id, None, None)

    @api.post("/schools/{school_id}/codes")
    async def give_codes(school_id: Identifier, signed: staff, response: Response) -> list[PersonalCode]:
        """Fresh personal codes for the teachers of a school, to hand out; those of before end."""
        if school_id not in schools:
            detail = f"no school {school_id}; GET /schools lists them"
            raise Refused("school-unknown", detail, field="school_id", status=NOT_FOUND)
        async with database.transaction() as tx:
            found = await people.in_school(tx, school_id, Audience.TEACHER)
            codes = await handlers.give_personal_codes(tx, rules, [one["learner_id"] for one in found], _now())
        response.headers.update(PRIVATE)
        return [
            PersonalCode(
                learner_id=one["learner_id"],
                name=f"{one['given']} {one['family']}" if one["given"] else None,
                code=shown(codes[one["learner_id"]]),
            )
            for one in found
        ]

    return api


def _now() -> datetime:
    return datetime.now(UTC)
