"""HTTP: publish and read courses."""

from datetime import UTC, datetime
from typing import Annotated

from ewaste.contracts.fields import Identifier
from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.education.content import handlers, storage
from ewaste.education.content.model import Course, ShownCourse, ShownLesson, shown_course, shown_lesson
from ewaste.runtime.bulk import AGAIN
from ewaste.runtime.database import Database
from ewaste.runtime.http import Page, page, read_cursor
from ewaste.runtime.outbox import Outbox
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

__all__ = ["Published", "router"]


class Published(BaseModel):
    course_id: str
    course_version: int
    lessons: int
    repeated: bool
    """The same content was published before; nothing changed."""

    @classmethod
    def of(cls, course: Course, new: bool) -> "Published":
        version, lessons = course.course_version, len(course.lessons)
        return cls(course_id=course.course_id, course_version=version, lessons=lessons, repeated=not new)


class Summary(BaseModel):
    """The newest version of a course."""

    course_id: str
    course_version: int
    title_th: str
    title_en: str | None
    sample: bool
    lessons: int
    published_at: datetime


def router(database: Database, outbox: Outbox) -> APIRouter:
    api = APIRouter(tags=["courses"])

    @api.post("/courses", status_code=201, responses=AGAIN)
    async def publish_course(body: Course, response: Response) -> Published:
        """Publish a version of a course. A published version is immutable; the same content again changes nothing.

        Media must be stored already; POST /courses/files brings a course with its files.
        """
        async with database.transaction() as tx:
            new = await handlers.publish_course(tx, outbox, body, datetime.now(UTC))
        response.status_code = 201 if new else 200
        return Published.of(body, new)

    @api.get("/courses")
    async def list_courses(
        cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> Page[Summary]:
        """The newest version of every course, in the order of their ids."""
        async with database.transaction() as tx:
            rows = await storage.courses_after(tx, _after(cursor), limit + 1)
        return page(rows, limit, lambda row: Summary(**row), lambda row: row["course_id"])

    @api.get("/courses/{course_id}", response_model_exclude_none=True)
    async def read_course(
        course_id: Identifier,
        response: Response,
        version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
    ) -> ShownCourse:
        """A version as a learner sees it, without the key of its questions; the newest without `version`."""
        async with database.transaction() as tx:
            course = await handlers.read_course(tx, course_id, version)
        response.headers["Cache-Control"] = _kept(version)
        return shown_course(course)

    @api.get("/courses/{course_id}/lessons/{lesson_id}", response_model_exclude_none=True)
    async def read_lesson(
        course_id: Identifier,
        lesson_id: Identifier,
        response: Response,
        version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
    ) -> ShownLesson:
        """One lesson of a version, for a device on a bad line."""
        async with database.transaction() as tx:
            course = await handlers.read_course(tx, course_id, version)
        lesson = next((one for one in course.lessons if one.lesson_id == lesson_id), None)
        if lesson is None:
            detail = f"{course_id} version {course.course_version} has no lesson {lesson_id}"
            raise Refused("lesson-unknown", detail, field="lesson_id", status=NOT_FOUND)
        response.headers["Cache-Control"] = _kept(version)
        return shown_lesson(lesson)

    return api


def _kept(version: int | None) -> str:
    """A version that was asked for by its number never changes; which is the newest does."""
    return "public, max-age=31536000, immutable" if version else "no-cache"


def _after(cursor: str | None) -> str:
    after = read_cursor(cursor)
    if after is None:
        return ""
    if not isinstance(after, str) or not after.isascii() or not after.isprintable():
        raise Refused("cursor-invalid", "use next_cursor of the page before, unchanged", field="cursor")
    return after
