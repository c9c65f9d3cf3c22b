"""HTTP: groups, their members, and enrolling them together."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID, uuid4

from ewaste.contracts.events.education import AgeBand, Audience, Grade
from ewaste.contracts.fields import Identifier, Text
from ewaste.contracts.refusal import Refused
from ewaste.education.content.model import CourseVersion
from ewaste.education.people.groups import handlers, storage
from ewaste.education.people.groups.storage import LearnerGroupRow
from ewaste.education.people.model import School
from ewaste.education.people.signin.access import Access, group_for
from ewaste.education.people.signin.storage import Signed
from ewaste.runtime.bulk import Input, LineError
from ewaste.runtime.database import Database
from ewaste.runtime.http import Page, page, read_cursor
from ewaste.runtime.outbox import Outbox
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["router"]

_MOST: Final = 500


class GroupView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    group_id: UUID
    kind: Literal["class", "evening"]
    title: str
    school_id: str | None
    audience: Audience | None
    """Of an evening; a class has the audiences of its members."""
    held_on: date | None
    has_code: bool
    learners: int


class MemberView(BaseModel):
    learner_id: UUID
    number: int | None
    """None for who teaches."""
    audience: Audience
    grade: Grade | None
    age_band: AgeBand | None
    name: str | None
    """As the roster has it; shown to who leads the group, and to nobody else."""
    has_pictures: bool


class NewEvening(Input):
    title: Text
    audience: Literal[Audience.TEACHER, Audience.STAFF, Audience.PUBLIC, Audience.ELDERLY]
    held_on: Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2200, 1, 1))]
    school_id: Identifier | None = None


class NewParticipants(Input):
    age_bands: Annotated[list[AgeBand | None], Field(min_length=1, max_length=_MOST)]
    """One of each who came; null where nobody asked."""


class NewGroupEnrolment(Input):
    course_id: Identifier
    course_version: CourseVersion | None = None


class GroupEnrolment(BaseModel):
    number: int
    learner_id: UUID | None
    repeated: bool | None
    error: LineError | None


def router(database: Database, outbox: Outbox, access: Access, schools: Mapping[str, School]) -> APIRouter:
    api = APIRouter(tags=["groups"])
    teacher = Annotated[Signed, Depends(access.teacher)]

    @api.get("/groups")
    async def list_groups(
        signed: teacher,
        school_id: Identifier | None = None,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> Page[GroupView]:
        """The groups that one teaches; all of them for the city's staff."""
        after: UUID = read_cursor(cursor, UUID) or UUID(int=0)
        own = None if signed.audience == Audience.STAFF else signed.learner_id
        async with database.transaction() as tx:
            rows = await storage.groups_after(tx, after, limit + 1, school_id=school_id, teacher_id=own)
        return page(rows, limit, lambda row: GroupView(**row), lambda row: str(row["group_id"]))

    @api.post("/groups", status_code=201)
    async def open_evening(body: NewEvening, signed: teacher) -> GroupView:
        """A community evening, led by who opens it."""
        row = LearnerGroupRow(group_id=uuid4(), kind="evening", created_at=datetime.now(UTC), **body.model_dump())
        async with database.transaction() as tx:
            await handlers.open_evening(tx, row, schools)
            await storage.add_leader(tx, row.group_id, signed.learner_id)
        return GroupView.model_validate({**row.model_dump(), "has_code": False, "learners": 0})

    @api.get("/groups/{group_id}/members")
    async def list_members(group_id: UUID, signed: teacher) -> list[MemberView]:
        """Who leads, then the learners by number."""
        async with database.transaction() as tx:
            await group_for(tx, signed, group_id)
            rows = await storage.members(tx, group_id)
        return [MemberView(**row, name=f"{row['given']} {row['family']}" if row["given"] else None) for row in rows]

    @api.post("/groups/{group_id}/members", status_code=204)
    async def add_participants(group_id: UUID, body: NewParticipants, signed: teacher) -> None:
        """People who came to an evening: a pseudonym and a number each, no names."""
        async with database.transaction() as tx:
            group = await group_for(tx, signed, group_id)
            await handlers.add_participants(tx, group, body.age_bands, schools, datetime.now(UTC))

    @api.post("/groups/{group_id}/enrolments")
    async def enrol_group(group_id: UUID, body: NewGroupEnrolment, signed: teacher) -> list[GroupEnrolment]:
        """Enrol every learner who consented to a learning record; safe to resend."""
        async with database.transaction() as tx:
            await group_for(tx, signed, group_id)
            results = await handlers.enrol_group(
                tx, outbox, schools, group_id, body.course_id, body.course_version, datetime.now(UTC)
            )
        return [_line(number, result) for number, result in results]

    return api


def _line(number: int, result: handlers.Enrolled | Refused) -> GroupEnrolment:
    if isinstance(result, Refused):
        error = LineError(code=result.code, detail=result.detail, field=result.field)
        return GroupEnrolment(number=number, learner_id=None, repeated=None, error=error)
    return GroupEnrolment(number=number, learner_id=result.enrolment.learner_id, repeated=result.repeated, error=None)
