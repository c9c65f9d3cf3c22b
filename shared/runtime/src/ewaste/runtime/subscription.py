"""What a service says about what it consumes; how it is consumed is `consumer.py`'s."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ewaste.evidence.ledger.record import Record
from ewaste.runtime.database import Transaction
from ewaste.runtime.inbox import Received

__all__ = ["EventHandler", "RecordHandler", "RetryPolicy", "RoleRefused", "Subscription", "TakeRole"]

EventHandler: TypeAlias = Callable[[Transaction, Sequence[Received]], Awaitable[None]]
"""Gets the new events of a batch in order, each once, in the batch's transaction."""
RecordHandler: TypeAlias = Callable[[Transaction, Sequence[Record]], Awaitable[None]]
"""Gets every record as Kafka holds it, also what can't be read; duplicates are the handler's to see."""
TakeRole: TypeAlias = Callable[[Transaction], Awaitable[None]]
"""Runs when this process has taken a single subscription's role, before its first batch. May raise RoleRefused."""


class RoleRefused(Exception):
    """Consuming here would do harm: an incident. The consumer stays silent until somebody has mended what it says."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Waits between tries of one batch; their sum must stay under Kafka's max.poll.interval (5 minutes)."""

    delays_seconds: tuple[float, ...] = (0.2, 1.0, 5.0, 15.0)

    def __post_init__(self) -> None:
        if any(delay < 0 for delay in self.delays_seconds) or sum(self.delays_seconds) > 240:
            raise ValueError(f"retry delays {self.delays_seconds} must be >= 0 and add up to at most 240 s")


@dataclass(frozen=True, slots=True)
class Subscription:
    """One consumer: a name (the group and the key of its positions), its topics, and one handler of either kind."""

    name: str
    topics: tuple[str, ...] = ()
    pattern: str | None = None
    """A regular expression over topic names, instead of `topics`."""
    on_events: EventHandler | None = None
    on_records: RecordHandler | None = None
    single: bool = False
    """Only one process of the service consumes at a time (the ledger's sequencer)."""
    on_taken: TakeRole | None = None
    retry: RetryPolicy = RetryPolicy()

    def __post_init__(self) -> None:
        if bool(self.topics) == bool(self.pattern):
            raise ValueError(f"subscription {self.name}: give topics or a pattern, one of them")
        if (self.on_events is None) == (self.on_records is None):
            raise ValueError(f"subscription {self.name}: give on_events or on_records, one of them")
        if self.on_taken is not None and not self.single:
            raise ValueError(f"subscription {self.name}: on_taken needs a role to take; say single=True")
