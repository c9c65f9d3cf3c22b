"""HTTP: what a phone, a kiosk and the municipality's staff send."""

import secrets
from datetime import UTC, datetime
from typing import Annotated

from ewaste.contracts.events.dropoff import (
    Category,
    Channel,
    DropPointRegistered,
    FillSource,
    Khwaeng,
    RetirementReason,
)
from ewaste.contracts.fields import Identifier
from ewaste.contracts.ids import uuid7
from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.dropoff import handlers
from ewaste.dropoff.model import Bag, Drop, Stage, stage_of
from ewaste.dropoff.storage import boxes
from ewaste.dropoff.storage.progress import item_progress
from ewaste.runtime.bulk import Bulk, IdempotencyKey, Input, Lines, Moment, check_size, judge
from ewaste.runtime.database import Database
from ewaste.runtime.http import Page, page, read_cursor
from ewaste.runtime.idempotency import once
from ewaste.runtime.outbox import Outbox
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

__all__ = ["NewDrop", "router"]

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ReceiptCode = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{1,32}$")]


class NewDrop(Input):
    """One piece. Without `item_id` an id is made here; without `bag_id` the bag that hung there at `dropped_at`."""

    point_id: Identifier
    category: Category
    channel: Channel = Channel.APP
    item_id: Identifier | None = None
    bag_id: Identifier | None = None
    dropped_at: Moment | None = None

    def to_drop(self, now: datetime, receipt_code: str | None = None) -> Drop:
        """Without a code it gets a new one."""
        return Drop(
            item_id=self.item_id or str(uuid7()),
            receipt_code=receipt_code or "".join(secrets.choice(_ALPHABET) for _ in range(12)),
            point_id=self.point_id,
            bag_id=self.bag_id,
            category=self.category,
            channel=self.channel,
            dropped_at=self.dropped_at or now,
        )


class Receipt(BaseModel):
    item_id: str
    receipt_code: str
    """Shows this item's way, to whoever holds it."""


class Nothing(BaseModel):
    """A line that was accepted, and there is no more to say."""


class ItemStatus(BaseModel):
    item_id: str
    category: Category
    point_id: str
    bag_id: str
    stage: Stage
    dropped_at: datetime
    collected_at: datetime | None
    delivered_at: datetime | None
    processed_at: datetime | None
    certificate_id: str | None


class NewBag(Input):
    bag_id: Identifier
    installed_at: Moment | None = None


class FillReport(Input):
    fill_percent: Annotated[int, Field(ge=0, le=100)]
    reported_by: FillSource = FillSource.CITIZEN


class Retirement(Input):
    reason: RetirementReason


class Point(DropPointRegistered):
    """A box as it is shown."""


def router(database: Database, outbox: Outbox, bulk_lines: int) -> APIRouter:
    api = APIRouter()

    @api.post("/drops", status_code=201, response_model=Receipt, tags=["drops"])
    async def drop_item(request: Request, body: NewDrop, key: IdempotencyKey = None) -> Response:
        """Record one piece; the receipt code shows its way."""

        async def work() -> tuple[int, bytes]:
            now = datetime.now(UTC)
            (result,) = await handlers.drop_items(tx, outbox, [body.to_drop(now)], now)
            if isinstance(result, Refused):
                raise result
            return 201, _receipt(result).model_dump_json().encode()

        async with database.transaction() as tx:
            return await once(tx, "drops", key, await request.body(), work)

    @api.post("/drops/bulk", response_model=Lines[Receipt], tags=["drops"])
    async def drop_items(request: Request, body: Bulk, key: IdempotencyKey = None) -> Response:
        """Record many pieces in one request, such as a kiosk's or a crew's day without a line."""
        check_size(body, bulk_lines)

        async def work() -> tuple[int, bytes]:
            now = datetime.now(UTC)

            async def handle(good: list[NewDrop]) -> list[handlers.Receipt | Refused]:
                return await handlers.drop_items(tx, outbox, [one.to_drop(now) for one in good], now)

            results = await judge(body, NewDrop, handle)
            receipts = [one if isinstance(one, Refused) else _receipt(one) for one in results]
            return 200, Lines[Receipt].of(receipts).model_dump_json().encode()

        async with database.transaction() as tx:
            return await once(tx, "drops/bulk", key, await request.body(), work)

    @api.get("/items/{receipt_code}", tags=["drops"])
    async def item_status(receipt_code: ReceiptCode) -> ItemStatus:
        """Where the item behind a receipt code is."""
        async with database.transaction() as tx:
            found = await item_progress(tx, receipt_code.upper())
        if found is None:
            raise Refused(
                "receipt-unknown", "no item has this receipt code; check it letter by letter", status=NOT_FOUND,
                field="receipt_code",
            )  # fmt: skip
        return ItemStatus(**found[0], stage=stage_of(found[1]))

    @api.post("/drop-points/bulk", response_model=Lines[Nothing], tags=["boxes"])
    async def register_points(request: Request, body: Bulk, key: IdempotencyKey = None) -> Response:
        """Register boxes, one per line."""
        check_size(body, bulk_lines)

        async def work() -> tuple[int, bytes]:
            async def handle(good: list[DropPointRegistered]) -> list[Refused | None]:
                return await handlers.register_points(tx, outbox, good, datetime.now(UTC))

            results = await judge(body, DropPointRegistered, handle)
            return 200, Lines[Nothing].of(results).model_dump_json().encode()

        async with database.transaction() as tx:
            return await once(tx, "drop-points/bulk", key, await request.body(), work)

    @api.get("/drop-points", tags=["boxes"])
    async def list_points(
        khwaeng: Khwaeng | None = None,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> Page[Point]:
        """Boxes in use, in the order of their ids."""
        async with database.transaction() as tx:
            rows = await boxes.points_after(tx, read_cursor(cursor, Identifier), khwaeng, limit + 1)
        return page(rows, limit, lambda row: Point(**row.model_dump()), lambda row: row.point_id)

    @api.post("/drop-points/{point_id}/retirement", status_code=204, tags=["boxes"])
    async def retire_point(point_id: Identifier, body: Retirement) -> None:
        async with database.transaction() as tx:
            await handlers.retire_point(tx, outbox, point_id, body.reason, datetime.now(UTC))

    @api.post("/drop-points/{point_id}/bags", status_code=204, tags=["boxes"])
    async def install_bag(point_id: Identifier, body: NewBag) -> None:
        """Hang a fresh bag in a box."""
        now = datetime.now(UTC)
        async with database.transaction() as tx:
            await handlers.install_bag(tx, outbox, Bag(body.bag_id, point_id, body.installed_at or now), now)

    @api.post("/bags/{bag_id}/fill-reports", status_code=204, tags=["boxes"])
    async def report_fill(bag_id: Identifier, body: FillReport) -> None:
        async with database.transaction() as tx:
            await handlers.report_fill(tx, outbox, bag_id=bag_id, now=datetime.now(UTC), **body.model_dump())

    return api


def _receipt(result: handlers.Receipt) -> Receipt:
    return Receipt(item_id=result[0], receipt_code=result[1])
