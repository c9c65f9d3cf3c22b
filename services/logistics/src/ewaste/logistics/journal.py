"""What this service tells, it keeps: a fact goes to the outbox and to the records in the same transaction."""

from dataclasses import dataclass, replace
from uuid import UUID

from ewaste.contracts.fields import Context
from ewaste.contracts.registry import read_event, type_for, write_event
from ewaste.contracts.topics import topic_of
from ewaste.evidence.rules.ruleset import Rules
from ewaste.logistics.storage import records
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact, Outbox

__all__ = ["Journal"]


@dataclass(frozen=True, slots=True)
class Journal:
    """`source` is this service's as events name it; `rules` judge what its records show."""

    outbox: Outbox
    source: str
    rules: Rules
    id: UUID | None = None
    """The id of the one fact that is told next, where a correction names it before."""

    async def tell(self, tx: Transaction, *facts: Fact) -> None:
        """In this order; order per aggregate holds when the caller has locked the aggregate's row before."""
        if self.id is not None and facts:
            (only,) = facts
            facts = (replace(only, id=self.id),)
        await self.outbox.add(tx, *facts)
        values = [self._value(fact) for fact in facts]
        topic = topic_of(Context.LOGISTICS)
        await records.add(tx, [(read_event(value), topic, value) for value in values])

    def _value(self, fact: Fact) -> bytes:
        event_type = type_for(Context.LOGISTICS, type(fact.data))
        return write_event(event_type, fact.data, id=fact.id, source=self.source, time=fact.time)
