"""How a dispute about bags of a load ends."""

from datetime import datetime

from ewaste.contracts.events.logistics import DisputeDecided, ResolutionStated
from ewaste.logistics.handlers.standing import locked_case, settle
from ewaste.logistics.journal import Journal
from ewaste.logistics.model.verdicts import decide, resolve, said_before
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact

__all__ = ["decide_dispute", "state_resolution"]


async def state_resolution(
    tx: Transaction, journal: Journal, said: ResolutionStated, at: datetime, now: datetime
) -> bool:
    """One side's word; False when it said just so before. The last word of each side counts."""
    case = await locked_case(tx, said.load_id, journal.rules, said.party_id)
    if said_before(said, case):
        return False
    resolve(said, at, case, now)
    await _tell(tx, journal, said, at, now)
    return True


async def decide_dispute(tx: Transaction, journal: Journal, said: DisputeDecided, at: datetime, now: datetime) -> bool:
    """The municipality's decision; False when it decided just so before."""
    case = await locked_case(tx, said.load_id, journal.rules, said.decided_by)
    if said_before(said, case):
        return False
    decide(said, at, case, now)
    await _tell(tx, journal, said, at, now)
    return True


async def _tell(
    tx: Transaction, journal: Journal, said: ResolutionStated | DisputeDecided, at: datetime, now: datetime
) -> None:
    await journal.tell(tx, Fact(said, at))
    await settle(tx, journal.rules, [said.load_id], now)
