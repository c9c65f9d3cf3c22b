"""What the database holds of everything that a turn of claims names, read with one query per table."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.events.logistics import BagInLoad, Difference, ResolutionStated
from ewaste.contracts.events.recycler import BatchOpened, LoadReceived, LoadRejected, Operation
from ewaste.recycler.claims import statements as sql
from ewaste.recycler.claims.model import (
    Batch,
    Claim,
    ClaimKey,
    Fraction,
    Judged,
    Load,
    Register,
    Settlement,
    Treatment,
    Weighings,
)
from ewaste.runtime.database import Driver, Transaction, driver

__all__ = ["load", "load_bags"]

_LOADS = frozenset({LoadReceived.__name__, LoadRejected.__name__, ResolutionStated.__name__})


async def load(tx: Transaction, claims: Sequence[Claim]) -> Register:
    """Everything that these claims name, as of now."""
    connection = await driver(tx)
    judged = await _judged(connection, claims)
    named = _named(claims, judged.values())
    received, contents = await _received(connection, named)
    uses, inputs = await _bag_uses(connection, named)
    weighings = await _weighings(connection, named.bags)
    return Register(
        dispatched=await _dispatched(connection, named.loads),
        weighings=weighings,
        claims=judged,
        loads=await _loads(connection, named.loads, contents),
        rejections=await _rejections(connection, named.loads),
        statements=await _statements(connection, named.loads | _disputed(weighings)),
        received=received,
        batches=await _batches(connection, named.batches, inputs),
        bag_uses=uses,
    )


async def load_bags(tx: Transaction, bags: set[str]) -> Register:
    """What is known of the weights of these bags, and nothing else."""
    connection = await driver(tx)
    weighings = await _weighings(connection, bags)
    received, _ = await _received(connection, _Named(set(), set(), bags))
    return Register(
        weighings=weighings, received=received, statements=await _statements(connection, _disputed(weighings))
    )


def _disputed(weighings: Mapping[str, Weighings]) -> set[str]:
    """Whether a dispute is settled is told by both sides: these are the loads of which partners' word is needed too."""
    return {each.load_id for told in weighings.values() for each in told.settlements}


@dataclass(frozen=True, slots=True)
class _Named:
    loads: set[str]
    batches: set[str]
    bags: set[str]
    """Those that go into batches."""


def _named(claims: Iterable[Claim], judged: Iterable[Judged]) -> _Named:
    kinds = [(type(claim.event.data).__name__, claim.event.type.key_of(claim.event.data)) for claim in claims]
    kinds += [(each.kind, each.aggregate_id) for each in judged]
    opened = [claim.event.data for claim in claims if isinstance(claim.event.data, BatchOpened)]
    return _Named(
        {id for kind, id in kinds if kind in _LOADS},
        {id for kind, id in kinds if kind not in _LOADS},
        {each.bag_id for data in opened for each in data.inputs},
    )


async def _rows(connection: Driver, statement: str, *ids: set[str]) -> Sequence[Any]:
    return await connection.fetch(statement, *map(list, ids)) if any(ids) else []


async def _judged(connection: Driver, claims: Sequence[Claim]) -> dict[ClaimKey, Judged]:
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


async def _weighings(connection: Driver, bags: set[str]) -> dict[str, Weighings]:
    collected = {row["bag_id"]: row for row in await _rows(connection, sql.COLLECTED, bags)}
    sent = {row["bag_id"]: row["gross_grams"] for row in await _rows(connection, sql.SENT_GRAMS, bags)}
    settled: dict[str, list[Settlement]] = defaultdict(list)
    for row in await _rows(connection, sql.SETTLED, bags):
        settled[row["bag_id"]].append(Settlement(row["load_id"], row["gross_grams"], row["decided"]))
    return {
        id: Weighings(
            collected[id]["gross_grams"] if id in collected else None,
            collected[id]["tare_grams"] if id in collected else 0,
            sent.get(id),
            tuple(settled.get(id, ())),
        )
        for id in {*collected, *sent, *settled}
    }


async def _received(
    connection: Driver, named: _Named
) -> tuple[dict[str, Mapping[str, int]], dict[str, dict[str, int]]]:
    """Where bags were weighed in, and the bags of each load."""
    by_bag: dict[str, dict[str, int]] = defaultdict(dict)
    by_load: dict[str, dict[str, int]] = defaultdict(dict)
    for row in await _rows(connection, sql.RECEIVED, named.loads, named.bags):
        by_bag[row["bag_id"]][row["load_id"]] = row["gross_grams"]
        by_load[row["load_id"]][row["bag_id"]] = row["gross_grams"]
    return dict(by_bag), by_load


async def _loads(connection: Driver, ids: set[str], contents: Mapping[str, Mapping[str, int]]) -> dict[str, Load]:
    return {
        row["load_id"]: Load(
            row["partner_id"],
            row["received_grams"],
            Difference(row["difference"]) if row["difference"] else None,
            row["received_at"],
            contents.get(row["load_id"], {}),
        )
        for row in await _rows(connection, sql.LOADS, ids)
    }


async def _rejections(connection: Driver, ids: set[str]) -> dict[str, Mapping[ClaimKey, tuple[str, ...]]]:
    found: dict[str, dict[ClaimKey, tuple[str, ...]]] = defaultdict(dict)
    for row in await _rows(connection, sql.REJECTED, ids):
        claims, key = found[row["load_id"]], (row["partner_id"], row["event_id"])
        claims[key] = (*claims.get(key, ()), *([row["bag_id"]] if row["bag_id"] else []))
    return dict(found)


async def _statements(connection: Driver, ids: set[str]) -> dict[str, Mapping[ClaimKey, Mapping[str, int | None]]]:
    found: dict[str, dict[ClaimKey, dict[str, int | None]]] = defaultdict(lambda: defaultdict(dict))
    for row in await _rows(connection, sql.STATED, ids):
        found[row["load_id"]][row["partner_id"], row["event_id"]][row["bag_id"]] = row["gross_grams"]
    return {load_id: dict(claims) for load_id, claims in found.items()}


async def _dispatched(connection: Driver, ids: set[str]) -> dict[str, dict[str, BagInLoad]]:
    found: dict[str, dict[str, BagInLoad]] = defaultdict(dict)
    for row in await _rows(connection, sql.DISPATCHED, ids):
        bag = BagInLoad(bag_id=row["bag_id"], seal_number=row["seal_number"], gross_grams=row["gross_grams"])
        found[row["load_id"]][bag.bag_id] = bag
    return dict(found)


async def _bag_uses(
    connection: Driver, named: _Named
) -> tuple[dict[str, Mapping[str, int]], dict[str, dict[str, int]]]:
    """Where bags went, and the bags of each batch."""
    uses: dict[str, dict[str, int]] = defaultdict(dict)
    inputs: dict[str, dict[str, int]] = defaultdict(dict)
    for row in await _rows(connection, sql.BAG_USES, named.batches, named.bags):
        uses[row["bag_id"]][row["batch_id"]] = row["grams"]
        inputs[row["batch_id"]][row["bag_id"]] = row["grams"]
    return dict(uses), inputs


async def _batches(connection: Driver, ids: set[str], inputs: Mapping[str, Mapping[str, int]]) -> dict[str, Batch]:
    fractions: dict[str, dict[str, Fraction]] = defaultdict(dict)
    for row in await _rows(connection, sql.FRACTIONS, ids):
        fractions[row["batch_id"]][row["fraction_id"]] = _fraction(row)
    treatments: dict[str, dict[str, Treatment]] = defaultdict(dict)
    for row in await _rows(connection, sql.TREATMENTS, ids):
        treatments[row["batch_id"]][row["treatment_id"]] = _treatment(row)
    return {
        row["batch_id"]: Batch(
            row["partner_id"],
            row["facility_id"],
            row["other_client_grams"],
            row["opened_at"],
            inputs.get(row["batch_id"], {}),
            tuple((category, grams) for category, grams in row["sorted"]),
            row["recycled_at"],
            row["process_loss_grams"],
            fractions.get(row["batch_id"], {}),
            treatments.get(row["batch_id"], {}),
        )
        for row in await _rows(connection, sql.BATCHES, ids)
    }


def _fraction(row: Mapping[str, Any]) -> Fraction:
    return Fraction(
        row["material"],
        row["grams"],
        Operation(row["operation"]),
        row["facility_id"],
        row["treatment_id"],
        row["waste_code"],
        row["facility_country"],
        row["prepared_for_reuse"],
        row["pieces"],
    )


def _treatment(row: Mapping[str, Any]) -> Treatment:
    return Treatment(
        row["fraction_id"],
        row["grams"],
        row["process_loss_grams"],
        row["facility_id"],
        row["facility_country"],
        row["treated_at"],
        row["basel_notification_number"],
        row["basel_movement_number"],
    )
