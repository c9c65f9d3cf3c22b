"""Each event is handled once, whoever sends it again; the same id with other bytes is an alarm, not a duplicate."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from ewaste.contracts.registry import Event
from ewaste.evidence.ledger.record import Record
from ewaste.runtime.database import Transaction, driver

__all__ = ["Received", "Rejected", "admit"]

_ADMIT: Final = """
INSERT INTO inbox (consumer, source, event_id, digest)
SELECT $1, * FROM unnest($2::text[], $3::uuid[], $4::bytea[]) ON CONFLICT DO NOTHING RETURNING source, event_id
"""
_KNOWN: Final = """
SELECT source, event_id, digest FROM inbox
JOIN unnest($2::text[], $3::uuid[]) AS t(source, event_id) USING (source, event_id) WHERE consumer = $1
"""


@dataclass(frozen=True, slots=True)
class Received:
    """An event that can be read, and the record it came in."""

    event: Event
    record: Record

    @property
    def key(self) -> tuple[str, UUID]:
        """What makes an event one and the same: its source and its id."""
        return self.event.envelope.source, self.event.envelope.id


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that will never be handled as it is, and why."""

    record: Record
    reason: str
    detail: str


async def admit(tx: Transaction, consumer: str, received: Sequence[Received]) -> tuple[list[Received], list[Rejected]]:
    """Write the events into the inbox; give back the new ones in order, and the equivocations."""
    first: dict[tuple[str, UUID], tuple[Received, bytes]] = {}
    repeated = []
    for one in received:
        digest = sha256(one.record.value or b"").digest()
        if first.setdefault(one.key, (one, digest))[0] is not one:
            repeated.append((one, digest))
    if not first:
        return [], []
    connection = await driver(tx)
    sources, ids = [source for source, _ in first], [event_id for _, event_id in first]
    rows = await connection.fetch(_ADMIT, consumer, sources, ids, [digest for _, digest in first.values()])
    new = {(row["source"], row["event_id"]) for row in rows}
    repeated += [pair for key, pair in first.items() if key not in new]
    return [one for one, _ in first.values() if one.key in new], await _equivocations(tx, consumer, repeated)


async def _equivocations(tx: Transaction, consumer: str, repeated: Sequence[tuple[Received, bytes]]) -> list[Rejected]:
    if not repeated:
        return []
    connection = await driver(tx)
    rows = await connection.fetch(
        _KNOWN, consumer, [one.key[0] for one, _ in repeated], [one.key[1] for one, _ in repeated]
    )
    known = {(row["source"], row["event_id"]): row["digest"] for row in rows}
    return [
        Rejected(one.record, "equivocation", f"{one.key[0]} sent id {one.key[1]} before with other content")
        for one, digest in repeated
        if known[one.key] != digest
    ]
