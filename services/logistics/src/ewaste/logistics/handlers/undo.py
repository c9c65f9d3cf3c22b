"""What a fact left behind in the tables is undone; refused while other facts rest on it, which are named."""

from ewaste.contracts.events.logistics import (
    ActorRegistered,
    BinCollected,
    CollectionPlanned,
    CustodyBreakDeclared,
    DisputeDecided,
    HandoverRecorded,
    LoadDispatched,
    ResolutionStated,
)
from ewaste.contracts.fields import Part
from ewaste.contracts.refusal import CONFLICT, Refused
from ewaste.logistics.storage import actors, bags, breaks, loads, plans, records
from ewaste.runtime.database import Transaction

__all__ = ["actor", "collection", "custody_break", "handover", "load", "plan", "statement"]

_REST_ON_LOAD = frozenset(
    {"HandoverRecorded", "ResolutionStated", "DisputeDecided", "CustodyBreakDeclared", "LoadReceived", "LoadRejected"}
)


async def collection(tx: Transaction, wrong: Part) -> set[str]:
    """Refused while a load left with what the crew read; a load whose dispatcher read for itself stays."""
    assert isinstance(wrong, BinCollected)
    if resting := await loads.resting_on(tx, wrong.bag_id):
        what = f"load {resting} left with the seal and grams of this collection; correct its LoadDispatched first"
        raise _in_use(what + ", or settle the difference as a dispute")
    await bags.remove_collection(tx, wrong.bag_id)
    return set(await loads.loads_of_bags(tx, [wrong.bag_id]))


async def load(tx: Transaction, wrong: Part) -> set[str]:
    assert isinstance(wrong, LoadDispatched)
    await loads.lock_load(tx, wrong.load_id)
    rows = await records.told_about(tx, wrong.load_id, 1000)
    resting = [row for row in rows if row["type"] in _REST_ON_LOAD and row["corrected_by"] is None]
    standing = [row for row in resting if not await records.is_withdrawn(tx, row["event_id"])]
    if standing:
        named = "; ".join(f"{row['type']} {row['event_id']}" for row in standing[:5])
        raise _in_use(f"on load {wrong.load_id} rest: {named}; correct those first, the latest before the others")
    bag_ids = [bag.bag_id for bag in wrong.bags]
    await loads.remove_load(tx, wrong.load_id)
    return set(await loads.loads_of_bags(tx, bag_ids))


async def handover(tx: Transaction, wrong: Part) -> set[str]:
    """Only the last of a load: the next one's giver had it from here."""
    assert isinstance(wrong, HandoverRecorded)
    await loads.lock_load(tx, wrong.load_id)
    if later := await loads.handover_after(tx, wrong.handover_id):
        raise _in_use(f"handover {later} of load {wrong.load_id} came after this one; correct it first")
    for row in await records.told_about(tx, wrong.load_id, 1000):
        if row["type"] in {"ResolutionStated", "DisputeDecided"} and row["corrected_by"] is None:
            raise _in_use(f"{row['type']} {row['event_id']} speaks about this load's difference; correct it first")
    bag_ids = [bag.bag_id for bag in wrong.bags]
    if gone_on := await loads.went_on(tx, wrong.load_id, bag_ids):
        raise _in_use(f"bag {gone_on[0]} went on in load {gone_on[1]}; correct that load's dispatch first")
    await loads.remove_handover(tx, wrong.handover_id)
    return {wrong.load_id}


async def plan(tx: Transaction, wrong: Part) -> set[str]:
    """Nothing rests on a plan: it is a wish."""
    assert isinstance(wrong, CollectionPlanned)
    await plans.remove_plan(tx, wrong.plan_id)
    return set()


async def actor(tx: Transaction, wrong: Part) -> set[str]:
    """Whether others rely on the actor is checked when the replacement is there."""
    assert isinstance(wrong, ActorRegistered)
    await actors.remove_actor(tx, wrong.actor_id)
    return set()


async def custody_break(tx: Transaction, wrong: Part) -> set[str]:
    """The bags are whole again."""
    assert isinstance(wrong, CustodyBreakDeclared)
    await breaks.remove_break(tx, wrong.break_id)
    return set(await loads.loads_of_bags(tx, wrong.bag_ids))


async def statement(tx: Transaction, wrong: Part) -> set[str]:
    """The dispute is open again, unless others ended it."""
    assert isinstance(wrong, ResolutionStated | DisputeDecided)
    await loads.lock_load(tx, wrong.load_id)
    return {wrong.load_id}


def _in_use(detail: str) -> Refused:
    return Refused("in-use", detail, field="event_id", status=CONFLICT)
