"""What others told of bags, batches and certificates, and where that leaves an item."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from ewaste.dropoff.model import Progress
from ewaste.runtime.database import Transaction, driver, write_rows

__all__ = ["Heard", "Kind", "hear", "item_progress", "standing_of", "swaps_with", "withdraw"]


class Kind(StrEnum):
    """What a fact says of its subject."""

    COLLECTED = "collected"
    DELIVERED = "delivered"
    BATCHED = "batched"
    PROCESSED = "processed"
    CERTIFIED = "certified"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Heard:
    """One fact about a bag, batch or certificate; `detail` is the batch, certificate or fresh bag it names."""

    event_id: UUID
    subject: str
    kind: Kind
    at: datetime
    detail: str | None = None
    point_id: str | None = None


_HEAR: Final = """
INSERT INTO heard (event_id, subject, kind, at, detail, point_id)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[])
ON CONFLICT DO NOTHING
"""
_WITHDRAW: Final = "INSERT INTO withdrawn (event_id) SELECT * FROM unnest($1::uuid[]) ON CONFLICT DO NOTHING"
_STANDS: Final = "NOT EXISTS (SELECT FROM withdrawn w WHERE w.event_id = h.event_id)"
# The earliest time stands, whichever is told first. A certificate that is suspended is none: its successor counts.
_PROGRESS: Final = f"""
SELECT i.item_id, i.category, i.point_id, i.bag_id, i.dropped_at, bag.collected_at, bag.delivered_at,
       batch.processed_at, batch.certificate_id
FROM item i
LEFT JOIN LATERAL (
  SELECT min(h.at) FILTER (WHERE h.kind = 'collected') AS collected_at,
         min(h.at) FILTER (WHERE h.kind = 'delivered') AS delivered_at
  FROM heard h WHERE h.subject = i.bag_id AND h.kind IN ('collected', 'delivered') AND {_STANDS}
) bag ON true
LEFT JOIN LATERAL (
  SELECT min(h.at) FILTER (WHERE h.kind = 'processed') AS processed_at,
         (array_agg(h.detail ORDER BY h.at DESC, h.event_id DESC) FILTER (WHERE h.kind = 'certified' AND NOT EXISTS (
            SELECT FROM heard s WHERE s.subject = h.detail AND s.kind = 'suspended'
         )))[1] AS certificate_id
  FROM heard h
  WHERE h.kind IN ('processed', 'certified') AND {_STANDS} AND h.subject IN (
    SELECT h.detail FROM heard h WHERE h.subject = i.bag_id AND h.kind = 'batched' AND {_STANDS}
  )
) batch ON true
WHERE i.receipt_code = $1
"""
_WITHDRAWN: Final = "SELECT event_id FROM withdrawn WHERE event_id = ANY($1::uuid[])"
_SWAPS: Final = f"""
SELECT h.event_id, h.subject, h.at, h.detail, h.point_id FROM heard h
WHERE h.kind = 'collected' AND h.detail = ANY($1::text[]) AND {_STANDS}
"""


async def hear(tx: Transaction, facts: Iterable[Heard]) -> None:
    """Keep what was told; the same again changes nothing."""
    rows = {(one.event_id, one.subject): one for one in facts}.values()
    await write_rows(
        tx, _HEAR, ((one.event_id, one.subject, one.kind.value, one.at, one.detail, one.point_id) for one in rows)
    )


async def withdraw(tx: Transaction, event_ids: Iterable[UUID]) -> None:
    """Events of others that their source took back, whether they came here yet or not."""
    await write_rows(tx, _WITHDRAW, ((event_id,) for event_id in event_ids))


async def standing_of(tx: Transaction, facts: Sequence[Heard]) -> list[Heard]:
    """Of these facts those that were not taken back."""
    rows = await (await driver(tx)).fetch(_WITHDRAWN, [one.event_id for one in facts]) if facts else []
    gone = {row["event_id"] for row in rows}
    return [one for one in facts if one.event_id not in gone]


async def swaps_with(tx: Transaction, bag_ids: Sequence[str]) -> list[Heard]:
    """Collections that stand and by which these fresh bags were hung."""
    rows = await (await driver(tx)).fetch(_SWAPS, list(bag_ids))
    return [Heard(kind=Kind.COLLECTED, **row) for row in rows]


async def item_progress(tx: Transaction, receipt_code: str) -> tuple[dict[str, Any], Progress] | None:
    """The item behind a receipt code and what is known of its way."""
    row = await (await driver(tx)).fetchrow(_PROGRESS, receipt_code)
    if row is None:
        return None
    return dict(row), Progress(row["collected_at"], row["delivered_at"], row["processed_at"], row["certificate_id"])
