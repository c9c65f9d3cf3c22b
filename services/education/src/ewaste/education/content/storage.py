"""Published courses and their lessons."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, Final

from asyncpg import Record
from ewaste.education.content.model import Course, CourseKey, Outline
from ewaste.education.storage import Table
from ewaste.runtime.database import Transaction, driver
from ewaste.runtime.tables import moment
from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text, select
from sqlmodel import Field, col

__all__ = ["CourseRow", "LessonRow", "MediaPieceRow", "MediaRow"]


class CourseRow(Table, table=True):
    __tablename__: ClassVar[Any] = "course"

    course_id: str = Field(primary_key=True)
    course_version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    title_th: str
    title_en: str | None
    sample: bool
    lessons: int
    post_test: bool
    content: str = Field(sa_column=Column(Text, nullable=False))
    """The whole `Course` as JSON."""
    published_at: datetime = Field(sa_column=moment())


class LessonRow(Table, table=True):
    """Which lesson belongs to which version of which course."""

    __tablename__: ClassVar[Any] = "lesson"
    __table_args__ = (Index("lesson_by_id", "lesson_id"),)

    course_id: str = Field(primary_key=True)
    course_version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    lesson_id: str = Field(primary_key=True)


class MediaRow(Table, table=True):
    """A file of a course, once however many courses show it."""

    __tablename__: ClassVar[Any] = "media"

    sha256: str = Field(primary_key=True)
    media_type: str
    size_bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    sound: bool
    stored_at: datetime = Field(sa_column=moment())


class MediaPieceRow(Table, table=True):
    """A part of a file, all but the last of the same length: a range is read without the rest."""

    __tablename__: ClassVar[Any] = "media_piece"

    sha256: str = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


_COURSE: Final = """
INSERT INTO course (course_id, course_version, title_th, title_en, sample, lessons, post_test, content,
                    published_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING 1
"""
_LESSONS: Final = """
INSERT INTO lesson (course_id, course_version, lesson_id) SELECT $1, $2, unnest($3::text[])
"""
_VERSIONS: Final = """
SELECT course_id, course_version, lessons, post_test FROM course WHERE course_id = ANY($1::text[])
"""
_WITH_LESSONS: Final = """
SELECT lesson_id, course_id, course_version FROM lesson WHERE lesson_id = ANY($1::text[])
ORDER BY course_id, course_version
"""
_LIST: Final = """
SELECT DISTINCT ON (course_id) course_id, course_version, title_th, title_en, sample, lessons, published_at
FROM course WHERE course_id > $1 ORDER BY course_id, course_version DESC LIMIT $2
"""


async def add_course(tx: Transaction, course: Course, now: datetime) -> bool:
    """Store a version with its lessons; False where the version is there already."""
    connection = await driver(tx)
    content = course.model_dump_json(exclude_none=True)
    added = await connection.fetchval(
        _COURSE, course.course_id, course.course_version, course.title_th, course.title_en, course.sample,
        len(course.lessons), bool(course.post_test), content, now,
    )  # fmt: skip
    if added:
        ids = [lesson.lesson_id for lesson in course.lessons]
        await connection.execute(_LESSONS, course.course_id, course.course_version, ids)
    return bool(added)


async def course(tx: Transaction, course_id: str, version: int | None = None) -> CourseRow | None:
    """One version, the newest without `version`."""
    query = select(CourseRow).where(col(CourseRow.course_id) == course_id)
    if version is not None:
        query = query.where(col(CourseRow.course_version) == version)
    found = await tx.scalars(query.order_by(col(CourseRow.course_version).desc()).limit(1))
    return found.first()


async def courses_after(tx: Transaction, after: str, limit: int) -> list[Record]:
    """The newest version of each course, in the order of their ids, without the content."""
    return await (await driver(tx)).fetch(_LIST, after, limit)


async def versions_of(tx: Transaction, course_ids: Iterable[str]) -> dict[str, dict[int, Outline]]:
    """Every published version of these courses."""
    found: dict[str, dict[int, Outline]] = {}
    for row in await (await driver(tx)).fetch(_VERSIONS, sorted(set(course_ids))):
        found.setdefault(row["course_id"], {})[row["course_version"]] = Outline(row["lessons"], row["post_test"])
    return found


async def courses_with(tx: Transaction, lesson_ids: Iterable[str]) -> dict[str, list[CourseKey]]:
    """The versions that hold each of these lessons."""
    found: dict[str, list[CourseKey]] = {}
    for row in await (await driver(tx)).fetch(_WITH_LESSONS, sorted(set(lesson_ids))):
        found.setdefault(row["lesson_id"], []).append((row["course_id"], row["course_version"]))
    return found
