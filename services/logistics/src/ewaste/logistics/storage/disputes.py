"""Disputes as the records of their loads show them, kept for lists."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from asyncpg import Record
from ewaste.evidence.custody.model import Dispute
from ewaste.runtime.database import Transaction, driver

__all__ = ["disputes_after", "store_disputes"]

_REMOVE: Final = "DELETE FROM dispute WHERE load_id = $1"
_STORE: Final = """
INSERT INTO dispute (load_id, bag_id, number, state, opened_at, content)
SELECT $1, * FROM unnest($2::text[], $3::int[], $4::text[], $5::timestamptz[], $6::bytea[])
"""
_AFTER: Final = """
SELECT * FROM dispute WHERE ($1::text IS NULL OR state = $1)
  AND (opened_at, load_id, bag_id, number) > (coalesce($2::timestamptz, '-infinity'), coalesce($3::text, ''),
                                              coalesce($4::text, ''), coalesce($5::int, 0))
ORDER BY opened_at, load_id, bag_id, number LIMIT $6
"""


async def store_disputes(tx: Transaction, load_id: str, disputes: Sequence[Dispute]) -> None:
    """In place of those that were kept of the load."""
    connection = await driver(tx)
    await connection.execute(_REMOVE, load_id)
    if disputes:
        await connection.execute(
            _STORE,
            load_id,
            [one.bag_id for one in disputes],
            list(range(1, len(disputes) + 1)),
            [one.state.value for one in disputes],
            [one.opened for one in disputes],
            [json.dumps(one.to_dict()).encode() for one in disputes],
        )


async def disputes_after(
    tx: Transaction, state: str | None, after: tuple[datetime, str, str, int] | None, limit: int
) -> list[Record]:
    """Disputes, the oldest first."""
    return await (await driver(tx)).fetch(_AFTER, state, *(after or (None, None, None, None)), limit)
