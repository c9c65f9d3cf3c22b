"""The municipality plans which boxes a carrier empties on a day."""

from datetime import datetime

from ewaste.contracts.events.logistics import CollectionPlanned
from ewaste.logistics.journal import Journal
from ewaste.logistics.model.plans import check_plan
from ewaste.logistics.model.words import id_taken
from ewaste.logistics.storage import bags, plans
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact

__all__ = ["plan_collection"]


async def plan_collection(
    tx: Transaction, journal: Journal, plan: CollectionPlanned, now: datetime
) -> tuple[list[str], bool]:
    """Boxes of the plan that nobody told of yet, sorted; the flag is False when the plan was there before just so."""
    check_plan(plan)
    new = await plans.add_plan(tx, plan, now)
    if new:
        await journal.tell(tx, Fact(plan, now))
    elif await plans.plan(tx, plan.plan_id) != plan:
        raise id_taken("plan_id", f"plan {plan.plan_id} was made with another carrier, day or boxes")
    asked = {stop.point_id for stop in plan.stops}
    return sorted(asked - await bags.known_points(tx, asked)), new
