"""HTTP: take tests and quizzes. A device sends all that it knows of a sitting, as often as its line needs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from ewaste.contracts.events.education import Assessment
from ewaste.contracts.fields import Identifier
from ewaste.contracts.refusal import Refused
from ewaste.education.attempts import handlers, storage
from ewaste.education.attempts.model import Given, Sheet
from ewaste.education.attempts.views import AttemptView, view
from ewaste.education.content.library import Library
from ewaste.education.content.model import CourseVersion
from ewaste.education.content.parts import PartId
from ewaste.education.learning.model import CompletionRule
from ewaste.runtime.bulk import AGAIN, Bulk, Input, Lines, Moment, check_size, judge
from ewaste.runtime.database import Database, Transaction
from ewaste.runtime.outbox import Outbox
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["router"]


class NewAnswer(Input):
    question_id: PartId
    chosen: Annotated[tuple[PartId, ...], Field(max_length=10)]
    """The options; of an ordering all of them in the learner's order."""
    answered_at: Moment | None = None


class NewAttempt(Input):
    """Everything that the device knows of a sitting. Sent again it changes nothing; sent with more it adds that."""

    learner_id: UUID
    course_id: Identifier
    course_version: CourseVersion | None = None
    """The newest that the learner takes when left out."""
    kind: Literal[Assessment.PRE_TEST, Assessment.POST_TEST, Assessment.QUIZ]
    lesson_id: PartId | None = None
    """The lesson of a quiz."""
    started_at: Moment | None = None
    answers: Annotated[tuple[NewAnswer, ...], Field(max_length=200)] = ()
    finished_at: Moment | None = None
    """Send it when the learner is done: then the sitting is scored, and what wasn't answered counts nothing."""

    def to_sheet(self, attempt_id: UUID, now: datetime) -> Sheet:
        answers = (Given(one.question_id, one.chosen, one.answered_at or now) for one in self.answers)
        return Sheet(
            attempt_id=attempt_id,
            learner_id=self.learner_id,
            course_id=self.course_id,
            course_version=self.course_version,
            kind=self.kind,
            lesson_id=self.lesson_id,
            started_at=self.started_at or min(self.finished_at or now, now),
            answers=tuple(answers),
            finished_at=self.finished_at,
        )


class AttemptLine(NewAttempt):
    attempt_id: UUID


class AttemptSummary(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    attempt_id: UUID
    learner_id: UUID
    course_id: str
    course_version: int
    kind: Assessment
    lesson_id: str | None
    started_at: datetime
    finished_at: datetime | None
    assessment_id: str | None
    score_basis_points: int | None


def router(database: Database, outbox: Outbox, rule: CompletionRule, library: Library, bulk_lines: int) -> APIRouter:
    api = APIRouter(tags=["attempts"])

    async def record(tx: Transaction, sheets: Sequence[Sheet]) -> list[handlers.Taken | Refused]:
        return await handlers.record_attempts(tx, outbox, rule, library, sheets, datetime.now(UTC))

    @api.put("/attempts/{attempt_id}", status_code=201, responses=AGAIN)
    async def put_attempt(attempt_id: UUID, body: NewAttempt, response: Response) -> AttemptView:
        """Begin, go on with or finish a sitting. The device makes the id, and may send the same again at any time."""
        async with database.transaction() as tx:
            (result,) = await record(tx, [body.to_sheet(attempt_id, datetime.now(UTC))])
            if isinstance(result, Refused):
                raise result
        response.status_code = 201 if result.new else 200
        return view(rule, result)

    @api.post("/attempts/bulk")
    async def put_many(body: Bulk) -> Lines[AttemptSummary]:
        """The sittings of a class, such as a week's without a line: one per line, each judged by itself."""
        check_size(body, bulk_lines)

        async def work(lines: list[AttemptLine]) -> list[AttemptSummary | Refused]:
            now = datetime.now(UTC)
            taken = await record(tx, [line.to_sheet(line.attempt_id, now) for line in lines])
            return [one if isinstance(one, Refused) else AttemptSummary.model_validate(one.attempt) for one in taken]

        async with database.transaction() as tx:
            return Lines[AttemptSummary].of(await judge(body, AttemptLine, work))

    @api.get("/attempts/{attempt_id}")
    async def get_attempt(attempt_id: UUID) -> AttemptView:
        """Where the sitting stands, with its questions in its own order: another device goes on from here."""
        async with database.transaction() as tx:
            return view(rule, await handlers.read_attempt(tx, library, attempt_id))

    @api.get("/learners/{learner_id}/attempts")
    async def list_attempts(learner_id: UUID) -> list[AttemptSummary]:
        """The learner's sittings, oldest first; the unfinished may be gone on with."""
        async with database.transaction() as tx:
            found = await storage.attempts_of(tx, [learner_id])
        return [AttemptSummary.model_validate(one) for one in found]

    return api
