"""When a checkpoint is signed and told, and what an alarm is: decisions without clock, file and network."""

from dataclasses import dataclass
from enum import StrEnum

from ewaste.traceability.ledger.model import Ledger

__all__ = ["Alarm", "AlarmKind", "Cadence", "origin_of"]


def origin_of(city: str, ledger: Ledger) -> str:
    """The log's name, that of its key and the first line of its checkpoints."""
    return f"urn:ewaste:{city}:{ledger}"


class AlarmKind(StrEnum):
    """What only a person can decide."""

    FORKED = "forked"
    """Somebody holds a checkpoint that is not of our history: nothing is signed any more."""
    LEDGER_CHANGED = "ledger-changed"
    """Rows of the ledger, tiles and roots do not belong together."""
    START_MOVED = "start-moved"
    """Kafka no longer has the first records of a partition."""
    RECORD_CHANGED = "record-changed"
    """Kafka, the ledger and the tiles hold different bytes at one place."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that is wrong; the same `subject` is the same alarm."""

    kind: AlarmKind
    subject: str
    """What it is about: a witness, `topic[partition]` or an index."""
    detail: str
    """What was found, and what to do next."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often a checkpoint is made: after `seconds`, or sooner once `entries` are waiting.

    A checkpoint is told as an event at most every `event_seconds`, and only where something else came meanwhile: the
    event is itself a record of the custody ledger, and would otherwise be the reason for the next one.
    """

    seconds: float = 2.0
    entries: int = 10_000
    event_seconds: float = 86_400.0

    def __post_init__(self) -> None:
        if self.seconds <= 0 or self.entries < 1 or self.event_seconds <= 0:
            raise ValueError(f"a checkpoint needs some time and some entries between it and the next, not {self}")

    def is_due(self, waiting: int, waited: float) -> bool:
        """Whether to sign, with so many entries not yet under a checkpoint and so long after the last one."""
        return waiting > 0 and (waited >= self.seconds or waiting >= self.entries)

    def is_worth_telling(self, grown: int, told: int, waited: float) -> bool:
        """Whether to tell a checkpoint: `grown` entries and `told` checkpoint events since the last one that was."""
        return waited >= self.event_seconds and grown > told
