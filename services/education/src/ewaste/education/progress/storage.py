"""Reads over enrolments, completed lessons and assessments."""

from typing import Final
from uuid import UUID

from asyncpg import Record
from ewaste.education.content.model import CourseKey
from ewaste.education.progress.model import Group
from ewaste.runtime.database import Transaction, driver

__all__ = ["courses_of", "groups", "lessons_of", "results_of"]

_COURSES: Final = """
SELECT e.course_id, e.course_version, e.enrolled_at, e.lessons_completed, e.completed_at, c.title_th, c.title_en,
       c.lessons
FROM enrolment e JOIN course c USING (course_id, course_version)
WHERE e.learner_id = $1 ORDER BY e.enrolled_at, e.course_id, e.course_version
"""
_LESSONS: Final = """
SELECT course_id, course_version, lesson_id, completed_at, score_basis_points, duration_seconds FROM lesson_result
WHERE learner_id = $1 ORDER BY completed_at, lesson_id
"""
_RESULTS: Final = """
SELECT course_id, assessment_id, kind, score_basis_points, scored_at FROM assessment_result
WHERE learner_id = $1 ORDER BY scored_at, assessment_id
"""
_GROUPS: Final = """
SELECT audience, school_id, grade, count(*) AS learners, count(completed_at) AS learners_completed,
       sum(lessons_completed)::bigint AS lessons_completed
FROM enrolment WHERE course_id = $1 AND course_version = $2 AND ($3::text IS NULL OR school_id = $3)
GROUP BY audience, school_id, grade ORDER BY audience, school_id, grade
"""


async def courses_of(tx: Transaction, learner_id: UUID) -> list[Record]:
    """The learner's enrolments with their courses' titles and number of lessons."""
    return await (await driver(tx)).fetch(_COURSES, learner_id)


async def lessons_of(tx: Transaction, learner_id: UUID) -> dict[CourseKey, list[Record]]:
    """The learner's completed lessons by course version, oldest first."""
    found: dict[CourseKey, list[Record]] = {}
    for row in await (await driver(tx)).fetch(_LESSONS, learner_id):
        found.setdefault((row["course_id"], row["course_version"]), []).append(row)
    return found


async def results_of(tx: Transaction, learner_id: UUID) -> list[Record]:
    """The learner's assessments, oldest first."""
    return await (await driver(tx)).fetch(_RESULTS, learner_id)


async def groups(tx: Transaction, course: CourseKey, school_id: str | None) -> list[Group]:
    """A course version's learners by audience, school and grade; not for showing before `suppressed`."""
    return [Group(**row) for row in await (await driver(tx)).fetch(_GROUPS, *course, school_id)]
