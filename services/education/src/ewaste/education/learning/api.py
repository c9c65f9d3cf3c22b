"""HTTP: enrol, complete lessons, see progress."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

from ewaste.contracts.events.education import Cohort
from ewaste.contracts.fields import BasisPoints, Identifier
from ewaste.contracts.refusal import Refused
from ewaste.education.content.model import CourseVersion
from ewaste.education.learning import handlers
from ewaste.education.learning.model import Candidate, Completion, CompletionRule
from ewaste.education.people.model import School
from ewaste.runtime.bulk import AGAIN, Bulk, IdempotencyKey, Input, Lines, Moment, check_size, judge
from ewaste.runtime.database import Database, Transaction
from ewaste.runtime.idempotency import once
from ewaste.runtime.outbox import Outbox
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, model_validator

__all__ = ["router"]

Seconds = Annotated[int, Field(strict=True, ge=0, le=86_400)]


class NewCohort(Cohort, extra="forbid"):
    """What may be said of a learner in public: never enough to find the person."""


class NewEnrolment(Input):
    """Someone in a course. Without `learner_id` or a known `reference` a random pseudonym is made here."""

    course_id: Identifier
    course_version: CourseVersion | None = None
    """The newest when left out."""
    cohort: NewCohort
    reference: Identifier | None = None
    """The caller's own opaque word for the person (no name, no citizen number). It never leaves this service, and
    DELETE /learners/{learner_id}/link erases it."""
    learner_id: UUID | None = None
    """The pseudonym of a learner who is enrolled in another course or version."""
    enrolled_at: Moment | None = None

    @model_validator(mode="after")
    def _one_way_to_name(self) -> "NewEnrolment":
        if self.reference is not None and self.learner_id is not None:
            raise ValueError("send reference or learner_id, not both")
        return self

    def to_candidate(self, now: datetime) -> Candidate:
        return Candidate(
            fresh_id=uuid4(),
            course_id=self.course_id,
            course_version=self.course_version,
            cohort=Cohort(**self.cohort.model_dump()),
            enrolled_at=self.enrolled_at or now,
            learner_id=self.learner_id,
            reference=self.reference,
        )


class EnrolmentView(BaseModel):
    learner_id: UUID
    course_id: str
    course_version: int
    enrolled_at: datetime
    repeated: bool
    """The learner was enrolled in this version before; nothing changed."""


class NewCompletion(Input):
    """One finished lesson. The course may be left out while only one of the learner's courses has the lesson."""

    learner_id: UUID
    lesson_id: Identifier
    course_id: Identifier | None = None
    course_version: CourseVersion | None = None
    score_basis_points: BasisPoints | None = None
    duration_seconds: Seconds | None = None
    completed_at: Moment | None = None

    def to_completion(self, now: datetime) -> Completion:
        return Completion(**{**self.model_dump(), "completed_at": self.completed_at or now})


class CompletionView(BaseModel):
    """What stands on record: for a repeated lesson the first report."""

    learner_id: UUID
    course_id: str
    course_version: int
    lesson_id: str
    completed_at: datetime
    score_basis_points: int | None
    duration_seconds: int | None
    repeated: bool
    course_completed_at: datetime | None


def router(
    database: Database, outbox: Outbox, schools: Mapping[str, School], rule: CompletionRule, bulk_lines: int
) -> APIRouter:
    api = APIRouter()

    async def enrol_all(tx: Transaction, bodies: Sequence[NewEnrolment]) -> list[EnrolmentView | Refused]:
        now = datetime.now(UTC)
        candidates = [body.to_candidate(now) for body in bodies]
        results = await handlers.enrol_learners(tx, outbox, schools, candidates, now)
        return [one if isinstance(one, Refused) else _enrolment_view(one) for one in results]

    async def complete_all(tx: Transaction, bodies: Sequence[NewCompletion]) -> list[CompletionView | Refused]:
        now = datetime.now(UTC)
        completions = [body.to_completion(now) for body in bodies]
        results = await handlers.complete_lessons(tx, outbox, rule, completions, now)
        return [one if isinstance(one, Refused) else _completion_view(one) for one in results]

    @api.post("/enrolments", status_code=201, response_model=EnrolmentView, responses=AGAIN, tags=["learners"])
    async def enrol(request: Request, body: NewEnrolment, key: IdempotencyKey = None) -> Response:
        """Enrol one learner; 200 where the learner was enrolled in this version before."""

        async def work() -> tuple[int, bytes]:
            (result,) = await enrol_all(tx, [body])
            if isinstance(result, Refused):
                raise result
            return 200 if result.repeated else 201, result.model_dump_json().encode()

        async with database.transaction() as tx:
            return await once(tx, "enrolments", key, await request.body(), work)

    @api.post("/enrolments/bulk", response_model=Lines[EnrolmentView], tags=["learners"])
    async def enrol_many(request: Request, body: Bulk, key: IdempotencyKey = None) -> Response:
        """Enrol a class or a school, one learner per line."""
        check_size(body, bulk_lines)

        async def work() -> tuple[int, bytes]:
            results = await judge(body, NewEnrolment, lambda bodies: enrol_all(tx, bodies))
            return 200, Lines[EnrolmentView].of(results).model_dump_json().encode()

        async with database.transaction() as tx:
            return await once(tx, "enrolments/bulk", key, await request.body(), work)

    @api.post("/completions", status_code=201, responses=AGAIN, tags=["learning"])
    async def complete(body: NewCompletion, response: Response) -> CompletionView:
        """Record a finished lesson; the same again is accepted (200) and changes nothing, so it is safe to resend."""
        async with database.transaction() as tx:
            (result,) = await complete_all(tx, [body])
        if isinstance(result, Refused):
            raise result
        response.status_code = 200 if result.repeated else 201
        return result

    @api.post("/completions/bulk", tags=["learning"])
    async def complete_many(body: Bulk) -> Lines[CompletionView]:
        """Record many finished lessons, such as a school's week without a line; safe to resend."""
        check_size(body, bulk_lines)
        async with database.transaction() as tx:
            return Lines[CompletionView].of(await judge(body, NewCompletion, lambda bodies: complete_all(tx, bodies)))

    return api


def _enrolment_view(one: handlers.Enrolled) -> EnrolmentView:
    enrolment = one.enrolment
    return EnrolmentView(
        learner_id=enrolment.learner_id,
        course_id=enrolment.course_id,
        course_version=enrolment.course_version,
        enrolled_at=enrolment.enrolled_at,
        repeated=one.repeated,
    )


def _completion_view(one: handlers.Recorded) -> CompletionView:
    enrolment = one.enrolment
    return CompletionView(
        learner_id=enrolment.learner_id,
        course_id=enrolment.course_id,
        course_version=enrolment.course_version,
        lesson_id=one.lesson_id,
        completed_at=one.completed_at,
        score_basis_points=one.score_basis_points,
        duration_seconds=one.duration_seconds,
        repeated=one.repeated,
        course_completed_at=enrolment.completed_at,
    )
