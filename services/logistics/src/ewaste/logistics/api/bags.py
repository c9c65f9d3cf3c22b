"""Where one bag is."""

from datetime import datetime

from ewaste.contracts.events.logistics import BinCollected, BreakReason, CustodyBreakDeclared
from ewaste.contracts.fields import Identifier
from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.evidence.custody.model import BagState
from ewaste.logistics.model.bags import bag_state
from ewaste.logistics.model.cases import BagStanding
from ewaste.logistics.storage import bags, records
from ewaste.runtime.database import Database, Transaction
from fastapi import APIRouter
from pydantic import BaseModel

__all__ = ["router"]


class Bag(BaseModel):
    """A bag as this service knows it; grams and seal from its collection, `event_id` is the fact of that."""

    bag_id: str
    state: BagState
    point_id: str | None
    installed_at: datetime | None
    seal_number: str | None
    gross_grams: int | None
    tare_grams: int | None
    next_bag_id: str | None
    carrier_id: str | None
    plan_id: str | None
    collected_at: datetime | None
    event_id: str | None
    load_id: str | None
    """The load it is in, or was in last."""
    standing: BagStanding | None
    """What became of it in that load."""
    break_id: str | None
    break_reason: BreakReason | None


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
            collected = await records.standing(tx, "bag", bag_id, BinCollected)
            reason = await _reason(tx, row["break_id"])
        standing = BagStanding(row["standing"]) if row["standing"] else None
        return Bag(
            **row,
            state=bag_state(collected=row["collected_at"] is not None, standing=standing),
            event_id=str(collected.event_id) if collected else None,
            break_reason=reason,
        )

    return api


async def _reason(tx: Transaction, break_id: str | None) -> BreakReason | None:
    found = await records.standing(tx, "break", break_id, CustodyBreakDeclared) if break_id else None
    return found.data.reason if found and isinstance(found.data, CustodyBreakDeclared) else None
