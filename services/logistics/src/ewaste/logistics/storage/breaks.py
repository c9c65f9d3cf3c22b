"""Bags whose custody was declared broken."""

from collections.abc import Iterable
from typing import Final

from ewaste.logistics.model.breaks import GONE
from ewaste.runtime.database import Transaction, driver

__all__ = ["add_break", "broken", "gone", "remove_break"]

_ADD: Final = """
INSERT INTO broken_bag (bag_id, break_id) SELECT bag_id, $1 FROM unnest($2::text[]) AS t(bag_id) ORDER BY bag_id
ON CONFLICT DO NOTHING RETURNING bag_id
"""
_GONE: Final = """
SELECT b.bag_id, b.break_id
FROM broken_bag b JOIN record_node n ON n.node = 'break/' || b.break_id JOIN record r USING (position)
WHERE b.bag_id = ANY($1::text[]) AND NOT EXISTS (SELECT FROM correction c WHERE c.corrected_event_id = r.event_id)
  AND convert_from(r.value, 'UTF8')::jsonb -> 'data' ->> 'reason' = ANY($2::text[])
"""
_BROKEN: Final = "SELECT bag_id, break_id FROM broken_bag WHERE bag_id = ANY($1::text[])"


async def add_break(tx: Transaction, break_id: str, bag_ids: Iterable[str]) -> set[str]:
    """Returns the bags that were not broken before."""
    return {row["bag_id"] for row in await (await driver(tx)).fetch(_ADD, break_id, list(bag_ids))}


async def broken(tx: Transaction, bag_ids: Iterable[str]) -> dict[str, str]:
    """Of these bags the broken ones, and by which break."""
    rows = await (await driver(tx)).fetch(_BROKEN, list(bag_ids))
    return {row["bag_id"]: row["break_id"] for row in rows}


async def gone(tx: Transaction, bag_ids: Iterable[str]) -> dict[str, str]:
    """Of these bags those that are not there any more, and by which break."""
    rows = await (await driver(tx)).fetch(_GONE, list(bag_ids), [reason.value for reason in GONE])
    return {row["bag_id"]: row["break_id"] for row in rows}


async def remove_break(tx: Transaction, break_id: str) -> None:
    await (await driver(tx)).execute("DELETE FROM broken_bag WHERE break_id = $1", break_id)
