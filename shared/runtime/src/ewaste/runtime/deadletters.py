"""Records that can't be handled: kept whole, with the reason, on a topic of the service's own."""

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from aiokafka import AIOKafkaProducer
from ewaste.contracts.fields import Context
from ewaste.contracts.topics import dead_letter_topic
from ewaste.evidence.record import Record
from ewaste.runtime.inbox import Rejected

__all__ = ["DeadLetterLimit", "DeadLetterLimitReached", "DeadLetters", "from_dead_letter"]

_PREFIX: Final = "ewaste-dead-"


class DeadLetterLimitReached(Exception):
    """So much is unreadable that the fault is probably ours: stop and tell, never drain a topic."""


@dataclass
class DeadLetterLimit:
    """At most `most` records in `seconds`; beyond that the consumer stops."""

    most: int
    seconds: int = 3600
    _times: deque[float] = field(default_factory=deque, repr=False)

    def __post_init__(self) -> None:
        if self.most < 1 or self.seconds < 1:
            raise ValueError("a dead-letter limit needs at least 1 record in at least 1 second")

    def count(self, records: int, now: float) -> None:
        """Raises `DeadLetterLimitReached`."""
        while self._times and self._times[0] <= now - self.seconds:
            self._times.popleft()
        self._times.extend([now] * records)
        if len(self._times) > self.most:
            raise DeadLetterLimitReached(
                f"{len(self._times)} records in {self.seconds} s could not be handled, the limit is {self.most}: "
                f"nothing was skipped. Look at the newest reasons, fix the reader or raise "
                f"EWASTE_DEAD_LETTERS_PER_HOUR, then start again; `redrive` handles the dead letters afterwards."
            )


class DeadLetters:
    """The dead-letter topic of one service."""

    def __init__(self, context: Context, producer: AIOKafkaProducer, limit: DeadLetterLimit) -> None:
        self.topic = dead_letter_topic(context)
        self._producer = producer
        self._limit = limit

    async def put(self, consumer: str, rejected: Sequence[Rejected]) -> None:
        """Publish and wait for the acknowledgement; the caller commits its position only afterwards."""
        self._limit.count(len(rejected), time.monotonic())
        for one in rejected:
            await self._producer.send_and_wait(
                self.topic, one.record.value, key=one.record.key, headers=_headers(consumer, one)
            )


def _headers(consumer: str, rejected: Rejected) -> list[tuple[str, bytes | None]]:
    record = rejected.record
    told = {
        "consumer": consumer,
        "reason": rejected.reason,
        "detail": rejected.detail[:500],
        "topic": record.topic,
        "partition": str(record.partition),
        "offset": str(record.offset),
        "timestamp": str(record.timestamp_ms),
    }
    # A header key that is not UTF-8 can't be sent again as text; the ledger keeps the record's own bytes.
    own = [(key.encode("utf-8", "replace").decode(), value) for key, value in record.headers]
    return [*own, *((_PREFIX + name, text.encode()) for name, text in told.items())]


def from_dead_letter(letter: Record) -> tuple[str, Record]:
    """The consumer that gave up and the record it gave up on, as it first came; KeyError for a foreign one."""
    told = {key[len(_PREFIX) :]: (value or b"").decode() for key, value in letter.headers if key.startswith(_PREFIX)}
    own = tuple((key, value) for key, value in letter.headers if not key.startswith(_PREFIX))
    return told["consumer"], Record(
        topic=told["topic"],
        partition=int(told["partition"]),
        offset=int(told["offset"]),
        timestamp_ms=int(told["timestamp"]),
        key=letter.key,
        headers=own,
        value=letter.value,
    )
