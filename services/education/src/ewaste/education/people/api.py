"""HTTP: schools, and erasing who a learner is."""

from collections.abc import Mapping
from uuid import UUID

from ewaste.contracts.events.education import Grade
from ewaste.education.people import handlers
from ewaste.education.people.model import School
from ewaste.runtime.database import Database
from fastapi import APIRouter
from pydantic import BaseModel

__all__ = ["router"]


class SchoolView(BaseModel):
    school_id: str
    name_th: str
    grades: list[Grade]
    """The grades of the programme that are taught there."""
    note: str | None


def router(database: Database, schools: Mapping[str, School]) -> APIRouter:
    api = APIRouter()
    shown = [_view(school) for school in schools.values()]

    @api.get("/schools", tags=["schools"])
    async def list_schools() -> list[SchoolView]:
        """The municipality's schools."""
        return shown

    @api.delete("/learners/{learner_id}/link", status_code=204, tags=["learners"])
    async def erase_link(learner_id: UUID) -> None:
        """Forget who the learner is. What was learned stays counted and can't be tied to a person any more."""
        async with database.transaction() as tx:
            await handlers.erase_learner_link(tx, learner_id)

    return api


def _view(school: School) -> SchoolView:
    grades = [grade for grade in Grade if school.teaches(grade)]
    return SchoolView(school_id=school.school_id, name_th=school.name_th, grades=grades, note=school.note)
