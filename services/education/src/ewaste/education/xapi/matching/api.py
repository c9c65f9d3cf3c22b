"""HTTP, for the operator: what activities are here, and what became of the statements that matter."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from ewaste.contracts.events.education import Assessment
from ewaste.contracts.fields import Identifier
from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.education.content.model import CourseVersion
from ewaste.education.xapi.matching import handlers, storage
from ewaste.education.xapi.matching.handlers import Facts
from ewaste.education.xapi.matching.model import Mapping
from ewaste.runtime.bulk import Input
from ewaste.runtime.database import Database
from ewaste.runtime.http import Page, page, read_cursor
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

__all__ = ["router"]

ActivityId = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s\u0000-\u001f]+$", max_length=500)]


class ActivityMapping(Input):
    """An activity of a learning system, and the lesson or the test that it is here."""

    activity_id: ActivityId
    course_id: Identifier
    course_version: CourseVersion | None = None
    """Only where a learner may take several versions that hold the lesson."""
    lesson_id: Identifier | None = None
    assessment_id: Identifier | None = None
    kind: Assessment | None = None
    """Of a test: pre_test, post_test or quiz."""

    def to_mapping(self) -> Mapping:
        return Mapping(**self.model_dump() | {"kind": self.kind})


class Mappings(Input):
    mappings: Annotated[list[ActivityMapping], Field(min_length=1, max_length=1_000)]


class Mapped(BaseModel):
    mappings: int
    statements_matched: int
    """How many statements that had waited for these mappings became facts; further ones follow within a minute."""


class Waiting(BaseModel):
    """A statement that could be a fact and is none; who it is about is not shown."""

    statement_id: UUID
    client: str
    stored: datetime
    verb: str
    activity_id: str
    reason: str
    detail: str


class Count(BaseModel):
    state: Literal["matched", "unmatched", "refused"]
    reason: str | None
    statements: int


class Tried(BaseModel):
    tried: int
    matched: int
    next_cursor: str | None
    """There are more: ask again with it."""


def router(database: Database, facts: Facts) -> APIRouter:
    api = APIRouter(prefix="/xapi", tags=["xAPI matching"])
    _mappings(api, database, facts)
    _outcomes(api, database, facts)
    return api


def _mappings(api: APIRouter, database: Database, facts: Facts) -> None:
    @api.put("/mappings")
    async def put_mappings(body: Mappings) -> Mapped:
        """Say what activities are here, all or none; statements that waited for it become facts."""
        mappings = [one.to_mapping() for one in body.mappings]
        async with database.transaction() as tx:
            matched = await handlers.map_activities(tx, facts, mappings, datetime.now(UTC))
        return Mapped(mappings=len(mappings), statements_matched=matched)

    @api.get("/mappings")
    async def list_mappings(
        cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> Page[ActivityMapping]:
        after = read_cursor(cursor, ActivityId) or ""
        async with database.transaction() as tx:
            rows = await storage.mappings_after(tx, after, limit + 1)
        return page(rows, limit, _shown, lambda one: one.activity_id)

    @api.delete("/mappings", status_code=204)
    async def delete_mapping(activity_id: ActivityId) -> None:
        """From now on the activity is nothing here; facts that were told stay."""
        async with database.transaction() as tx:
            if not await storage.drop_mapping(tx, activity_id):
                detail = f"{activity_id[:200]} is mapped to nothing"
                raise Refused("mapping-unknown", detail, field="activity_id", status=NOT_FOUND)


def _outcomes(api: APIRouter, database: Database, facts: Facts) -> None:
    @api.get("/unmatched")
    async def list_unmatched(
        state: Literal["unmatched", "refused"] = "unmatched",
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> Page[Waiting]:
        """Statements that wait for a mapping, a learner or an enrolment, or were refused for good; newest first."""
        before = read_cursor(cursor, Annotated[int, Field(strict=True, ge=0, lt=2**63)])
        async with database.transaction() as tx:
            rows = await storage.outcomes_before(tx, state, before, limit + 1)
        return page(rows, limit, lambda row: Waiting(**row), lambda row: row["position"])

    @api.get("/outcomes")
    async def count_outcomes() -> list[Count]:
        """How many statements became facts, wait or were refused, by reason."""
        async with database.transaction() as tx:
            return [Count(**row) for row in await storage.counts(tx)]

    @api.post("/unmatched/match")
    async def match_unmatched(cursor: str | None = None) -> Tried:
        """Try what waits again, a batch at a time; statements are also tried by themselves as learners enrol."""
        after = read_cursor(cursor, Annotated[int, Field(strict=True, ge=0, lt=2**63)]) or 0
        async with database.transaction() as tx:
            tried, matched, last = await handlers.match_waiting(tx, facts, after, datetime.now(UTC))
        next_cursor = page([last, last], 1, lambda one: one, lambda one: one).next_cursor if last else None
        return Tried(tried=tried, matched=matched, next_cursor=next_cursor)


def _shown(mapping: Mapping) -> ActivityMapping:
    return ActivityMapping(
        activity_id=mapping.activity_id,
        course_id=mapping.course_id,
        course_version=mapping.course_version,
        lesson_id=mapping.lesson_id,
        assessment_id=mapping.assessment_id,
        kind=mapping.kind,
    )
