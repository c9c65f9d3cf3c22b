"""What HTTP shows of batches, fractions, bags and refusals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from ewaste.evidence.rules.operations import OPERATIONS
from ewaste.evidence.rules.ruleset import Tolerance
from ewaste.recycler.claims.allocation import Weight, weight_of
from ewaste.recycler.claims.loading import load_bags
from ewaste.recycler.tables import BagUseRow, BatchRow, RefusalRow, TreatmentRow
from ewaste.runtime.database import Transaction, driver
from sqlalchemy import select
from sqlmodel import col

__all__ = [
    "Allocation",
    "BagUse",
    "BatchContents",
    "BatchState",
    "BatchSummary",
    "FractionSummary",
    "allocation",
    "batch_contents",
    "batches_after",
    "fractions_after",
    "refusals_after",
]


class BatchState(StrEnum):
    """How far a batch is; a certificate asks for more than `final`."""

    OPEN = "open"
    PROCESSED = "processed"
    """Grams of interim fractions wait."""
    FINAL = "final"


# A fraction waits while nothing was treated of it, and while more is left than two weighings may differ by. Operations
# are given as data: $1 the interim ones, $2 and $3 the tolerance in basis points and grams.
_FRACTIONS: Final = """
SELECT f.*, b.partner_id, coalesce(made.treated_at, b.recycled_at) AS made_at,
       coalesce(t.grams, 0)::bigint AS treated_grams,
       CASE WHEN f.operation = ANY($1::text[])
             AND (t.grams IS NULL OR f.grams - t.grams > greatest(f.grams * $2::bigint / 10000, $3::bigint))
            THEN f.grams - coalesce(t.grams, 0) ELSE 0 END::bigint AS waiting_grams
FROM fraction f JOIN batch b USING (batch_id)
LEFT JOIN treatment made ON made.batch_id = f.batch_id AND made.treatment_id = f.treatment_id
LEFT JOIN LATERAL (
  SELECT sum(grams) AS grams FROM treatment t WHERE t.batch_id = f.batch_id AND t.fraction_id = f.fraction_id) t ON true
"""
_BATCHES: Final = f"""
SELECT * FROM (
  SELECT b.batch_id, b.partner_id, b.facility_id, b.opened_at, b.recycled_at, b.other_client_grams,
         b.process_loss_grams, bags.grams AS bag_grams, made.output_grams, made.waiting_grams, made.waiting_since,
         made.waiting_fractions,
         CASE WHEN b.recycled_at IS NULL THEN 'open' WHEN made.waiting_fractions > 0 THEN 'processed' ELSE 'final' END
           AS state
  FROM batch b
  LEFT JOIN LATERAL (
    SELECT coalesce(sum(grams), 0)::bigint AS grams FROM bag_use u WHERE u.batch_id = b.batch_id) bags ON true
  LEFT JOIN LATERAL (
    SELECT coalesce(sum(grams) FILTER (WHERE treatment_id IS NULL), 0)::bigint AS output_grams,
           coalesce(sum(waiting_grams), 0)::bigint AS waiting_grams,
           count(*) FILTER (WHERE waiting_grams > 0) AS waiting_fractions,
           min(made_at) FILTER (WHERE waiting_grams > 0) AS waiting_since
    FROM ({_FRACTIONS} WHERE f.batch_id = b.batch_id) f) made ON true
  WHERE ($4::text IS NULL OR b.batch_id > $4) AND ($5::text IS NULL OR b.partner_id = $5)
    AND ($6::text IS NULL OR b.batch_id = $6)) found
WHERE $7::text IS NULL OR state = $7
ORDER BY batch_id LIMIT $8
"""
_ORDERED: Final = f"""
SELECT * FROM ({_FRACTIONS}
  WHERE ($4::text IS NULL OR (f.batch_id, f.fraction_id) > ($4, $5)) AND ($6::text IS NULL OR b.partner_id = $6)
    AND ($7::text IS NULL OR f.batch_id = $7)) found
WHERE $8::bool IS NULL OR (waiting_grams > 0) = $8
ORDER BY batch_id, fraction_id LIMIT $9
"""
_EVERY: Final = 1_000_000
_INTERIM: Final = [each.code.value for each in OPERATIONS.values() if not each.final]


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """A batch and its grams; `output_grams` counts the batch's own outputs, not those of later treatments."""

    batch_id: str
    partner_id: str
    facility_id: str
    state: BatchState
    opened_at: datetime
    recycled_at: datetime | None
    other_client_grams: int
    process_loss_grams: int | None
    bag_grams: int
    output_grams: int
    waiting_grams: int
    waiting_fractions: int
    waiting_since: datetime | None


@dataclass(frozen=True, slots=True)
class FractionSummary:
    """A fraction, and how much of it waits for an operation that is final; `made_at` is when it came to be."""

    batch_id: str
    fraction_id: str
    partner_id: str
    material: str
    grams: int
    operation: str
    facility_id: str
    treatment_id: str | None
    waste_code: str | None
    facility_country: str | None
    prepared_for_reuse: bool
    pieces: int | None
    made_at: datetime | None
    treated_grams: int
    waiting_grams: int


@dataclass(frozen=True, slots=True)
class BatchContents:
    sorted: Sequence[Sequence[Any]]
    """Pairs of category and grams."""
    bags: Sequence[BagUseRow]
    fractions: Sequence[FractionSummary]
    treatments: Sequence[TreatmentRow]


@dataclass(frozen=True, slots=True)
class BagUse:
    batch_id: str
    partner_id: str
    grams: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """What a bag held, and the grams that each batch took of it; no weight while nobody weighed it."""

    weight: Weight | None
    uses: Sequence[BagUse]


async def batches_after(
    tx: Transaction,
    tolerance: Tolerance,
    *,
    after: str | None = None,
    partner_id: str | None = None,
    only: str | None = None,
    state: BatchState | None = None,
    limit: int,
) -> list[BatchSummary]:
    """Batches in the order of their ids."""
    rows = await (await driver(tx)).fetch(_BATCHES, *_waits(tolerance), after, partner_id, only, state, limit)
    return [BatchSummary(**(dict(row) | {"state": BatchState(row["state"])})) for row in rows]


def _waits(tolerance: Tolerance) -> tuple[list[str], int, int]:
    return _INTERIM, tolerance.basis_points, tolerance.scale_division_grams


async def fractions_after(
    tx: Transaction,
    tolerance: Tolerance,
    *,
    after: tuple[str, str] | None = None,
    partner_id: str | None = None,
    batch_id: str | None = None,
    waiting: bool | None = None,
    limit: int,
) -> list[FractionSummary]:
    """Fractions in the order of their batch and id."""
    rows = await (await driver(tx)).fetch(
        _ORDERED, *_waits(tolerance), *(after or (None, None)), partner_id, batch_id, waiting, limit
    )
    return [FractionSummary(**dict(row)) for row in rows]


async def batch_contents(tx: Transaction, tolerance: Tolerance, batch_id: str) -> BatchContents:
    row = await tx.get_one(BatchRow, batch_id)
    return BatchContents(
        row.sorted,
        await _all(tx, BagUseRow, batch_id, "bag_id"),
        await fractions_after(tx, tolerance, batch_id=batch_id, limit=_EVERY),
        await _all(tx, TreatmentRow, batch_id, "treatment_id"),
    )


async def _all(tx: Transaction, table: Any, batch_id: str, order: str) -> Any:
    query = select(table).where(table.batch_id == batch_id).order_by(getattr(table, order))
    return (await tx.scalars(query)).all()


async def allocation(tx: Transaction, bag_id: str) -> Allocation:
    """A bag's weight by the best word there is, and where its grams went."""
    query = (
        select(BagUseRow.batch_id, BatchRow.partner_id, BagUseRow.grams)  # type: ignore[call-overload]
        .join(BatchRow, col(BatchRow.batch_id) == col(BagUseRow.batch_id))
        .where(col(BagUseRow.bag_id) == bag_id)
        .order_by(col(BagUseRow.batch_id))
    )
    uses = [BagUse(*row) for row in await tx.execute(query)]
    return Allocation(weight_of(await load_bags(tx, {bag_id}), bag_id), uses)


async def refusals_after(
    tx: Transaction, *, after: int | None, partner_id: str | None, reason: str | None, limit: int
) -> Sequence[RefusalRow]:
    """Refusals in the order of the decisions, the first one first."""
    query = select(RefusalRow).order_by(col(RefusalRow.number)).limit(limit)
    if after is not None:
        query = query.where(col(RefusalRow.number) > after)
    if partner_id is not None:
        query = query.where(col(RefusalRow.partner_id) == partner_id)
    if reason is not None:
        query = query.where(col(RefusalRow.reason) == reason)
    return (await tx.scalars(query)).all()
