"""Where one bag is."""

from datetime import datetime

from ewaste.contracts.fields import Identifier
from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.evidence.custody_model import BagState
from ewaste.logistics.model import bag_state
from ewaste.logistics.storage import bags
from ewaste.runtime.database import Database
from fastapi import APIRouter
from pydantic import BaseModel

__all__ = ["router"]


class Bag(BaseModel):
    """A bag as this service knows it; grams and seal from its collection."""

    bag_id: str
    state: BagState
    point_id: str
    installed_at: datetime | None
    seal_number: str | None
    gross_grams: int | None
    tare_grams: int | None
    next_bag_id: str | None
    carrier_id: str | None
    plan_id: str | None
    collected_at: datetime | None
    load_id: str | None


def router(database: Database) -> APIRouter:
    api = APIRouter(tags=["bags"])

    @api.get("/bags/{bag_id}")
    async def show_bag(bag_id: Identifier) -> Bag:
        """Seal, grams, load and state of a bag."""
        async with database.transaction() as tx:
            row = await bags.bag(tx, bag_id)
        if row is None:
            detail = f"nobody told of bag {bag_id}; check the id"
            raise Refused("bag-unknown", detail, field="bag_id", status=NOT_FOUND)
        state = bag_state(collected=row["collected_at"] is not None, in_load=row["load_id"] is not None,
                          accepted=row["accepted"])  # fmt: skip
        return Bag(**row, state=state)

    return api
