"""HTTP: record results of tests."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from ewaste.contracts.events.education import Assessment, Dimension, DimensionScore
from ewaste.contracts.fields import BasisPoints, Identifier
from ewaste.contracts.refusal import Refused
from ewaste.education.assessments import handlers, storage
from ewaste.education.assessments.gain import gain_of
from ewaste.education.assessments.model import Result
from ewaste.education.content.model import CourseVersion
from ewaste.education.learning.model import CompletionRule
from ewaste.runtime.bulk import AGAIN, Bulk, Input, Lines, Moment, check_size, judge
from ewaste.runtime.database import Database, Transaction
from ewaste.runtime.outbox import Outbox
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

__all__ = ["router"]


class NewScore(Input):
    dimension: Dimension
    score_basis_points: BasisPoints


class NewResult(Input):
    """One result. `assessment_id` is the test's; another sitting needs an id of its own."""

    learner_id: UUID
    course_id: Identifier
    course_version: CourseVersion | None = None
    """The newest that the learner takes when left out."""
    assessment_id: Identifier
    kind: Assessment
    score_basis_points: BasisPoints
    dimensions: Annotated[tuple[NewScore, ...], Field(max_length=7)] = ()
    """Needed for `wellness`."""
    scored_at: Moment | None = None

    def to_result(self, now: datetime) -> Result:
        return Result(
            learner_id=self.learner_id,
            course_id=self.course_id,
            assessment_id=self.assessment_id,
            kind=self.kind,
            score_basis_points=self.score_basis_points,
            dimensions=tuple(DimensionScore(**one.model_dump()) for one in self.dimensions),
            scored_at=self.scored_at or now,
            course_version=self.course_version,
        )


class ResultView(BaseModel):
    learner_id: UUID
    course_id: str
    assessment_id: str
    kind: Assessment
    score_basis_points: int
    scored_at: datetime
    repeated: bool
    """The same result was recorded before; nothing changed."""


class GainView(BaseModel):
    """Null where a test is missing, or where the measure says nothing."""

    course_id: str
    course_version: int
    pre_test_basis_points: int | None
    post_test_basis_points: int | None
    difference_basis_points: int | None
    normalised_gain_basis_points: int | None
    """(post - pre) / (full - pre), Hake 1998."""
    normalised_change_basis_points: int | None
    """The same, and for a loss (post - pre) / pre, Marx and Cummings 2007."""


def router(database: Database, outbox: Outbox, rule: CompletionRule, bulk_lines: int) -> APIRouter:
    api = APIRouter(tags=["assessments"])

    async def score_all(tx: Transaction, bodies: Sequence[NewResult]) -> list[ResultView | Refused]:
        now = datetime.now(UTC)
        results = [body.to_result(now) for body in bodies]
        scored = await handlers.score_assessments(tx, outbox, rule, results, now)
        return [one if isinstance(one, Refused) else _view(one) for one in scored]

    @api.post("/assessments", status_code=201, responses=AGAIN)
    async def score(body: NewResult, response: Response) -> ResultView:
        """Record a result; the same again is accepted (200) and changes nothing, so it is safe to resend."""
        async with database.transaction() as tx:
            (result,) = await score_all(tx, [body])
        if isinstance(result, Refused):
            raise result
        response.status_code = 200 if result.repeated else 201
        return result

    @api.post("/assessments/bulk")
    async def score_many(body: Bulk) -> Lines[ResultView]:
        """Record the results of a class, one per line; safe to resend."""
        check_size(body, bulk_lines)
        async with database.transaction() as tx:
            return Lines[ResultView].of(await judge(body, NewResult, lambda bodies: score_all(tx, bodies)))

    @api.get("/learners/{learner_id}/gain")
    async def learner_gain(learner_id: UUID, course_id: Identifier) -> list[GainView]:
        """From the first pre-test to the last post-test of each version of a course that has results."""
        async with database.transaction() as tx:
            found = await storage.tests_of(tx, course_id, [learner_id])
        return [
            GainView(course_id=course_id, course_version=version, **asdict(gain_of(results)))
            for (_, version), results in sorted(found.items())
        ]

    return api


def _view(one: handlers.Scored) -> ResultView:
    result = one.result
    return ResultView(
        learner_id=result.learner_id,
        course_id=result.course_id,
        assessment_id=result.assessment_id,
        kind=result.kind,
        score_basis_points=result.score_basis_points,
        scored_at=result.scored_at,
        repeated=one.repeated,
    )
