"""Brings records from Kafka to the pipeline, and goes back where that fails: the partition is never blocked or skipped.

The positions table is the truth. Kafka's committed offset is a hint for other people's tools.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from ewaste.evidence.ledger.record import Record
from ewaste.runtime.database import Database
from ewaste.runtime.deadletters import DeadLetterLimitReached, DeadLetters
from ewaste.runtime.failures import is_transient
from ewaste.runtime.metrics import Metrics
from ewaste.runtime.pipeline import Pipeline
from ewaste.runtime.positions import OffsetGap, stored_positions
from ewaste.runtime.progress import Progress
from ewaste.runtime.settings import RuntimeSettings
from ewaste.runtime.subscription import RoleRefused, Subscription
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

__all__ = ["Consumer", "to_record"]

_log = structlog.get_logger(__name__)
_POLL_MS: Final = 50
_LOOK_EVERY_SECONDS: Final = 2.0
_PAUSE_SECONDS: Final = 1.0


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
        self._pipeline = Pipeline(self.name, subscription, database, dead_letters, metrics)
        self._settings = settings
        self._database = database
        self._metrics = metrics
        self._subscriber: Any = None
        self._reached: dict[TopicPartition, int] = {}
        """The next offset to handle of each assigned partition; one that is missing has no place yet."""
        self._gaps_seen: set[tuple[TopicPartition, int]] = set()

    async def take_role(self) -> None:
        """Tell the subscription that its role was taken here; where it refuses, never return."""
        if (taken := self.subscription.on_taken) is None:
            return
        try:
            async with self._database.transaction() as tx:
                await taken(tx)
        except RoleRefused as incident:
            self._stop(incident)
            await asyncio.Event().wait()

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
            # Only until the stored position is known, and where the log no longer has it: then a gap is found.
            auto_offset_reset="earliest",
            fetch_max_bytes=16_777_216,
            max_partition_fetch_bytes=4_194_304,
            fetch_max_wait_ms=100,
            listener=_PlaceOnAssignment(self),
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
        name = f"{batch[0].topic}-{batch[0].partition}-{batch[0].offset}"
        return KafkaMessage(
            body=[message.value or b"" for message in batch],
            batch_headers=[],
            headers={},
            message_id=name,
            correlation_id=name,
            raw_message=batch,
            consumer=self.kafka or _NOT_STARTED,
        )

    async def _on_batch(self, message: KafkaMessage) -> None:
        """Never raises: FastStream would drop the batch and go on behind it."""
        records = [to_record(one) for one in message.raw_message]
        try:
            await self._with_retries(records)
        except OffsetGap as gap:
            self._go_back(records)
            self._doubt(gap)
        except DeadLetterLimitReached as limit:
            self._stop(limit)
        except Exception as error:
            _log.exception("batch given back", consumer=self.name, records=len(records))
            self.progress.failed(error)
            self._go_back(records)
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            await self._handled(records)

    async def _with_retries(self, records: Sequence[Record]) -> None:
        for delay in self.subscription.retry.delays_seconds:
            try:
                return await self._pipeline.handle(records)
            except Exception as error:
                if not is_transient(error):
                    raise
                _log.warning("batch tried again", consumer=self.name, error=repr(error), in_seconds=delay)
                self.progress.failed(error)
                self._metrics.retries.labels(self.name).inc()
                await asyncio.sleep(delay)
        return await self._pipeline.handle(records)

    async def _handled(self, records: Sequence[Record]) -> None:
        ends = {TopicPartition(r.topic, r.partition): r.offset + 1 for r in records}
        for partition in ends.keys() & self._reached.keys():
            self._reached[partition] = max(self._reached[partition], ends[partition])
        self.progress.turned(time.monotonic())
        try:
            if self.kafka is not None:
                await self.kafka.commit(ends)
        except KafkaError as error:
            _log.info("offset hint not committed", consumer=self.name, error=repr(error))

    def _go_back(self, records: Iterable[Record]) -> None:
        """Have these records again; needs neither broker nor database, which may be what failed."""
        firsts: dict[TopicPartition, int] = {}
        for record in records:
            firsts.setdefault(TopicPartition(record.topic, record.partition), record.offset)
        self._seek(firsts)

    def _seek(self, places: dict[TopicPartition, int]) -> None:
        if self.kafka is None:
            return
        for partition in places.keys() & self.kafka.assignment():
            self.kafka.seek(partition, places[partition])

    def _doubt(self, gap: OffsetGap) -> None:
        """Believe a gap that is still there after going back to where it begins."""
        partition = TopicPartition(*gap.partition)
        if (partition, gap.expected) in self._gaps_seen:
            self._stop(gap)
        else:
            _log.warning("gap doubted", consumer=self.name, gap=str(gap))
            self._gaps_seen.add((partition, gap.expected))
            self._seek({partition: gap.expected})

    def _stop(self, incident: Exception) -> None:
        """Stay assigned and silent: readiness tells the operator, nothing is skipped."""
        _log.critical("consumer stopped", consumer=self.name, incident=str(incident))
        self.progress.stopped(incident)
        if self.kafka is not None:
            self.kafka.pause(*self.kafka.assignment())

    async def assigned(self, partitions: set[TopicPartition]) -> None:
        """Start over from the stored positions: nothing is remembered from one assignment to the next."""
        self._reached.clear()
        if self.kafka is None:
            return
        # Until they are placed; for good after an incident.
        self.kafka.pause(*partitions)
        if self.progress.incident is not None:
            return
        try:
            await self._place(partitions)
        except Exception as error:
            self.progress.failed(error)
            _log.warning("positions not read, tried again", consumer=self.name, error=repr(error))

    async def _place(self, partitions: Iterable[TopicPartition]) -> None:
        async with self._database.transaction() as tx:
            stored = await stored_positions(tx, self.name, ((p.topic, p.partition) for p in partitions))
        places = {TopicPartition(*partition): offset for partition, offset in stored.items()}
        if self.kafka is not None:
            places = {p: offset for p, offset in places.items() if p in self.kafka.assignment()}
            self._seek(places)
            self._reached.update(places)
            self.kafka.resume(*places)

    async def watch(self) -> None:
        """Ask the broker where every assigned partition ends, and tell health and metrics; until cancelled."""
        while True:
            try:
                await self._look()
            except Exception as error:
                if not isinstance(error, AssertionError) and not is_transient(error):
                    raise
                self.progress.failed(error)
                _log.info("lag not read", consumer=self.name, error=repr(error))
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def _look(self) -> None:
        if self.kafka is None or self.progress.incident is not None:
            return
        partitions = self.kafka.assignment()
        if unplaced := partitions - self._reached.keys():
            await self._place(unplaced)
        before = dict(self._reached)
        ends = await self.kafka.end_offsets(partitions) if partitions else {}
        begins = await self.kafka.beginning_offsets(partitions) if partitions else {}
        for partition in ends.keys() & self._reached.keys() & before.keys():
            self._compare(partition, begins[partition], ends[partition], before[partition])
        lag = sum(max(0, end - self._reached.get(partition, 0)) for partition, end in ends.items())
        self.progress.looked(lag, time.monotonic())
        self._metrics.lag.labels(self.name).set(lag)

    def _compare(self, partition: TopicPartition, begin: int, end: int, before: int) -> None:
        # The log only grows: it ended behind what was reached before it was asked, or begins after what is reached now.
        if end < before:
            self._doubt(OffsetGap(self.name, tuple(partition), before, end))
        elif begin > self._reached[partition]:
            self._doubt(OffsetGap(self.name, tuple(partition), self._reached[partition], begin))


class _PlaceOnAssignment(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Nothing to do: a batch in flight is decided by the position's row lock."""

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        await self._consumer.assigned(assigned)


class _NotStarted:
    async def commit(self) -> None: ...

    def seek(self, partition: TopicPartition, offset: int) -> None: ...


_NOT_STARTED: Final = _NotStarted()


async def _leave_raw(message: KafkaMessage) -> KafkaMessage:
    """Decoding is the pipeline's, record by record."""
    return message
