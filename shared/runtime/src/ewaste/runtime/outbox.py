"""State change and event leave together: handlers add facts to the outbox in their own transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from ewaste.contracts.fields import Context, Part
from ewaste.contracts.ids import uuid7
from ewaste.contracts.registry import type_for, write_event
from ewaste.runtime.database import Transaction, driver
from ewaste.runtime.settings import RuntimeSettings
from opentelemetry.propagate import inject

__all__ = ["Fact", "Outbox"]

_INSERT: Final = """
INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[])
"""


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened, when (with offset), and because of which event."""

    data: Part
    time: datetime
    causation_id: str | None = None
    correlation_id: str | None = None
    id: UUID = field(default_factory=uuid7)


class Outbox:
    """Where a service's facts wait for the relay."""

    def __init__(self, settings: RuntimeSettings) -> None:
        self._source = settings.source
        self._context: Context = settings.context

    async def add(self, tx: Transaction, *facts: Fact) -> None:
        """Store the facts in `tx`, in this order, with one statement however many there are.

        Order per aggregate holds when the caller has locked the aggregate's row before.
        Raises LookupError for a fact that this service does not publish.
        """
        if facts:
            connection = await driver(tx)
            await connection.execute(_INSERT, *self._columns(facts))

    def _columns(self, facts: Sequence[Fact]) -> tuple[list[UUID], list[str], list[str], list[str], list[bytes]]:
        carrier: dict[str, str] = {}
        inject(carrier)
        types = [type_for(self._context, type(fact.data)) for fact in facts]
        payloads = [
            write_event(
                event_type,
                fact.data,
                id=fact.id,
                source=self._source,
                time=fact.time,
                causation_id=fact.causation_id,
                correlation_id=fact.correlation_id,
                traceparent=carrier.get("traceparent"),
            )
            for event_type, fact in zip(types, facts, strict=True)
        ]
        return (
            [fact.id for fact in facts],
            [event_type.topic for event_type in types],
            [event_type.key_of(fact.data) for event_type, fact in zip(types, facts, strict=True)],
            [event_type.name for event_type in types],
            payloads,
        )
