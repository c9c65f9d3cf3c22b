"""The consumer pipeline: records in, effects exactly once, bad records aside, the partition never blocked.

One transaction per batch: {lock and move the positions; admit each event once; the handler; its outbox rows}, with the
dead letters acknowledged before it commits. Kafka's committed offset is a hint for other people's tools.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from asyncpg import InterfaceError, PostgresConnectionError
from asyncpg.exceptions import DeadlockDetectedError, SerializationError
from ewaste.contracts.envelope import InvalidEvent
from ewaste.contracts.registry import read_event
from ewaste.evidence.record import Record
from ewaste.runtime.database import Database, Transaction
from ewaste.runtime.deadletters import DeadLetterLimitReached, DeadLetters
from ewaste.runtime.inbox import Received, Rejected, admit
from ewaste.runtime.metrics import Metrics
from ewaste.runtime.positions import OffsetGap, advance, stored_positions
from ewaste.runtime.progress import Progress
from ewaste.runtime.settings import RuntimeSettings
from ewaste.runtime.subscription import Subscription
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from sqlalchemy.exc import DBAPIError

__all__ = ["Consumer", "to_record"]

_log = structlog.get_logger(__name__)
_POLL_MS: Final = 50
_TRANSIENT: Final = (
    DBAPIError, PostgresConnectionError, InterfaceError, SerializationError, DeadlockDetectedError, KafkaError, OSError,
)  # fmt: skip
_INCIDENT: Final = (OffsetGap, DeadLetterLimitReached)


def to_record(message: ConsumerRecord) -> Record:
    """The record as Kafka holds it."""
    return Record(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        timestamp_ms=message.timestamp,
        key=message.key,
        headers=tuple(message.headers),
        value=message.value,
    )


class Consumer:
    """Runs one subscription."""

    def __init__(
        self,
        subscription: Subscription,
        settings: RuntimeSettings,
        database: Database,
        dead_letters: DeadLetters,
        metrics: Metrics,
    ) -> None:
        self.subscription = subscription
        self.name = f"{settings.context}.{subscription.name}"
        self.progress = Progress(self.name, settings.stale_after_seconds)
        self._settings = settings
        self._database = database
        self._dead_letters = dead_letters
        self._metrics = metrics
        self._subscriber: Any = None

    def attach(self, broker: KafkaBroker) -> None:
        """Subscribe on the broker; call before it starts."""
        self._subscriber = broker.subscriber(
            *self.subscription.topics,
            pattern=self.subscription.pattern,
            group_id=f"ewaste.{self.name}",
            batch=True,
            max_records=self._settings.batch_records,
            batch_timeout_ms=_POLL_MS,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="none",
            fetch_max_bytes=16_777_216,
            max_partition_fetch_bytes=4_194_304,
            fetch_max_wait_ms=100,
            listener=_SeekOnAssignment(self),
            parser=self._parse,
            decoder=_leave_raw,
            title=self.name,
        )
        self._subscriber(self._on_batch)

    @property
    def kafka(self) -> AIOKafkaConsumer | None:
        """The client below, None before the start and after the stop."""
        return self._subscriber.consumer if self._subscriber is not None else None

    async def _parse(self, batch: tuple[ConsumerRecord, ...]) -> KafkaMessage:
        # FastStream's own parser decodes headers and loses the whole batch to one that is not UTF-8.
        return KafkaMessage(
            body=[message.value or b"" for message in batch],
            batch_headers=[],
            headers={},
            message_id=f"{batch[0].topic}-{batch[0].partition}-{batch[0].offset}",
            correlation_id=None,
            raw_message=batch,
            consumer=self.kafka or _NOT_STARTED,
        )

    async def _on_batch(self, message: KafkaMessage) -> None:
        batch = message.raw_message
        records = [to_record(one) for one in batch]
        try:
            await self._with_retries(records)
        except _INCIDENT as incident:
            await self._stop(incident)
        except Exception as error:
            _log.exception("batch given back", consumer=self.name, records=len(records))
            self.progress.failed(error)
            await self.rewind({(r.topic, r.partition) for r in records})
            await asyncio.sleep(1.0)
        else:
            self.progress.turned()
            await self._hint(records)

    async def _with_retries(self, records: Sequence[Record]) -> None:
        for delay in self.subscription.retry.delays_seconds:
            try:
                return await self._handle(records)
            except _TRANSIENT as error:
                _log.warning("batch tried again", consumer=self.name, error=repr(error), in_seconds=delay)
                self._metrics.retries.labels(self.name).inc()
                await asyncio.sleep(delay)
        return await self._handle(records)

    async def _handle(self, records: Sequence[Record]) -> None:
        try:
            await self.handle(records)
        except (*_TRANSIENT, *_INCIDENT):
            raise
        except Exception:
            if self.subscription.on_records is not None:
                raise
            _log.exception("handler failed, records are tried one by one", consumer=self.name)
            await self._one_by_one(records)

    async def _one_by_one(self, records: Sequence[Record]) -> None:
        """A bug in a handler costs the record that shows it, not its neighbours."""
        for record in records:
            try:
                await self.handle([record])
            except (*_TRANSIENT, *_INCIDENT):
                raise
            except Exception as error:
                await self._give_up(Rejected(record, "handler_failed", repr(error)))

    async def _give_up(self, rejected: Rejected) -> None:
        async with self._database.transaction() as tx:
            if await advance(tx, self.name, [rejected.record]):
                await self._bury(tx, [rejected])

    async def handle(self, records: Sequence[Record]) -> None:
        """One transaction over these records."""
        with self._metrics.batch_seconds.labels(self.name).time():
            async with self._database.transaction() as tx:
                fresh = await advance(tx, self.name, records)
                if self.subscription.on_records is not None:
                    await self.subscription.on_records(tx, fresh)
                    handled = len(fresh)
                else:
                    handled = await self.handle_events(tx, fresh)
        self._metrics.handled.labels(self.name).inc(handled)
        self._metrics.repeated.labels(self.name).inc(len(records) - handled)

    async def handle_events(self, tx: Transaction, records: Sequence[Record]) -> int:
        """Read, admit once and hand over; the bad ones are buried. Returns how many were new."""
        assert self.subscription.on_events is not None
        received, rejected = _read(records)
        new, equivocations = await admit(tx, self.name, received)
        if new:
            await self.subscription.on_events(tx, new)
        await self._bury(tx, [*rejected, *equivocations])
        return len(new)

    async def _bury(self, tx: Transaction, rejected: Sequence[Rejected]) -> None:
        if not rejected:
            return
        await self._dead_letters.put(self.name, rejected)
        for one in rejected:
            self._metrics.dead.labels(self.name, one.reason).inc()
            _log.warning(
                "record given to the dead letters", consumer=self.name, reason=one.reason, detail=one.detail,
                topic=one.record.topic, partition=one.record.partition, offset=one.record.offset,
            )  # fmt: skip

    async def rewind(self, partitions: set[tuple[str, int]]) -> None:
        """Go on from the stored positions."""
        if self.kafka is None:
            return
        async with self._database.transaction() as tx:
            positions = await stored_positions(tx, self.name, partitions)
        assigned = self.kafka.assignment()
        for (topic, number), offset in positions.items():
            if (partition := TopicPartition(topic, number)) in assigned:
                self.kafka.seek(partition, offset)

    async def _hint(self, records: Sequence[Record]) -> None:
        ends = {TopicPartition(r.topic, r.partition): r.offset + 1 for r in records}
        try:
            if self.kafka is not None:
                await self.kafka.commit(ends)
        except KafkaError as error:
            _log.info("offset hint not committed", consumer=self.name, error=repr(error))

    async def _stop(self, incident: Exception) -> None:
        """Stay assigned and silent: readiness tells the operator, nothing is skipped."""
        _log.critical("consumer stopped", consumer=self.name, incident=str(incident))
        self.progress.stopped(incident)
        if self.kafka is not None:
            self.kafka.pause(*self.kafka.assignment())
            await self.rewind({(p.topic, p.partition) for p in self.kafka.assignment()})


class _SeekOnAssignment(ConsumerRebalanceListener):  # type: ignore[misc]
    """The positions table is the truth; nothing is remembered from one assignment to the next."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Nothing to do: a batch in flight is decided by the position's row lock."""

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._consumer.progress.turned()
        await self._consumer.rewind({(p.topic, p.partition) for p in assigned})


class _NotStarted:
    async def commit(self) -> None: ...

    def seek(self, partition: TopicPartition, offset: int) -> None: ...


_NOT_STARTED: Final = _NotStarted()


async def _leave_raw(message: KafkaMessage) -> KafkaMessage:
    """Decoding is the pipeline's, record by record."""
    return message


def _read(records: Sequence[Record]) -> tuple[list[Received], list[Rejected]]:
    received: list[Received] = []
    rejected: list[Rejected] = []
    for record in records:
        try:
            received.append(Received(read_event(record.value), record))
        except InvalidEvent as error:
            rejected.append(Rejected(record, error.reason, error.detail))
    return received, rejected
