"""How far a consumer has come, kept in the same transaction as what it wrote."""

from collections.abc import Iterable, Sequence
from typing import Final

from ewaste.evidence.ledger.record import Record
from ewaste.runtime.database import Transaction, driver

__all__ = ["OffsetGap", "advance", "stored_positions"]

_CREATE: Final = """
INSERT INTO position (consumer, topic, partition, next_offset)
SELECT $1, topic, partition, 0 FROM unnest($2::text[], $3::int[]) AS t(topic, partition) ON CONFLICT DO NOTHING
"""
# Rows are locked in one order, so that two consumers that met in a rebalance never deadlock.
_LOCK: Final = """
SELECT p.topic, p.partition, p.next_offset FROM position p
JOIN unnest($2::text[], $3::int[]) AS t(topic, partition) USING (topic, partition)
WHERE p.consumer = $1 ORDER BY p.topic, p.partition FOR UPDATE OF p
"""
_MOVE: Final = """
UPDATE position p SET next_offset = t.next_offset
FROM unnest($2::text[], $3::int[], $4::bigint[]) AS t(topic, partition, next_offset)
WHERE p.consumer = $1 AND p.topic = t.topic AND p.partition = t.partition
"""
_READ: Final = """
SELECT t.topic, t.partition, coalesce(p.next_offset, 0) AS next_offset
FROM unnest($2::text[], $3::int[]) AS t(topic, partition)
LEFT JOIN position p ON p.consumer = $1 AND p.topic = t.topic AND p.partition = t.partition
"""

Partition = tuple[str, int]


class OffsetGap(Exception):
    """Kafka's log and the stored position do not meet: an incident, stop and tell.

    Either Kafka no longer has a record that this consumer has not seen, or it ends before one that this consumer has
    handled. Topics keep everything and nobody writes transactions to them, so offsets are contiguous.
    """

    def __init__(self, consumer: str, partition: Partition, expected: int, found: int) -> None:
        topic, number = partition
        if found > expected:
            what = (
                f"continues at offset {found}, expected {expected}: {found - expected} records are missing. Check the "
                f"topic's retention and log start offset; restore the records or record the loss"
            )
        else:
            what = (
                f"ends at offset {found}, but {expected} was reached: the broker lost {expected - found} records or "
                f"the topic was made anew. Restore it"
            )
        super().__init__(
            f"{consumer}: {topic} partition {number} {what} before moving the position by hand "
            f"(docs/operations/dead-letters.md)."
        )
        self.partition = partition
        self.expected = expected


async def advance(tx: Transaction, consumer: str, records: Sequence[Record]) -> list[Record]:
    """Take these records into the transaction: lock and move the positions, give back those not handled before.

    Whoever held a partition before a rebalance may still be writing; the row lock and the stored offset decide,
    not Kafka's group. Raises `OffsetGap`.
    """
    ends = {(r.topic, r.partition): r.offset + 1 for r in records}
    topics, partitions = [t for t, _ in ends], [p for _, p in ends]
    connection = await driver(tx)
    rows = await connection.fetch(_LOCK, consumer, topics, partitions)
    if len(rows) < len(ends):
        await connection.execute(_CREATE, consumer, topics, partitions)
        rows = await connection.fetch(_LOCK, consumer, topics, partitions)
    stored = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
    fresh, reached = _continue(consumer, records, stored)
    if fresh:
        await connection.execute(
            _MOVE, consumer, [t for t, _ in reached], [p for _, p in reached], list(reached.values())
        )
    return fresh


def _continue(
    consumer: str, records: Iterable[Record], stored: dict[Partition, int]
) -> tuple[list[Record], dict[Partition, int]]:
    reached = dict(stored)
    fresh = []
    for record in records:
        partition = (record.topic, record.partition)
        expected = reached[partition]
        if record.offset < expected:
            continue
        if record.offset > expected:
            raise OffsetGap(consumer, partition, expected, record.offset)
        reached[partition] = expected + 1
        fresh.append(record)
    return fresh, reached


async def stored_positions(tx: Transaction, consumer: str, partitions: Iterable[Partition]) -> dict[Partition, int]:
    """The next offset of each partition, 0 where nothing was handled yet."""
    wanted = list(partitions)
    connection = await driver(tx)
    rows = await connection.fetch(_READ, consumer, [t for t, _ in wanted], [p for _, p in wanted])
    return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
