"""Signed confirmations to Kafka, each once, also when the program is killed in the middle and run again."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from ewaste.contracts.envelope import InvalidEvent, open_envelope
from ewaste.partner.journal import Journal, JournalUnusable, Place
from ewaste.partner.kafka import Connection, NotReachable, Topic, build_producer, find_topic, read_since
from ewaste.partner.signing import SignedClaim

__all__ = ["Outcome", "publish"]

_CHUNK: Final = 500
"""Records between two writes of the journal."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: `published` now, `published_before` by earlier runs."""

    topic: str
    published: int
    published_before: int


async def publish(
    signed: Sequence[SignedClaim], journal_path: Path, connection: Connection, advance: Callable[[int], None]
) -> Outcome:
    """Send what was not sent before, in the order of the file; `advance` is told how many are done.

    Raises `NotReachable` or `JournalUnusable`; what was acknowledged until then stays written down.
    """
    topic = await find_topic(connection, signed[0].topic)
    with Journal(journal_path, topic.cluster_id, topic.name) as journal:
        await _recall(journal, signed, connection, topic)
        left = [one for one in signed if one.id not in journal.sent]
        advance(len(signed) - len(left))
        if left:
            journal.begin(topic.ends)
            await _send_all(left, journal, connection, advance)
            journal.finish()
        return Outcome(topic.name, len(left), len(signed) - len(left))


async def _recall(journal: Journal, signed: Sequence[SignedClaim], connection: Connection, topic: Topic) -> None:
    """Find what an interrupted run sent and could not write down any more."""
    for partition, offset, _ in journal.sent.values():
        if offset >= topic.ends.get(partition, 0):
            raise JournalUnusable(
                f"journal {journal.path} knows record {offset} of partition {partition}, the topic {topic.name} ends "
                f"at {topic.ends.get(partition, 0)}: records were lost. Ask the operator before you send again"
            )
    if journal.doubtful_from is None:
        return
    records = await read_since(connection, topic, journal.doubtful_from)
    # Where the topic may not be read, what is in doubt is sent again: same bytes, which the recycler counts once.
    journal.add(_found(records or [], signed))
    journal.finish()


def _found(records: Sequence[Any], signed: Sequence[SignedClaim]) -> dict[UUID, Place]:
    ours: Mapping[UUID, bytes] = {one.id: one.digest for one in signed}
    found: dict[UUID, Place] = {}
    for record in records:
        try:
            id = open_envelope(record.value).id
        except InvalidEvent:
            continue
        if ours.get(id) == sha256(record.value).digest():
            found.setdefault(id, Place(record.partition, record.offset, record.timestamp))
    return found


async def _send_all(
    signed: Sequence[SignedClaim], journal: Journal, connection: Connection, advance: Callable[[int], None]
) -> None:
    producer = build_producer(connection)
    try:
        await producer.start()
        for chunk in _chunks(signed):
            places, failure = await _send(producer, chunk)
            journal.add(places)
            advance(len(places))
            if failure is not None:
                raise failure
    except KafkaError as error:
        raise NotReachable(f"Kafka did not take a record: {error!r}; run again, nothing is sent twice") from None
    finally:
        await producer.stop()


async def _send(producer: AIOKafkaProducer, chunk: Sequence[SignedClaim]) -> tuple[dict[UUID, Place], Any]:
    """Where the records stand, and the first failure, None when all were acknowledged."""
    # Our own time, because the client's answer gives each record of a batch the first one's; a receipt needs it.
    now_ms = time.time_ns() // 1_000_000
    futures = [
        await producer.send(one.topic, one.value, key=one.key.encode(), headers=[*one.headers], timestamp_ms=now_ms)
        for one in chunk
    ]
    results = await asyncio.gather(*futures, return_exceptions=True)
    failures = [result for result in results if isinstance(result, BaseException)]
    places = {
        one.id: Place(result.partition, result.offset, now_ms)
        for one, result in zip(chunk, results, strict=True)
        if not isinstance(result, BaseException)
    }
    return places, failures[0] if failures else None


def _chunks(signed: Sequence[SignedClaim]) -> Iterator[list[SignedClaim]]:
    rest = iter(signed)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk
