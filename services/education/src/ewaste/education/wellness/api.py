"""HTTP: answer the questionnaire, see one's own result, and the index of groups."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from ewaste.contracts.events.dropoff import Khwaeng
from ewaste.contracts.events.education import AgeBand, Audience, Occasion
from ewaste.contracts.fields import Day, Identifier
from ewaste.contracts.refusal import Refused
from ewaste.education.people.model import School
from ewaste.education.wellness import handlers, storage
from ewaste.education.wellness.csv_rows import groups_csv
from ewaste.education.wellness.handlers import Form
from ewaste.education.wellness.index import Group, gain_groups, index_groups, lesson_groups
from ewaste.education.wellness.model import Attempt
from ewaste.education.wellness.national import national_figures
from ewaste.education.wellness.publishing import publish_index
from ewaste.education.wellness.questionnaire import MOST_POINTS
from ewaste.education.wellness.tallies import By, Kind
from ewaste.education.wellness.views import (
    GroupsView,
    GroupView,
    NationalView,
    PersonalView,
    QuestionnaireView,
    ScoringView,
    group_view,
    personal_view,
)
from ewaste.runtime.bulk import AGAIN, Bulk, Input, Lines, Moment, check_size, judge
from ewaste.runtime.database import Database, Transaction
from ewaste.runtime.outbox import Outbox
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

__all__ = ["router"]

Answer = Annotated[int, Field(strict=True, ge=0, le=MOST_POINTS)]


class NewAttempt(Input):
    """Answers to every item. The device makes `attempt_id`; sent again under it, nothing is counted twice."""

    learner_id: UUID
    course_id: Identifier
    attempt_id: Identifier
    questionnaire_id: Identifier
    occasion: Occasion = Occasion.CHECK
    """Before a course, after it, or by itself."""
    answers: Annotated[dict[str, Answer], Field(min_length=1, max_length=350)]
    """By item: 0 (never) to 4 (always)."""
    answered_at: Moment | None = None

    def to_attempt(self, now: datetime) -> Attempt:
        return Attempt(**{**self.model_dump(), "occasion": self.occasion, "answered_at": self.answered_at or now})


class Told(BaseModel):
    groups: int
    """Whose index is another than was published last."""


class CsvResponse(Response):
    media_type = "text/csv"


@dataclass(frozen=True)
class Asked:
    """Which groups: how they are made, and of whom alone."""

    by: Annotated[By, Query()] = By.MUNICIPALITY
    on: Annotated[Day | None, Query(description="A day of the period, as 2026-11-22; all periods without it.")] = None
    khwaeng: Annotated[Khwaeng | None, Query()] = None
    school_id: Annotated[Identifier | None, Query()] = None
    audience: Annotated[Audience | None, Query()] = None
    age_band: Annotated[AgeBand | None, Query()] = None


Groups = Annotated[Asked, Depends()]
Occasions = Annotated[Occasion | None, Query(description="All occasions without it, each by itself.")]


def router(
    database: Database, outbox: Outbox, form: Form, schools: Mapping[str, School], city: str, bulk_lines: int
) -> APIRouter:
    api = APIRouter(tags=["wellness"])
    questionnaire, scoring = form.questionnaire, form.scoring

    async def take_all(tx: Transaction, bodies: Sequence[NewAttempt]) -> list[PersonalView | Refused]:
        now = datetime.now(UTC)
        taken = await handlers.take_attempts(tx, outbox, form, [body.to_attempt(now) for body in bodies], now)
        return [one if isinstance(one, Refused) else personal_view(one, questionnaire, scoring) for one in taken]

    async def groups(asked: Asked, kinds: Sequence[Kind], make: Callable[..., list[Group]]) -> list[GroupView]:
        async with database.transaction() as tx:
            rows = await storage.read(
                tx, kinds, on=asked.on, khwaeng=asked.khwaeng, school_id=asked.school_id,
                audience=asked.audience, age_band=asked.age_band,
            )  # fmt: skip
        names = {one.school_id: one.name_th for one in schools.values()} if asked.by is By.SCHOOL else {}
        return [group_view(one, names.get(one.group_id)) for one in make(rows, asked.by)]

    async def index(asked: Groups, occasion: Occasions = None) -> list[GroupView]:
        kinds = [Kind(f"index.{one}") for one in ([occasion] if occasion else Occasion)]
        return await groups(asked, kinds, lambda rows, by: index_groups(rows, by, scoring, national_figures()))

    async def gains(asked: Groups) -> list[GroupView]:
        return await groups(asked, [Kind.WELLNESS_GAIN, Kind.TEST_GAIN], gain_groups)

    async def lessons(asked: Groups) -> list[GroupView]:
        return await groups(asked, [Kind.LESSONS], lesson_groups)

    @api.get("/wellness/questionnaire")
    async def read_questionnaire() -> QuestionnaireView:
        """The items to answer, Thai first; answers run from 0 (never) to 4 (always)."""
        return QuestionnaireView(**questionnaire.model_dump(), scoring=scoring.name)

    @api.get("/wellness/scoring")
    async def read_scoring() -> ScoringView:
        """Cut-offs and weights, with the digest under which results name them."""
        return ScoringView(name=scoring.name, digest=scoring.digest, scoring=scoring)

    @api.get("/wellness/national")
    async def read_national() -> list[NationalView]:
        """The published national figures, with their sources."""
        return [NationalView.model_validate(one) for one in national_figures()]

    @api.post("/wellness/attempts", status_code=201, responses=AGAIN)
    async def take(body: NewAttempt, response: Response) -> PersonalView:
        """Score one learner's answers; the same again is accepted (200) and changes nothing: safe to resend."""
        async with database.transaction() as tx:
            (result,) = await take_all(tx, [body])
        if isinstance(result, Refused):
            raise result
        response.status_code = 200 if result.repeated else 201
        return result

    @api.post("/wellness/attempts/bulk")
    async def take_many(body: Bulk) -> Lines[PersonalView]:
        """Score the answers of a class, one attempt per line; safe to resend."""
        check_size(body, bulk_lines)
        async with database.transaction() as tx:
            return Lines[PersonalView].of(await judge(body, NewAttempt, lambda bodies: take_all(tx, bodies)))

    @api.get("/learners/{learner_id}/wellness")
    async def own_results(learner_id: UUID) -> list[PersonalView]:
        """The results of who holds the pseudonym, newest first, under today's cut-offs."""
        async with database.transaction() as tx:
            taken = await handlers.results_of(tx, learner_id)
        return [personal_view(one, questionnaire, scoring) for one in taken]

    @api.post("/wellness/publications")
    async def publish() -> Told:
        """Tell the city now what is told at intervals anyway."""
        async with database.transaction() as tx:
            return Told(groups=await publish_index(tx, outbox, scoring, city, datetime.now(UTC)))

    for path, read in (("index", index), ("gains", gains), ("lessons", lessons)):
        _add_table(api, path, read, form)
    return api


_SHOWS = {
    "index": "The index: mean scores and shares of levels with 95 % intervals, beside the national figures.",
    "gains": "How much higher learners scored after the course than before it, in the questionnaire and in the tests.",
    "lessons": "Completed lessons, their mean score and duration.",
}


def _add_table(api: APIRouter, path: str, read: Callable[..., Awaitable[list[GroupView]]], form: Form) -> None:
    """The same groups as JSON and as CSV."""

    async def as_json(groups: Annotated[list[GroupView], Depends(read)]) -> GroupsView:
        example = form.questionnaire.example or form.scoring.example
        return GroupsView(configuration=form.scoring.name, example=example, groups=groups)

    async def as_csv(groups: Annotated[list[GroupView], Depends(read)]) -> CsvResponse:
        return CsvResponse(groups_csv(groups))

    said = (
        f"{_SHOWS[path]} Any group may be asked for at any time: no two answers subtract to fewer than five learners."
    )
    api.add_api_route(f"/wellness/{path}", as_json, name=f"{path}_of_groups", description=said)
    api.add_api_route(f"/wellness/{path}.csv", as_csv, name=f"{path}_csv", response_class=CsvResponse, description=said)
