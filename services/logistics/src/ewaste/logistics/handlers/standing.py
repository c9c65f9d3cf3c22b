"""What a load's records show is read again after every fact about it."""

from collections.abc import Iterable
from datetime import datetime

from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.evidence.custody.states import load_of
from ewaste.evidence.rules.ruleset import Rules
from ewaste.logistics.model.cases import Case
from ewaste.logistics.storage import cases, disputes, loads
from ewaste.runtime.database import Transaction

__all__ = ["locked_case", "settle", "state_of"]


async def locked_case(tx: Transaction, load_id: str, rules: Rules, *also: str) -> Case:
    """The case of a load whose row is locked: its events leave in the order in which they were decided."""
    if not await loads.lock_load(tx, load_id):
        detail = f"load {load_id} is unknown; dispatch it first"
        raise Refused("load-unknown", detail, field="load_id", status=NOT_FOUND)
    return await cases.case_of(tx, load_id, rules, *also)


async def settle(tx: Transaction, rules: Rules, load_ids: Iterable[str], now: datetime) -> None:
    """Keep state, holder, disputes and free bags of these loads as their records show them; unknown loads are left."""
    for load_id in sorted(set(load_ids)):
        if await loads.lock_load(tx, load_id):
            await _settle(tx, await cases.case_of(tx, load_id, rules), now)


async def _settle(tx: Transaction, case: Case, now: datetime) -> None:
    await loads.store_standing(
        tx,
        case.load_id,
        state=state_of(case),
        holder_id=case.holder_id,
        place_id=case.place_id,
        bags=case.standings(),
        freed=case.freed,
        now=now,
    )
    await disputes.store_disputes(tx, case.load_id, case.disputes)


def state_of(case: Case) -> str:
    """The state of a load that was dispatched."""
    found = load_of(case.custody, case.load_id)
    assert found is not None, "its dispatch is among its records"
    return found.state.value
