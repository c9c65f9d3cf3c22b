"""HTTP: the municipality, partners and auditors read batches, fractions, bags and what was refused."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Self
from uuid import UUID

from ewaste.contracts.events.dropoff import Category
from ewaste.contracts.events.recycler import Operation, RefusalReason
from ewaste.contracts.fields import Identifier, PartnerId
from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.evidence.rules.operations import OPERATIONS, OperationKind
from ewaste.evidence.rules.ruleset import Tolerance
from ewaste.recycler.claims import views
from ewaste.recycler.claims.allocation import WeightSource
from ewaste.recycler.claims.views import BatchState, FractionSummary
from ewaste.recycler.tables import RefusalRow
from ewaste.runtime.database import Database
from ewaste.runtime.http import Page, page, read_cursor
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

__all__ = ["router"]

RefusalNumber = Annotated[int, Field(strict=True, ge=0, lt=2**63)]
FractionKey = tuple[Identifier, Identifier]
Limit = Annotated[int, Query(ge=1, le=500)]


class Batch(BaseModel):
    """`output_grams` counts the batch's own outputs; `waiting_grams` what still needs a final operation."""

    batch_id: str
    partner_id: str
    facility_id: str
    state: BatchState
    opened_at: datetime
    recycled_at: datetime | None
    bag_grams: int
    other_client_grams: int
    output_grams: int
    process_loss_grams: int | None
    waiting_grams: int
    waiting_fractions: int
    waiting_since: datetime | None


class BatchBag(BaseModel):
    bag_id: str
    grams: int


class Sorted(BaseModel):
    category: Category
    grams: int


class Fraction(BaseModel):
    """`treatment_id` names the treatment it came from; null: the batch itself. No country: Thailand."""

    batch_id: str
    fraction_id: str
    partner_id: str
    material: str
    grams: int
    operation: Operation
    facility_id: str
    facility_country: str | None
    waste_code: str | None
    prepared_for_reuse: bool
    pieces: int | None
    treatment_id: str | None
    treated_grams: int
    waiting_grams: int
    waiting_since: datetime | None
    waiting_days: int | None
    """Whole days; null where nothing waits."""

    @classmethod
    def of(cls, found: FractionSummary, now: datetime) -> Self:
        since = found.made_at if found.waiting_grams else None
        days = max(0, (now - since).days) if since else None
        return cls.model_validate({**asdict(found), "waiting_since": since, "waiting_days": days})


class Treatment(BaseModel):
    """`facility_id` and `treated_at` are null where the treatment was recorded before they were kept."""

    treatment_id: str
    fraction_id: str
    grams: int
    process_loss_grams: int
    facility_id: str | None
    facility_country: str | None
    treated_at: datetime | None
    basel_notification_number: str | None
    basel_movement_number: str | None


class BatchDetail(Batch):
    inputs: list[BatchBag]
    sorted: list[Sorted]
    fractions: list[Fraction]
    treatments: list[Treatment]


class Use(BaseModel):
    batch_id: str
    partner_id: str
    grams: int


class BagAllocation(BaseModel):
    """Where the grams of a bag went. Net grams are null while nobody weighed the bag, and so is what is left."""

    bag_id: str
    net_grams: int | None
    weighed: WeightSource | None
    """Whose word the weight is."""
    tolerance_grams: int | None
    """How much more batches may take, because two scales differ."""
    allocated_grams: int
    left_grams: int | None
    """Never below 0."""
    over_grams: int
    """Taken beyond the tolerance: a weight that came later, or was corrected."""
    batches: list[Use]


class OperationRow(BaseModel):
    """One recovery or disposal operation; of an interim one, further treatment must be recorded."""

    code: Operation
    kind: OperationKind
    final: bool
    landfill: bool
    energy_recovery: bool
    meaning: str


class Refusal(BaseModel):
    """A record that was not accepted; `docs/guides/partners.md` says for each reason what to do next."""

    number: int
    topic: str
    partition: int
    offset: int
    value_sha256: str
    reason: RefusalReason
    detail: str
    field: str | None
    partner_id: str | None
    event_id: UUID | None
    refused_at: datetime

    @classmethod
    def of(cls, row: RefusalRow) -> Self:
        return cls.model_validate({**row.model_dump(), "offset": row.record_offset})


def _bag(bag_id: str, found: views.Allocation, tolerance: Tolerance) -> BagAllocation:
    weight, allocated = found.weight, sum(use.grams for use in found.uses)
    allowed = tolerance.grams_of(weight.grams) if weight else None
    return BagAllocation(
        bag_id=bag_id,
        net_grams=weight.grams if weight else None,
        weighed=weight.source if weight else None,
        tolerance_grams=allowed,
        allocated_grams=allocated,
        left_grams=max(0, weight.grams - allocated) if weight else None,
        over_grams=max(0, allocated - weight.grams - (allowed or 0)) if weight else 0,
        batches=[Use(**asdict(use)) for use in found.uses],
    )


def router(database: Database, tolerance: Tolerance) -> APIRouter:
    """`tolerance` says how many grams of a bag or a fraction two weighings may differ by."""
    api = APIRouter()

    @api.get("/batches", tags=["batches"])
    async def list_batches(
        partner_id: PartnerId | None = None,
        state: BatchState | None = None,
        cursor: str | None = None,
        limit: Limit = 100,
    ) -> Page[Batch]:
        """Batches with their grams and state, in the order of their ids."""
        after = read_cursor(cursor, Identifier)
        async with database.transaction() as tx:
            rows = await views.batches_after(
                tx, tolerance, after=after, partner_id=partner_id, state=state, limit=limit + 1
            )
        return page(rows, limit, lambda row: Batch(**asdict(row)), lambda row: row.batch_id)

    @api.get("/batches/{batch_id}", tags=["batches"])
    async def read_batch(batch_id: Identifier) -> BatchDetail:
        """A batch with its bags, fractions and treatments."""
        now = datetime.now(UTC)
        async with database.transaction() as tx:
            rows = await views.batches_after(tx, tolerance, only=batch_id, limit=1)
            if not rows:
                detail = f"no accepted claim opened batch {batch_id}; look at /refusals for claims that were refused"
                raise Refused("batch-unknown", detail, field="batch_id", status=NOT_FOUND)
            found = await views.batch_contents(tx, tolerance, batch_id)
        return BatchDetail(
            **asdict(rows[0]),
            inputs=[BatchBag(**row.model_dump()) for row in found.bags],
            sorted=[Sorted(category=category, grams=grams) for category, grams in found.sorted],
            fractions=[Fraction.of(each, now) for each in found.fractions],
            treatments=[Treatment(**row.model_dump()) for row in found.treatments],
        )

    @api.get("/fractions", tags=["batches"])
    async def list_fractions(
        waiting: bool | None = None, partner_id: PartnerId | None = None, cursor: str | None = None, limit: Limit = 100
    ) -> Page[Fraction]:
        """Fractions of all batches; `waiting=true`: those whose grams still need a final operation, and since when."""
        after, now = read_cursor(cursor, FractionKey), datetime.now(UTC)
        async with database.transaction() as tx:
            rows = await views.fractions_after(
                tx, tolerance, after=after, partner_id=partner_id, waiting=waiting, limit=limit + 1
            )
        return page(rows, limit, lambda row: Fraction.of(row, now), lambda row: (row.batch_id, row.fraction_id))

    @api.get("/bags/{bag_id}/allocation", tags=["batches"])
    async def read_allocation(bag_id: Identifier) -> BagAllocation:
        """How many grams of a bag went into which batches, and how many are left."""
        async with database.transaction() as tx:
            found = await views.allocation(tx, bag_id)
        if found.weight is None and not found.uses:
            detail = f"nobody weighed bag {bag_id}, and no batch took of it; check its id"
            raise Refused("bag-unknown", detail, field="bag_id", status=NOT_FOUND)
        return _bag(bag_id, found, tolerance)

    @api.get("/operations", tags=["operations"])
    async def list_operations() -> list[OperationRow]:
        """Every operation that an output may have (Directive 2008/98/EC, annexes I and II; Basel, annex IV)."""
        return [OperationRow(**asdict(rule)) for rule in OPERATIONS.values()]

    @api.get("/refusals", tags=["refusals"])
    async def list_refusals(
        partner_id: PartnerId | None = None,
        reason: RefusalReason | None = None,
        cursor: str | None = None,
        limit: Limit = 100,
    ) -> Page[Refusal]:
        """What was not accepted and why, in the order of the decisions."""
        async with database.transaction() as tx:
            rows = await views.refusals_after(
                tx, after=read_cursor(cursor, RefusalNumber), partner_id=partner_id, reason=reason, limit=limit + 1
            )
        return page(rows, limit, Refusal.of, lambda row: row.number)

    return api
