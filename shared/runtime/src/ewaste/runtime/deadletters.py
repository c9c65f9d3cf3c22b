"""Records that can't be handled: kept whole, with the reason, on a topic of the service's own."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from aiokafka import AIOKafkaProducer
from ewaste.contracts.fields import Context
from ewaste.contracts.topics import MAX_RECORD_BYTES, dead_letter_topic
from ewaste.evidence.ledger.record import Headers, Record
from ewaste.runtime.broker import abort
from ewaste.runtime.inbox import Rejected

__all__ = ["DeadLetterLimit", "DeadLetterLimitReached", "DeadLetters", "from_dead_letter", "to_dead_letter"]

Coordinates = tuple[str, int, int]
"""Topic, partition, offset."""
Letter = tuple[bytes, bytes | None, list[tuple[str, bytes | None]]]
"""Key, value, headers."""

_PREFIX: Final = "ewaste-dead-"
_TOLD: Final = ("consumer", "reason", "detail", "topic", "partition", "offset", "timestamp", "null-key", "left-out")
# Header names that cannot be sent as text are sent as hexadecimal digits behind this.
_HEX: Final = "ewaste-hex-"
_ROOM: Final = MAX_RECORD_BYTES - 65_536


class DeadLetterLimitReached(Exception):
    """So much is unreadable that the fault is probably ours: stop and tell, never drain a topic."""


@dataclass
class DeadLetterLimit:
    """At most `most` records in `seconds`; beyond that the consumer stops."""

    most: int
    seconds: int = 3600
    _times: deque[tuple[float, Coordinates]] = field(default_factory=deque, repr=False)
    _counted: set[Coordinates] = field(default_factory=set, repr=False)

    def __post_init__(self) -> None:
        if self.most < 1 or self.seconds < 1:
            raise ValueError("a dead-letter limit needs at least 1 record in at least 1 second")

    def count(self, records: Iterable[Coordinates], now: float) -> None:
        """Raises `DeadLetterLimitReached`. A record that is tried again counts once."""
        while self._times and self._times[0][0] <= now - self.seconds:
            self._counted.discard(self._times.popleft()[1])
        for record in records:
            if record not in self._counted:
                self._counted.add(record)
                self._times.append((now, record))
        if len(self._times) > self.most:
            raise DeadLetterLimitReached(
                f"{len(self._times)} records in {self.seconds} s could not be handled, the limit is {self.most}: "
                f"nothing was skipped. Look at the newest reasons, fix the reader or raise "
                f"EWASTE_DEAD_LETTERS_PER_HOUR, then start again; `redrive` handles the dead letters afterwards."
            )


class DeadLetters:
    """The dead-letter topic of one service; it connects when the first record needs it."""

    def __init__(self, context: Context, connect: Callable[[], AIOKafkaProducer], limit: DeadLetterLimit) -> None:
        self.topic = dead_letter_topic(context)
        self._connect = connect
        self._limit = limit
        self._producer: AIOKafkaProducer | None = None
        self._one_at_a_time = asyncio.Lock()

    async def put(self, consumer: str, rejected: Sequence[Rejected]) -> None:
        """Publish and wait for the acknowledgement; the caller commits its position only afterwards."""
        self._limit.count(((r.record.topic, r.record.partition, r.record.offset) for r in rejected), time.monotonic())
        async with self._one_at_a_time:
            try:
                for one in rejected:
                    await self._send(to_dead_letter(consumer, one))
            except BaseException:
                # A producer that failed may never recover (out-of-order sequence): the next try has a new one.
                await self.close()
                raise

    async def _send(self, letter: Letter) -> None:
        if self._producer is None:
            self._producer = self._connect()
            await self._producer.start()
        key, value, headers = letter
        await self._producer.send_and_wait(self.topic, value, key=key, headers=headers)

    async def close(self) -> None:
        """Drop the connection; the next `put` makes one anew."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await abort(producer)


def to_dead_letter(consumer: str, rejected: Rejected) -> Letter:
    """The letter; our own headers are the last ones.

    A record may be larger than the broker takes, because a producer's compressed batch was small: then its parts are
    left out, largest first, and their length and SHA-256 stand for them. The record stays where it is.
    """
    record = rejected.record
    key, value, own, left_out = _fitting(record)
    told = {
        "consumer": consumer,
        "reason": rejected.reason,
        "detail": rejected.detail[:500],
        "topic": record.topic,
        "partition": str(record.partition),
        "offset": str(record.offset),
        "timestamp": str(record.timestamp_ms),
        # aiokafka sends no record without both key and value.
        "null-key": "yes" if key is None else "",
        "left-out": left_out,
    }
    ours = [(_PREFIX + name, told[name].encode("utf-8", "backslashreplace")) for name in _TOLD]
    return key or b"", value, [*((_sendable(name), content) for name, content in own), *ours]


def from_dead_letter(letter: Record) -> tuple[str, str, Record]:
    """The consumer that gave up, why, and the record as it first came; KeyError or ValueError for a foreign one."""
    names = [name for name, _ in letter.headers]
    # The last one: the record may itself have headers of these names.
    start = len(names) - 1 - names[::-1].index(_PREFIX + _TOLD[0])
    own, ours = letter.headers[:start], letter.headers[start:]
    told = {name.removeprefix(_PREFIX): (content or b"").decode() for name, content in ours}
    record = Record(
        topic=told["topic"],
        partition=int(told["partition"]),
        offset=int(told["offset"]),
        timestamp_ms=int(told["timestamp"]),
        key=None if told.get("null-key") else letter.key,
        headers=tuple((_original(name), content) for name, content in own),
        value=letter.value,
    )
    return told["consumer"], told["reason"], record


def _fitting(record: Record) -> tuple[bytes | None, bytes | None, Headers, str]:
    sizes = {
        "value": len(record.value or b""),
        "headers": sum(2 * len(name) + len(content or b"") + 32 for name, content in record.headers),
        "key": len(record.key or b""),
    }
    left_out = []
    while sum(sizes.values()) > _ROOM:
        largest = max(sizes, key=lambda part: sizes[part])
        left_out.append(f"{largest} of {sizes.pop(largest)} bytes")
    if "value" not in sizes:
        left_out.append(f"value's SHA-256 {sha256(record.value or b'').hexdigest()}")
    return (
        record.key if "key" in sizes else None,
        record.value if "value" in sizes else None,
        record.headers if "headers" in sizes else (),
        ", ".join(left_out),
    )


def _sendable(name: str) -> str:
    raw = name.encode("utf-8", "surrogateescape")
    try:
        raw.decode()
    except UnicodeDecodeError:
        return _HEX + raw.hex()
    return _HEX + raw.hex() if name.startswith(_HEX) else name


def _original(name: str) -> str:
    if not name.startswith(_HEX):
        return name
    return bytes.fromhex(name.removeprefix(_HEX)).decode("utf-8", "surrogateescape")
