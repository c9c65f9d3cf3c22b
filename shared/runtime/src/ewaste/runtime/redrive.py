"""Dead letters handled again after the fault was mended: by the same handlers, each event once."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from ewaste.contracts.envelope import InvalidEvent
from ewaste.contracts.registry import read_event
from ewaste.contracts.topics import dead_letter_topic
from ewaste.evidence.ledger.record import Record
from ewaste.runtime.app import App
from ewaste.runtime.broker import client_security
from ewaste.runtime.consumer import Consumer, to_record
from ewaste.runtime.database import Database
from ewaste.runtime.deadletters import from_dead_letter
from ewaste.runtime.header_names import keep_any_header_name
from ewaste.runtime.inbox import Received, admit
from ewaste.runtime.settings import RuntimeSettings

__all__ = ["redrive"]

_log = structlog.get_logger(__name__)


async def redrive(app: App, *, reason: str | None, dry_run: bool, limit: int) -> dict[str, Any]:
    """Try every dead letter (of `reason`); returns counts: handled, handled_before, still_invalid, failed, skipped.

    Nothing is removed from the dead letters: the inbox keeps an event from being handled twice.
    """
    consumers = {consumer.name: consumer for consumer in app.consumers()}
    counts: Counter[str] = Counter()
    try:
        async for letter in _letters(app.settings, limit):
            counts[await _again(app.database, consumers, letter, reason, dry_run)] += 1
    finally:
        await app.database.close()
    return {"topic": dead_letter_topic(app.settings.context), "dry_run": dry_run, **dict(sorted(counts.items()))}


async def _letters(settings: RuntimeSettings, limit: int) -> AsyncIterator[Record]:
    """The first `limit` letters, as of now."""
    topic = dead_letter_topic(settings.context)
    keep_any_header_name()
    kafka = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_servers.split(","),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4_194_304,
        **client_security(settings),
    )
    await kafka.start()
    try:
        partitions = [TopicPartition(topic, number) for number in sorted(kafka.partitions_for_topic(topic) or {0})]
        kafka.assign(partitions)
        ends = await kafka.end_offsets(partitions)
        await kafka.seek_to_beginning(*partitions)
        given = 0
        while given < limit and any([await kafka.position(p) < end for p, end in ends.items()]):
            for messages in (await kafka.getmany(timeout_ms=1000, max_records=min(500, limit - given))).values():
                for message in messages:
                    given += 1
                    yield to_record(message)
    finally:
        await kafka.stop()


async def _again(
    database: Database, consumers: dict[str, Consumer], letter: Record, reason: str | None, dry_run: bool
) -> str:
    try:
        name, told, record = from_dead_letter(letter)
    except (KeyError, ValueError):
        return "skipped"
    consumer = consumers.get(name)
    if consumer is None or consumer.subscription.on_events is None or (reason is not None and told != reason):
        return "skipped"
    try:
        received = Received(read_event(record.value), record)
    except InvalidEvent:
        return "still_invalid"
    return await _handle(database, consumer, received, dry_run)


async def _handle(database: Database, consumer: Consumer, received: Received, dry_run: bool) -> str:
    assert consumer.subscription.on_events is not None
    try:
        async with database.transaction() as tx:
            new, equivocations = await admit(tx, consumer.name, [received])
            if new:
                await consumer.subscription.on_events(tx, new)
            if dry_run:
                await tx.rollback()
    except Exception as error:
        _log.warning("dead letter failed again", error=repr(error), offset=received.record.offset)
        return "failed"
    return "handled" if new else ("still_invalid" if equivocations else "handled_before")
