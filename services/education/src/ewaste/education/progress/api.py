"""HTTP: progress of one learner, and of groups under the rule of five."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from ewaste.contracts.events.education import Assessment, Audience, Grade
from ewaste.contracts.fields import Identifier
from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.education.content.handlers import read_course
from ewaste.education.progress import storage
from ewaste.education.progress.model import suppressed
from ewaste.runtime.database import Database
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

__all__ = ["router"]


class LessonDone(BaseModel):
    lesson_id: str
    completed_at: datetime
    score_basis_points: int | None
    duration_seconds: int | None


class CourseProgress(BaseModel):
    course_id: str
    course_version: int
    title_th: str
    title_en: str | None
    enrolled_at: datetime
    lessons: int
    lessons_completed: int
    completed_at: datetime | None
    completed_lessons: list[LessonDone]


class AssessmentDone(BaseModel):
    course_id: str
    assessment_id: str
    kind: Assessment
    score_basis_points: int
    scored_at: datetime


class LearnerProgress(BaseModel):
    learner_id: UUID
    courses: list[CourseProgress]
    assessments: list[AssessmentDone]


class GroupProgress(BaseModel):
    """Numbers are null where `suppressed`: the group has fewer than 5 learners."""

    model_config = ConfigDict(from_attributes=True)

    audience: Audience
    school_id: str | None
    grade: Grade | None
    suppressed: bool
    learners: int | None
    learners_completed: int | None
    lessons_completed: int | None


class CourseGroups(BaseModel):
    course_id: str
    course_version: int
    lessons: int
    groups: list[GroupProgress]


def router(database: Database) -> APIRouter:
    api = APIRouter(tags=["progress"])

    @api.get("/learners/{learner_id}/progress")
    async def learner_progress(learner_id: UUID) -> LearnerProgress:
        """What the holder of a pseudonym has completed."""
        async with database.transaction() as tx:
            courses = await storage.courses_of(tx, learner_id)
            lessons = await storage.lessons_of(tx, learner_id)
            results = await storage.results_of(tx, learner_id)
        if not courses:
            detail = f"no learner {learner_id}; POST /enrolments makes one"
            raise Refused("learner-unknown", detail, field="learner_id", status=NOT_FOUND)
        shown = [
            CourseProgress(
                **row,
                completed_lessons=[
                    LessonDone(**one) for one in lessons.get((row["course_id"], row["course_version"]), ())
                ],
            )
            for row in courses
        ]
        return LearnerProgress(
            learner_id=learner_id, courses=shown, assessments=[AssessmentDone(**row) for row in results]
        )

    @api.get("/progress")
    async def group_progress(
        course_id: Identifier,
        course_version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
        school_id: Identifier | None = None,
    ) -> CourseGroups:
        """A course's learners by audience, school and grade; the newest version without `course_version`."""
        async with database.transaction() as tx:
            course = await read_course(tx, course_id, course_version)
            groups = await storage.groups(tx, (course.course_id, course.course_version), school_id)
        return CourseGroups(
            course_id=course.course_id,
            course_version=course.course_version,
            lessons=len(course.lessons),
            groups=[GroupProgress.model_validate(group) for group in suppressed(groups)],
        )

    return api
