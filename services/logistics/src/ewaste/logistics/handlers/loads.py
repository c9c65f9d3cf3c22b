"""Loads leave, change hands and arrive."""

from datetime import datetime, timedelta
from typing import Final

from ewaste.contracts.events.logistics import HandoverRecorded, LoadDispatched
from ewaste.contracts.refusal import CONFLICT, Refused
from ewaste.logistics.handlers.standing import locked_case, settle
from ewaste.logistics.journal import Journal
from ewaste.logistics.model.cases import Case
from ewaste.logistics.model.handovers import Handover, Offer, check_offer, hand_over, is_partial, repeats
from ewaste.logistics.model.loads import Load, check_from_store, check_seals, dispatch
from ewaste.logistics.model.words import Word, id_taken
from ewaste.logistics.storage import bags, breaks, loads, offers, records
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact

__all__ = ["dispatch_load", "offer_load", "record_handover"]

_CLOCKS_APART: Final = timedelta(minutes=5)


async def dispatch_load(tx: Transaction, journal: Journal, load: Load, now: datetime) -> bool:
    """Send the load off; False when it was sent off before just so."""
    if stored := await loads.load(tx, load.load_id):
        return _same_load(load, stored)
    fact = dispatch(load, await bags.collections_of(tx, load.bag_ids), now)
    check_seals(load, await loads.closing(tx, [word.seal for word in load.stated.values()]))
    # Before the bags are claimed: whoever decides over a load that a bag was in may take the bag back into it.
    earlier = await loads.loads_of_bags(tx, load.bag_ids)
    for load_id in earlier:
        await loads.lock_load(tx, load_id)
    for row in await loads.bags_in_stores(tx, load.bag_ids):
        check_from_store(load, row["bag_id"], row["holder_id"], row["place_id"])
    if not await loads.add_load(tx, load, fact):
        # Another request was quicker: its load is committed by now.
        stored = await loads.load(tx, load.load_id)
        return _same_load(load, stored) if stored else False
    await _claim(tx, load, fact)
    await journal.tell(tx, Fact(fact, load.dispatched_at))
    await settle(tx, journal.rules, {*earlier, load.load_id}, now)
    return True


def _same_load(load: Load, stored: Load) -> bool:
    if stored != load:
        raise id_taken("load_id", f"load {load.load_id} left with other bags or to another place")
    return False


async def _claim(tx: Transaction, load: Load, fact: LoadDispatched) -> None:
    if gone := await breaks.gone(tx, load.bag_ids):
        bag_id, break_id = min(gone.items())
        detail = (
            f"bag {bag_id} is gone by break {break_id}; take it out of this load, or correct that break where the bag "
            "was found"
        )
        raise Refused("bag-broken", detail, field="bag_ids", status=CONFLICT)
    if elsewhere := await loads.claim_bags(tx, load.load_id, fact.bags, load.stated):
        bag_id, load_id = min(elsewhere.items())
        more = f" ({len(elsewhere)} bags are elsewhere)" if len(elsewhere) > 1 else ""
        detail = f"bag {bag_id} is in load {load_id}{more}; take it out of this load"
        raise Refused("bag-in-load", detail, field="bag_ids", status=CONFLICT)


async def record_handover(
    tx: Transaction, journal: Journal, handover: Handover, now: datetime
) -> tuple[HandoverRecorded, bool]:
    """Compare and store; the flag is False when it was recorded before just so."""
    parties = (handover.giver_id, handover.receiver_id)
    case = await locked_case(tx, handover.load_id, journal.rules, *parties)
    if recorded := await _recorded(tx, handover):
        return recorded, False
    offered = await _offered(tx, handover)
    fact = hand_over(handover, case, offered, journal.rules, now)
    at = _in_order(handover.handed_over_at, case)
    partial = is_partial({bag.bag_id for bag in fact.bags}, case)
    if not await loads.add_handover(tx, handover.handover_id, handover.load_id, partial=partial):
        raise id_taken("handover_id", f"handover {handover.handover_id} is being recorded for another load")
    await journal.tell(tx, Fact(fact, at))
    await settle(tx, journal.rules, [handover.load_id], now)
    return fact, True


async def _recorded(tx: Transaction, handover: Handover) -> HandoverRecorded | None:
    """The same handover, recorded before; raises `Refused` for another under its id."""
    load_id = await loads.handover_taken(tx, handover.handover_id)
    if load_id is None:
        return None
    found = await records.standing(tx, "handover", handover.handover_id, HandoverRecorded)
    recorded = found.data if found and isinstance(found.data, HandoverRecorded) else None
    if recorded is None or load_id != handover.load_id or not repeats(handover, recorded):
        raise id_taken("handover_id", f"handover {handover.handover_id} was recorded with other readings or hands")
    return recorded


async def _offered(tx: Transaction, handover: Handover) -> dict[str, Word]:
    hands = (handover.giver_id, handover.receiver_id)
    for one in reversed(await offers.open_offers(tx, handover.load_id)):
        if (one.giver_id, one.receiver_id) == hands:
            return dict(one.words)
    return {}


def _in_order(at: datetime, case: Case) -> datetime:
    """When it happened: not before what it follows, because the chain of hands is read by time.

    Two devices' clocks may be minutes apart; more than that is a mistake to be told.
    """
    earliest = case.last_moved_at
    if at > earliest:
        return at
    if earliest - at > _CLOCKS_APART:
        detail = (
            f"the load left or changed hands at {earliest:%Y-%m-%d %H:%M:%S} UTC, after handed_over_at; check the "
            "clock, or correct the handover before"
        )
        raise Refused("out-of-order", detail, field="handed_over_at", status=CONFLICT)
    return earliest + timedelta(microseconds=1)


async def offer_load(tx: Transaction, journal: Journal, offer: Offer, now: datetime) -> bool:
    """Keep the giver's words for the next handover; False when it offered just so before."""
    case = await locked_case(tx, offer.load_id, journal.rules, offer.giver_id, offer.receiver_id)
    if stored := await offers.offer(tx, offer.offer_id):
        if stored != offer:
            raise id_taken("offer_id", f"offer {offer.offer_id} was made with other words or hands")
        return False
    check_offer(offer, case, now)
    if not await offers.add_offer(tx, offer, now):
        raise id_taken("offer_id", f"offer {offer.offer_id} is being made for another load")
    return True
