"""The register in the database: loaded and saved for a whole turn of claims with a few statements."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, TypeVar
from uuid import UUID

from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.events.logistics import BagInLoad, Difference, LoadDispatched
from ewaste.contracts.events.recycler import BatchOpened, Operation
from ewaste.recycler.claims import statements as sql
from ewaste.recycler.claims.model import Batch, Claim, Fraction, Judged, Load, Refusal, Register, Treatment
from ewaste.runtime.database import Driver, Transaction, driver, write_rows

__all__ = ["add_dispatches", "add_refusals", "load", "save", "take_turn"]

_TURN: Final = 7_214_310_021
_LOADS: Final = frozenset({"LoadReceived", "LoadRejected"})
K = TypeVar("K")
V = TypeVar("V")


async def take_turn(tx: Transaction) -> None:
    """Wait until no other process decides; held until `tx` ends."""
    await (await driver(tx)).execute("SELECT pg_advisory_xact_lock($1)", _TURN)


async def load(tx: Transaction, claims: Sequence[Claim]) -> Register:
    """Everything that these claims name, as of now."""
    connection = await driver(tx)
    register = Register(claims=await _judged(connection, claims))
    named = [*register.claims.values()]
    kinds = [(type(claim.event.data).__name__, claim.event.type.key_of(claim.event.data)) for claim in claims]
    aggregates = [*kinds, *((each.kind, each.aggregate_id) for each in named)]
    loads = {id for kind, id in aggregates if kind in _LOADS}
    batches = {id for kind, id in aggregates if kind not in _LOADS}
    register.loads.update(await _loads(connection, loads))
    register.dispatched = await _dispatched(connection, loads)
    register.bag_uses, inputs = await _bag_uses(connection, batches, _bags_named(claims))
    register.batches.update(await _batches(connection, batches, inputs))
    return register


def _bags_named(claims: Iterable[Claim]) -> set[str]:
    opened = [claim.event.data for claim in claims if isinstance(claim.event.data, BatchOpened)]
    return {each.bag_id for data in opened for each in data.inputs}


async def _judged(connection: Driver, claims: Sequence[Claim]) -> dict[tuple[str, UUID], Judged]:
    wanted = {claim.key for claim in claims}
    for claim in claims:
        data = claim.event.data
        if isinstance(data, EventCorrected):
            named = (data.corrected_event_id, data.replacement_event_id)
            wanted |= {(claim.partner_id, id) for text in named if (id := _uuid(text))}
    rows = await connection.fetch(sql.CLAIMS, [partner for partner, _ in wanted], [id for _, id in wanted])
    return {(row["partner_id"], row["event_id"]): Judged(*row[2:]) for row in rows}


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


async def _loads(connection: Driver, ids: set[str]) -> dict[str, Load]:
    rows = await connection.fetch(sql.LOADS, list(ids)) if ids else []
    return {
        row["load_id"]: Load(
            row["partner_id"],
            row["received_grams"],
            Difference(row["difference"]) if row["difference"] else None,
            row["received_at"],
        )
        for row in rows
    }


async def _dispatched(connection: Driver, ids: set[str]) -> dict[str, dict[str, BagInLoad]]:
    found: dict[str, dict[str, BagInLoad]] = {}
    for row in await connection.fetch(sql.DISPATCHED, list(ids)) if ids else []:
        bag = BagInLoad(bag_id=row["bag_id"], seal_number=row["seal_number"], gross_grams=row["gross_grams"])
        found.setdefault(row["load_id"], {})[bag.bag_id] = bag
    return found


async def _bag_uses(
    connection: Driver, batches: set[str], bags: set[str]
) -> tuple[dict[str, str], dict[str, dict[str, int]]]:
    """Where bags went, and the bags of each batch."""
    inputs: dict[str, dict[str, int]] = {}
    uses: dict[str, str] = {}
    for row in await connection.fetch(sql.BAG_USES, list(batches), list(bags)) if batches or bags else []:
        uses[row["bag_id"]] = row["batch_id"]
        inputs.setdefault(row["batch_id"], {})[row["bag_id"]] = row["grams"]
    return uses, inputs


async def _batches(connection: Driver, ids: set[str], inputs: Mapping[str, Mapping[str, int]]) -> dict[str, Batch]:
    if not ids:
        return {}
    fractions: dict[str, dict[str, Fraction]] = {}
    for row in await connection.fetch(sql.FRACTIONS, list(ids)):
        fractions.setdefault(row["batch_id"], {})[row["fraction_id"]] = Fraction(
            row["material"], row["grams"], Operation(row["operation"]), row["facility_id"], row["treatment_id"]
        )
    treatments: dict[str, dict[str, Treatment]] = {}
    for row in await connection.fetch(sql.TREATMENTS, list(ids)):
        found = treatments.setdefault(row["batch_id"], {})
        found[row["treatment_id"]] = Treatment(row["fraction_id"], row["grams"])
    return {
        row["batch_id"]: Batch(
            row["partner_id"],
            row["facility_id"],
            row["other_client_grams"],
            row["opened_at"],
            inputs.get(row["batch_id"], {}),
            row["recycled_at"],
            row["process_loss_grams"],
            fractions.get(row["batch_id"], {}),
            treatments.get(row["batch_id"], {}),
        )
        for row in await connection.fetch(sql.BATCHES, list(ids))
    }


async def save(tx: Transaction, before: Register, after: Register) -> None:
    """Write what changed; what was removed goes first, so that a freed bag can be taken again in the same turn."""
    touched = {id for id in {*before.batches, *after.batches} if before.batches.get(id) is not after.batches.get(id)}
    old = {id: batch for id, batch in before.batches.items() if id in touched}
    new = {id: batch for id, batch in after.batches.items() if id in touched}
    for remove, put, was, now in (
        (sql.DROP_LOADS, sql.PUT_LOADS, _load_rows(before.loads), _load_rows(after.loads)),
        (sql.DROP_BAG_USES, sql.PUT_BAG_USES, _bag_rows(old), _bag_rows(new)),
        (sql.DROP_FRACTIONS, sql.PUT_FRACTIONS, _fraction_rows(old), _fraction_rows(new)),
        (sql.DROP_TREATMENTS, sql.PUT_TREATMENTS, _treatment_rows(old), _treatment_rows(new)),
        (sql.DROP_BATCHES, sql.PUT_BATCHES, _batch_rows(old), _batch_rows(new)),
        (None, sql.PUT_CLAIMS, _claim_rows(before.claims), _claim_rows(after.claims)),
    ):
        if remove is not None:
            await write_rows(tx, remove, (key for key in was if key not in now))
        await write_rows(tx, put, ((*key, *row) for key, row in now.items() if was.get(key) != row))


Rows = dict[tuple[Any, ...], tuple[Any, ...]]
"""The columns of the primary key, the others."""


def _load_rows(loads: Mapping[str, Load]) -> Rows:
    return {
        (id,): (each.partner_id, each.received_grams, each.difference and each.difference.value, each.received_at)
        for id, each in loads.items()
    }


def _batch_rows(batches: Mapping[str, Batch]) -> Rows:
    return {
        (id,): (
            each.partner_id,
            each.facility_id,
            each.other_client_grams,
            each.opened_at,
            each.recycled_at,
            each.process_loss_grams,
        )
        for id, each in batches.items()
    }


def _bag_rows(batches: Mapping[str, Batch]) -> Rows:
    return {(bag,): (id, grams) for id, batch in batches.items() for bag, grams in batch.bags.items()}


def _fraction_rows(batches: Mapping[str, Batch]) -> Rows:
    return {
        (id, name): (each.material, each.grams, each.operation.value, each.facility_id, each.treatment_id)
        for id, batch in batches.items()
        for name, each in batch.fractions.items()
    }


def _treatment_rows(batches: Mapping[str, Batch]) -> Rows:
    return {
        (id, name): (each.fraction_id, each.grams)
        for id, batch in batches.items()
        for name, each in batch.treatments.items()
    }


def _claim_rows(claims: Mapping[tuple[str, UUID], Judged]) -> Rows:
    return {
        key: (each.digest, each.kind, each.aggregate_id, each.part_id, each.fact_id, each.withdrawn)
        for key, each in claims.items()
    }


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


async def add_dispatches(tx: Transaction, dispatches: Iterable[LoadDispatched]) -> None:
    """Store what was sent; the first word about a bag in a load stands."""
    rows: Iterator[tuple[Any, ...]] = (
        (data.load_id, bag.bag_id, bag.seal_number, bag.gross_grams) for data in dispatches for bag in data.bags
    )
    await write_rows(tx, sql.PUT_DISPATCHED, rows)
