"""HTTP: consents, recorded by who is signed in."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from ewaste.contracts.fields import Identifier
from ewaste.contracts.refusal import Refused
from ewaste.education.people.consents import handlers, storage
from ewaste.education.people.consents.model import GivenBy, Policy, Purpose
from ewaste.education.people.groups import storage as groups
from ewaste.education.people.signin.access import Access, group_for
from ewaste.education.people.signin.storage import Signed
from ewaste.education.people.storage import PersonRow
from ewaste.runtime.bulk import Input
from ewaste.runtime.database import Database
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["router"]

Age = Annotated[int, Field(strict=True, ge=0, le=130)]
Numbers = Annotated[list[Annotated[int, Field(strict=True, ge=1, le=100_000)]], Field(min_length=1, max_length=1_000)]


class NewConsent(Input):
    purpose: Purpose
    given_by: GivenBy
    text_version: Identifier
    """Of the text that was shown; only the one in force is taken."""
    age_years: Age | None = None
    """Where the grade or age band leaves it open; used for the age rule and not kept."""


class GroupConsent(NewConsent):
    """The same consent of several learners, as when a class hands in its forms."""

    numbers: Numbers


class ConsentView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    purpose: Purpose
    given_by: GivenBy
    text_version: str
    given_at: datetime
    recorded_by: UUID
    withdrawn_at: datetime | None


def router(database: Database, access: Access, policy: Policy) -> APIRouter:
    api = APIRouter(tags=["consents"])
    anyone = Annotated[Signed, Depends(access.anyone)]
    teacher = Annotated[Signed, Depends(access.teacher)]

    @api.get("/consents/policy")
    async def read_policy() -> Policy:
        """The purposes, the text in force of each, and who may consent at which age. Example values where `sample`."""
        return policy

    @api.get("/learners/{learner_id}/consents")
    async def list_consents(learner_id: UUID, signed: anyone) -> list[ConsentView]:
        """Every consent that was given, oldest first, with those withdrawn."""
        async with database.transaction() as tx:
            await handlers.person_for(tx, signed, learner_id)
            found = await storage.consents_of(tx, learner_id)
        return [ConsentView.model_validate(one) for one in found]

    @api.post("/learners/{learner_id}/consents", status_code=201)
    async def give(learner_id: UUID, body: NewConsent, signed: anyone) -> list[ConsentView]:
        """Record a consent: one's own, or as a teacher the one that is held on paper. Again changes nothing."""
        async with database.transaction() as tx:
            person = await handlers.person_for(tx, signed, learner_id)
            await handlers.give_consent(
                tx, policy, signed, [person], body.purpose, body.given_by, body.text_version, body.age_years, _now()
            )
            found = await storage.consents_of(tx, learner_id)
        return [ConsentView.model_validate(one) for one in found]

    @api.delete("/learners/{learner_id}/consents/{purpose}", status_code=204)
    async def withdraw(learner_id: UUID, purpose: Purpose, signed: anyone) -> None:
        """Withdraw; what was recorded before stays."""
        async with database.transaction() as tx:
            await handlers.withdraw_consent(tx, signed, learner_id, purpose, _now())

    @api.post("/groups/{group_id}/consents", status_code=204)
    async def give_for_group(group_id: UUID, body: GroupConsent, signed: teacher) -> None:
        """Record the same consent for several learners of a group, or for none of them."""
        async with database.transaction() as tx:
            await group_for(tx, signed, group_id)
            people = _numbered(await groups.people(tx, group_id), body.numbers)
            await handlers.give_consent(
                tx, policy, signed, people, body.purpose, body.given_by, body.text_version, body.age_years, _now()
            )

    return api


def _numbered(members: dict[int, PersonRow], numbers: list[int]) -> list[PersonRow]:
    unknown = set(numbers) - members.keys()
    if unknown:
        raise Refused("number-unknown", f"nobody in the group has number {min(unknown)}", field="numbers")
    return [members[number] for number in sorted(set(numbers))]


def _now() -> datetime:
    return datetime.now(UTC)
