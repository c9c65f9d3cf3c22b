"""What HTTP shows of batches and refusals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ewaste.recycler.tables import BagUseRow, FractionRow, RefusalRow, TreatmentRow
from ewaste.runtime.database import Transaction, driver
from sqlalchemy import select
from sqlmodel import col

__all__ = ["BatchContents", "BatchSummary", "batch_contents", "batches_after", "refusals_after"]

_BATCHES: Final = """
SELECT b.batch_id, b.partner_id, b.facility_id, b.opened_at, b.recycled_at, b.other_client_grams, b.process_loss_grams,
       (SELECT coalesce(sum(grams), 0)::bigint FROM bag_use u WHERE u.batch_id = b.batch_id) AS bag_grams,
       (SELECT coalesce(sum(grams), 0)::bigint FROM fraction f
        WHERE f.batch_id = b.batch_id AND f.treatment_id IS NULL) AS output_grams
FROM batch b
WHERE ($1::text IS NULL OR b.batch_id > $1) AND ($2::text IS NULL OR b.partner_id = $2)
  AND ($3::text IS NULL OR b.batch_id = $3)
ORDER BY b.batch_id LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """A batch and its grams; `output_grams` counts the batch's own outputs, not those of later treatments."""

    batch_id: str
    partner_id: str
    facility_id: str
    opened_at: datetime
    recycled_at: datetime | None
    other_client_grams: int
    process_loss_grams: int | None
    bag_grams: int
    output_grams: int


@dataclass(frozen=True, slots=True)
class BatchContents:
    bags: Sequence[BagUseRow]
    fractions: Sequence[FractionRow]
    treatments: Sequence[TreatmentRow]


async def batches_after(
    tx: Transaction, *, after: str | None = None, partner_id: str | None = None, only: str | None = None, limit: int
) -> list[BatchSummary]:
    """Batches in the order of their ids."""
    rows = await (await driver(tx)).fetch(_BATCHES, after, partner_id, only, limit)
    return [BatchSummary(**dict(row)) for row in rows]


async def batch_contents(tx: Transaction, batch_id: str) -> BatchContents:
    return BatchContents(
        await _all(tx, BagUseRow, batch_id, "bag_id"),
        await _all(tx, FractionRow, batch_id, "fraction_id"),
        await _all(tx, TreatmentRow, batch_id, "treatment_id"),
    )


async def _all(tx: Transaction, table: Any, batch_id: str, order: str) -> Any:
    query = select(table).where(table.batch_id == batch_id).order_by(getattr(table, order))
    return (await tx.scalars(query)).all()


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
