"""Custody of bags is declared broken."""

from datetime import datetime

from ewaste.contracts.events.logistics import ActorRegistered, CustodyBreakDeclared
from ewaste.contracts.events.recycler import PartnerRegistered
from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.logistics.handlers.standing import settle
from ewaste.logistics.journal import Journal
from ewaste.logistics.model.breaks import check_break
from ewaste.logistics.model.words import check_time, id_taken
from ewaste.logistics.storage import bags, breaks, loads, records
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact

__all__ = ["declare_break"]


async def declare_break(
    tx: Transaction, journal: Journal, declared: CustodyBreakDeclared, at: datetime, now: datetime
) -> bool:
    """False when it was declared before just so."""
    check_time(at, now, "declared_at")
    if found := await records.standing(tx, "break", declared.break_id, CustodyBreakDeclared):
        if found.data != declared:
            raise id_taken("break_id", f"break {declared.break_id} was declared for other bags or reasons")
        return False
    known, broken = await bags.told_bags(tx, declared.bag_ids), await breaks.broken(tx, declared.bag_ids)
    in_load = await _bags_in(tx, declared.load_id) if declared.load_id else None
    registered = await _is_registered(tx, declared.declared_by)
    check_break(declared, known=known, broken=broken, in_load=in_load, registered=registered)
    if await breaks.add_break(tx, declared.break_id, declared.bag_ids) != set(declared.bag_ids):
        # Another request was quicker: what it declared is committed by now.
        broken = await breaks.broken(tx, declared.bag_ids)
        check_break(declared, known=known, broken=broken, in_load=in_load, registered=registered)
    await journal.tell(tx, Fact(declared, at))
    await settle(tx, journal.rules, await loads.loads_of_bags(tx, declared.bag_ids), now)
    return True


async def _bags_in(tx: Transaction, load_id: str) -> frozenset[str]:
    if (load := await loads.load(tx, load_id)) is None:
        detail = f"load {load_id} is unknown; check the id, or leave it out"
        raise Refused("load-unknown", detail, field="load_id", status=NOT_FOUND)
    return load.bag_ids


async def _is_registered(tx: Transaction, party_id: str) -> bool:
    actor = await records.standing(tx, "actor", party_id, ActorRegistered)
    return bool(actor or await records.standing(tx, "partner", party_id, PartnerRegistered))
