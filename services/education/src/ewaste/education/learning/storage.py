"""Enrolments and completed lessons; writes take whole arrays."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final, TypeAlias
from uuid import UUID

from asyncpg import Record
from ewaste.contracts.events.dropoff import Khwaeng
from ewaste.contracts.events.education import AgeBand, Audience, Cohort, Grade
from ewaste.education.learning.model import Completion, Enrolment, EnrolmentKey
from ewaste.education.storage import Table
from ewaste.runtime.database import Transaction, driver
from ewaste.runtime.tables import moment
from sqlalchemy import Index
from sqlmodel import Field

__all__ = ["EnrolmentRow", "LessonResultRow", "ResultKey"]

ResultKey: TypeAlias = tuple[UUID, str, int, str]
"""Learner, course, version, lesson."""


class EnrolmentRow(Table, table=True):
    __tablename__: ClassVar[Any] = "enrolment"
    __table_args__ = (Index("enrolment_of_course", "course_id", "course_version"),)

    learner_id: UUID = Field(primary_key=True)
    course_id: str = Field(primary_key=True)
    course_version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    audience: str
    school_id: str | None
    grade: str | None
    age_band: str | None
    khwaeng: str | None = None
    enrolled_at: datetime = Field(sa_column=moment())
    lessons_completed: int = 0
    completed_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class LessonResultRow(Table, table=True):
    __tablename__: ClassVar[Any] = "lesson_result"

    learner_id: UUID = Field(primary_key=True)
    course_id: str = Field(primary_key=True)
    course_version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    lesson_id: str = Field(primary_key=True)
    completed_at: datetime = Field(sa_column=moment())
    score_basis_points: int | None = None
    duration_seconds: int | None = None


_COLUMNS: Final = """
learner_id, course_id, course_version, audience, school_id, grade, age_band, khwaeng, enrolled_at, lessons_completed,
completed_at
"""
# Rows go in and are locked in the order of their key: requests over the same learners wait for each other.
_ENROL: Final = """
INSERT INTO enrolment (learner_id, course_id, course_version, audience, school_id, grade, age_band, enrolled_at,
                       khwaeng, lessons_completed)
SELECT *, 0 FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[],
                        $8::timestamptz[], $9::text[]) AS fresh (learner_id, course_id, course_version)
ORDER BY learner_id, course_id, course_version
ON CONFLICT DO NOTHING RETURNING learner_id, course_id, course_version
"""
_OF_LEARNERS: Final = f"""
SELECT {_COLUMNS} FROM enrolment WHERE learner_id = ANY($1::uuid[]) ORDER BY learner_id, course_id, course_version
"""
_RESULTS: Final = """
INSERT INTO lesson_result (learner_id, course_id, course_version, lesson_id, completed_at, score_basis_points,
                           duration_seconds)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::timestamptz[], $6::int[], $7::int[])
ON CONFLICT DO NOTHING RETURNING learner_id, course_id, course_version, lesson_id
"""
_STORED_RESULTS: Final = """
SELECT r.* FROM lesson_result r
JOIN unnest($1::uuid[], $2::text[], $3::int[], $4::text[]) AS asked (learner_id, course_id, course_version, lesson_id)
USING (learner_id, course_id, course_version, lesson_id)
"""
_LAST: Final = """
SELECT learner_id, course_id, course_version, max(completed_at) AS last FROM lesson_result r
JOIN unnest($1::uuid[], $2::text[], $3::int[]) AS asked (learner_id, course_id, course_version)
USING (learner_id, course_id, course_version) GROUP BY learner_id, course_id, course_version
"""
_ADVANCE: Final = """
UPDATE enrolment e SET lessons_completed = n.lessons_completed, completed_at = n.completed_at
FROM unnest($1::uuid[], $2::text[], $3::int[], $4::int[], $5::timestamptz[])
  AS n (learner_id, course_id, course_version, lessons_completed, completed_at)
WHERE e.learner_id = n.learner_id AND e.course_id = n.course_id AND e.course_version = n.course_version
"""


async def add_enrolments(tx: Transaction, enrolments: Sequence[Enrolment]) -> set[EnrolmentKey]:
    """Store the enrolments; returns the keys that were new."""
    rows = await (await driver(tx)).fetch(
        _ENROL,
        [e.learner_id for e in enrolments],
        [e.course_id for e in enrolments],
        [e.course_version for e in enrolments],
        [e.cohort.audience.value for e in enrolments],
        [e.cohort.school_id for e in enrolments],
        [e.cohort.grade for e in enrolments],
        [e.cohort.age_band for e in enrolments],
        [e.enrolled_at for e in enrolments],
        [e.cohort.khwaeng for e in enrolments],
    )
    return {(row["learner_id"], row["course_id"], row["course_version"]) for row in rows}


async def enrolments_of(
    tx: Transaction, learner_ids: Iterable[UUID], *, lock: bool = False
) -> dict[UUID, list[Enrolment]]:
    """Every enrolment of these learners; with `lock` no other transaction advances them meanwhile."""
    statement = f"{_OF_LEARNERS} FOR UPDATE" if lock else _OF_LEARNERS
    found: dict[UUID, list[Enrolment]] = {}
    for row in await (await driver(tx)).fetch(statement, sorted(set(learner_ids))):
        found.setdefault(row["learner_id"], []).append(_enrolment(row))
    return found


async def is_enrolled(tx: Transaction, learner_id: UUID) -> bool:
    return bool(await enrolments_of(tx, [learner_id]))


async def add_results(tx: Transaction, results: Sequence[tuple[Completion, Enrolment]]) -> set[ResultKey]:
    """Store the completed lessons; returns the keys that were new."""
    rows = await (await driver(tx)).fetch(
        _RESULTS,
        *_keys([enrolment for _, enrolment in results]),
        [completion.lesson_id for completion, _ in results],
        [completion.completed_at for completion, _ in results],
        [completion.score_basis_points for completion, _ in results],
        [completion.duration_seconds for completion, _ in results],
    )
    return {_result_key(row) for row in rows}


async def results(tx: Transaction, keys: Iterable[ResultKey]) -> dict[ResultKey, Completion]:
    """What was recorded for these lessons."""
    asked = list(keys)
    columns = [[key[n] for key in asked] for n in range(4)]
    rows = await (await driver(tx)).fetch(_STORED_RESULTS, *columns)
    return {_result_key(row): Completion(**row) for row in rows}


async def last_completions(tx: Transaction, enrolments: Sequence[Enrolment]) -> dict[EnrolmentKey, datetime]:
    """When the latest lesson of each of these enrolments was completed, by the enrolment's key."""
    rows = await (await driver(tx)).fetch(_LAST, *_keys(enrolments))
    return {(row["learner_id"], row["course_id"], row["course_version"]): row["last"] for row in rows}


async def advance(tx: Transaction, enrolments: Sequence[Enrolment]) -> None:
    """Write how far these enrolments are; the caller holds their locks."""
    await (await driver(tx)).execute(
        _ADVANCE,
        *_keys(enrolments),
        [e.lessons_completed for e in enrolments],
        [e.completed_at for e in enrolments],
    )


def _keys(enrolments: Sequence[Enrolment]) -> tuple[list[UUID], list[str], list[int]]:
    return (
        [e.learner_id for e in enrolments],
        [e.course_id for e in enrolments],
        [e.course_version for e in enrolments],
    )


def _result_key(row: Record) -> ResultKey:
    return row["learner_id"], row["course_id"], row["course_version"], row["lesson_id"]


def _enrolment(row: Record) -> Enrolment:
    cohort = Cohort(
        audience=Audience(row["audience"]),
        school_id=row["school_id"],
        grade=Grade(row["grade"]) if row["grade"] else None,
        age_band=AgeBand(row["age_band"]) if row["age_band"] else None,
        khwaeng=Khwaeng(row["khwaeng"]) if row["khwaeng"] else None,
    )
    return Enrolment(
        learner_id=row["learner_id"],
        course_id=row["course_id"],
        course_version=row["course_version"],
        cohort=cohort,
        enrolled_at=row["enrolled_at"],
        lessons_completed=row["lessons_completed"],
        completed_at=row["completed_at"],
    )
