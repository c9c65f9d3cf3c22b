"""Facts as they were told, by this service and by recyclers, and what took them back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from asyncpg import Record as Row
from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.fields import Part
from ewaste.contracts.registry import Event
from ewaste.evidence.custody.fold import Evidence, mentions, read_evidence
from ewaste.evidence.custody.graph import node
from ewaste.logistics.model.nodes import SUBJECTS, nodes_of
from ewaste.runtime.database import Transaction, driver, write_rows

__all__ = [
    "Told",
    "add",
    "add_correction",
    "correction_of",
    "is_withdrawn",
    "loads_of",
    "read",
    "registered",
    "standing",
    "told",
    "told_about",
]

_ADD: Final = """
INSERT INTO record (event_id, topic, type, subject, happened_at, value)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::bytea[])
ON CONFLICT (event_id) DO NOTHING RETURNING position, event_id
"""
_ADD_NODES: Final = "INSERT INTO record_node (node, position) SELECT * FROM unnest($1::text[], $2::bigint[])"
_READ: Final = """
SELECT DISTINCT r.position, r.topic, r.value FROM record r JOIN record_node n USING (position)
WHERE n.node = ANY($1::text[])
"""
_STANDING: Final = """
SELECT r.event_id, r.topic, r.position, r.value FROM record r JOIN record_node n USING (position)
WHERE n.node = $1 AND r.type = $2 AND r.subject = $3
  AND NOT EXISTS (SELECT FROM correction c WHERE c.corrected_event_id = r.event_id)
ORDER BY r.position DESC LIMIT 1
"""
_TOLD: Final = """
SELECT r.event_id, r.type, r.subject, r.happened_at, r.topic, r.position, r.value,
       c.event_id AS corrected_by, c.replacement_event_id
FROM record r LEFT JOIN correction c ON c.corrected_event_id = r.event_id WHERE r.event_id = $1
"""
_ABOUT: Final = """
SELECT DISTINCT r.position, r.event_id, r.type, r.subject, r.happened_at, r.topic,
       c.event_id AS corrected_by, c.replacement_event_id
FROM record r JOIN record_node n USING (position) LEFT JOIN correction c ON c.corrected_event_id = r.event_id
WHERE n.node = ANY($1::text[]) ORDER BY r.position LIMIT $2
"""
_REGISTERED: Final = """
SELECT r.event_id, r.topic, r.position, r.value, r.subject FROM record r
WHERE r.type IN ('ActorRegistered', 'PartnerRegistered') AND r.subject > $1
  AND NOT EXISTS (SELECT FROM correction c WHERE c.corrected_event_id = r.event_id)
  AND NOT EXISTS (SELECT FROM withdrawn w WHERE w.event_id = r.event_id)
ORDER BY r.subject, r.position LIMIT $2
"""
_CORRECTION: Final = """
INSERT INTO correction (corrected_event_id, event_id, replacement_event_id, reason, replacement_digest)
VALUES ($1, $2, $3, $4, $5)
"""
_LOADS_OF: Final = """
SELECT DISTINCT substr(n.node, 6) AS load_id FROM record r JOIN record_node n USING (position)
WHERE r.event_id = ANY($1::uuid[]) AND n.node LIKE 'load/%'
"""
_CORRECTION_OF: Final = "SELECT * FROM correction WHERE corrected_event_id = $1"


@dataclass(frozen=True, slots=True)
class Told:
    """A record that stands, read."""

    event_id: UUID
    data: Part
    event: Event


async def add(tx: Transaction, events: Sequence[tuple[Event, str, bytes]]) -> None:
    """Keep events (each with its topic and bytes); one that is here already changes nothing."""
    rows = {event.envelope.id: (event, topic, value) for event, topic, value in events}
    if not rows:
        return
    found = await (await driver(tx)).fetch(
        _ADD,
        list(rows),
        [topic for _, topic, _ in rows.values()],
        [event.type.model.__name__ for event, _, _ in rows.values()],
        [event.type.subject_of(event.data) for event, _, _ in rows.values()],
        [event.envelope.time for event, _, _ in rows.values()],
        [value for _, _, value in rows.values()],
    )
    nodes = [(each, row["position"]) for row in found for each in sorted(nodes_of(rows[row["event_id"]][0].data))]
    await write_rows(tx, _ADD_NODES, nodes)


async def read(tx: Transaction, nodes: Iterable[str]) -> list[Evidence]:
    """The evidence of these nodes, and of all that it mentions."""
    found: dict[int, Evidence] = {}
    asked: set[str] = set()
    waiting = set(nodes)
    while waiting:
        asked |= waiting
        fresh = [one for one in await _on(tx, waiting) if one.index not in found]
        found |= {one.index: one for one in fresh}
        waiting = set(mentions(fresh)) - asked
    return list(found.values())


async def _on(tx: Transaction, nodes: Iterable[str]) -> list[Evidence]:
    rows = await (await driver(tx)).fetch(_READ, list(nodes))
    return [one for row in rows if (one := read_evidence(row["position"], row["topic"], row["value"]))]


async def standing(tx: Transaction, kind: str, id: str, model: type[Part], subject: str | None = None) -> Told | None:
    """The latest fact of this type about this node that was not taken back."""
    row = await (await driver(tx)).fetchrow(_STANDING, node(kind, id), model.__name__, subject or id)
    return _read(row) if row else None


async def told(tx: Transaction, event_id: UUID) -> tuple[Row, Part] | None:
    """A record, whether it stands or not, with the correction that took it back."""
    row = await (await driver(tx)).fetchrow(_TOLD, event_id)
    return (row, _read(row).data) if row else None


async def told_about(tx: Transaction, subject: str, limit: int) -> list[Row]:
    """Records about whatever has this id, the oldest first."""
    return await (await driver(tx)).fetch(_ABOUT, [node(kind, subject) for kind in SUBJECTS], limit)


async def registered(tx: Transaction, after: str, limit: int) -> list[Told]:
    """Actors and recyclers in the order of their ids."""
    return [_read(row) for row in await (await driver(tx)).fetch(_REGISTERED, after, limit)]


async def add_correction(
    tx: Transaction, data: EventCorrected, event_id: UUID, replacement_digest: bytes | None
) -> None:
    replacement = UUID(data.replacement_event_id) if data.replacement_event_id else None
    corrected = UUID(data.corrected_event_id)
    await (await driver(tx)).execute(
        _CORRECTION, corrected, event_id, replacement, data.reason.value, replacement_digest
    )


async def is_withdrawn(tx: Transaction, event_id: UUID) -> bool:
    """Whether another service took this event of its own back."""
    return bool(await (await driver(tx)).fetchval("SELECT true FROM withdrawn WHERE event_id = $1", event_id))


async def loads_of(tx: Transaction, event_ids: Iterable[UUID]) -> list[str]:
    """The loads that these records are about."""
    rows = await (await driver(tx)).fetch(_LOADS_OF, list(event_ids))
    return [row["load_id"] for row in rows]


async def correction_of(tx: Transaction, event_id: UUID) -> Row | None:
    return await (await driver(tx)).fetchrow(_CORRECTION_OF, event_id)


def _read(row: Row) -> Told:
    evidence = read_evidence(row["position"], row["topic"], row["value"])
    assert evidence is not None, "only events that were read are kept"
    return Told(row["event_id"], evidence.event.data, evidence.event)
