"""What a turn of claims changed, and what logistics told: written with one statement per table."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.events.logistics import (
    BinCollected,
    DisputeDecided,
    LoadDispatched,
    ResolutionStated,
    Settlement,
)
from ewaste.contracts.fields import Part
from ewaste.recycler.claims import rows
from ewaste.recycler.claims import statements as sql
from ewaste.recycler.claims.model import Refusal, Register
from ewaste.runtime.database import Transaction, driver, write_rows

__all__ = ["add_refusals", "add_told", "save", "take_turn"]

_TURN: Final = 7_214_310_021
Told = Sequence[tuple[UUID, Part]]
"""Event id and data of what logistics told."""


async def take_turn(tx: Transaction) -> None:
    """Wait until no other process decides; held until `tx` ends."""
    await (await driver(tx)).execute("SELECT pg_advisory_xact_lock($1)", _TURN)


async def save(tx: Transaction, before: Register, after: Register) -> None:
    """Write what changed; what was removed goes first, so that what it freed can be taken again in the same turn."""
    touched = {id for id in {*before.batches, *after.batches} if before.batches.get(id) is not after.batches.get(id)}
    old = {id: batch for id, batch in before.batches.items() if id in touched}
    new = {id: batch for id, batch in after.batches.items() if id in touched}
    for remove, put, was, now in (
        (sql.DROP_LOADS, sql.PUT_LOADS, rows.loads(before.loads), rows.loads(after.loads)),
        (sql.DROP_RECEIVED, sql.PUT_RECEIVED, rows.received(before.loads), rows.received(after.loads)),
        (sql.DROP_REJECTED, sql.PUT_REJECTED, rows.rejected(before.rejections), rows.rejected(after.rejections)),
        (sql.DROP_STATED, sql.PUT_STATED, rows.stated(before.statements), rows.stated(after.statements)),
        (sql.DROP_BAG_USES, sql.PUT_BAG_USES, rows.bag_uses(old), rows.bag_uses(new)),
        (sql.DROP_FRACTIONS, sql.PUT_FRACTIONS, rows.fractions(old), rows.fractions(new)),
        (sql.DROP_TREATMENTS, sql.PUT_TREATMENTS, rows.treatments(old), rows.treatments(new)),
        (sql.DROP_BATCHES, sql.PUT_BATCHES, rows.batches(old), rows.batches(new)),
        (None, sql.PUT_CLAIMS, rows.claims(before.claims), rows.claims(after.claims)),
    ):
        if remove is not None:
            await write_rows(tx, remove, (key for key in was if key not in now))
        await write_rows(tx, put, ((*key, *row) for key, row in now.items() if was.get(key) != row))


async def add_refusals(tx: Transaction, refusals: Sequence[Refusal], now: datetime) -> None:
    """Keep for the partners what was refused and why."""
    rows = (
        (
            each.record.topic,
            each.record.partition,
            each.record.offset,
            sha256(each.record.value or b"").hexdigest(),
            each.reason.value,
            each.detail,
            each.field,
            each.partner_id,
            each.event_id,
            now,
        )
        for each in refusals
    )
    await write_rows(tx, sql.PUT_REFUSALS, rows)


async def add_told(tx: Transaction, told: Told) -> None:
    """Keep weights, dispatches, settlements and corrections of logistics, in whatever order they come."""
    await write_rows(tx, sql.PUT_DISPATCHED, _dispatched(told))
    await write_rows(
        tx,
        sql.PUT_WEIGHINGS,
        ((data.bag_id, id, data.gross_grams, data.tare_grams) for id, data in told if isinstance(data, BinCollected)),
    )
    await write_rows(tx, sql.PUT_SETTLED, _settled(told))
    await write_rows(tx, sql.PUT_CORRECTIONS, _corrections(told))


def _dispatched(told: Told) -> Iterable[tuple[Any, ...]]:
    for id, data in told:
        if isinstance(data, LoadDispatched):
            yield from ((data.load_id, bag.bag_id, id, bag.seal_number, bag.gross_grams) for bag in data.bags)


def _settled(told: Told) -> Iterable[tuple[Any, ...]]:
    for id, data in told:
        if isinstance(data, ResolutionStated | DisputeDecided):
            decided = isinstance(data, DisputeDecided)
            for bag in data.bags:
                counts = bag.gross_grams if bag.settlement is Settlement.ACCEPTED else None
                yield bag.bag_id, id, data.load_id, counts, decided


def _corrections(told: Told) -> Iterable[tuple[Any, ...]]:
    for id, data in told:
        if isinstance(data, EventCorrected):
            try:
                yield UUID(data.corrected_event_id), id
            except ValueError:
                # No event has such an id, so nothing that was learned is meant.
                continue
