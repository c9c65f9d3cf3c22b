"""Publishes the outbox: in order, contiguous per source, at least once with identical bytes.

Each turn numbers what became visible, publishes what has a number and no acknowledgement yet, and stamps it. A crash
between publishing and stamping publishes the same bytes again; readers count each (source, id) once.
"""

import asyncio
import time
from typing import Final

import structlog
from aiokafka import AIOKafkaProducer
from asyncpg import Record
from ewaste.contracts.envelope import CONTENT_TYPE, with_sequence
from ewaste.runtime.broker import abort, build_producer
from ewaste.runtime.database import Database, driver
from ewaste.runtime.failures import is_transient
from ewaste.runtime.leadership import lead
from ewaste.runtime.metrics import Metrics
from ewaste.runtime.progress import Progress
from ewaste.runtime.settings import RuntimeSettings

__all__ = ["Relay"]

_log = structlog.get_logger(__name__)
_HEADERS: Final = [("content-type", CONTENT_TYPE.encode())]
_IDLE_SECONDS: Final = 0.05
_BACKOFF_SECONDS: Final = (0.2, 1.0, 5.0)
_BATCH: Final = 1000
_LOOK_EVERY_SECONDS: Final = 2.0

# Taken first, in a statement of its own: numbers are handed out by one transaction at a time, and the next statement's
# snapshot sees everything that the previous holder numbered.
_TAKE: Final = "SELECT next FROM head WHERE name = 'outbox' FOR UPDATE"
_NUMBER: Final = """
WITH fresh AS (SELECT position, row_number() OVER (ORDER BY position) - 1 AS rank
               FROM (SELECT position FROM outbox WHERE sequence IS NULL ORDER BY position LIMIT $1) AS visible),
     numbered AS (UPDATE outbox SET sequence = $2 + fresh.rank FROM fresh
                  WHERE outbox.position = fresh.position RETURNING 1)
UPDATE head SET next = $2 + (SELECT count(*) FROM numbered) WHERE name = 'outbox'
"""
_UNPUBLISHED: Final = """
SELECT sequence, aggregatetype, aggregateid, payload FROM outbox
WHERE published_at IS NULL AND sequence IS NOT NULL ORDER BY sequence LIMIT $1
"""
_WAITING: Final = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
_STAMP: Final = "UPDATE outbox SET published_at = now() WHERE sequence BETWEEN $1 AND $2 AND published_at IS NULL"


class Relay:
    """One per service is active at a time; others wait for the role."""

    def __init__(self, settings: RuntimeSettings, database: Database, metrics: Metrics) -> None:
        self._settings = settings
        self._database = database
        self._metrics = metrics
        self.progress = Progress(f"{settings.context}.relay", settings.stale_after_seconds, restart_helps=False)
        self._failures = 0

    async def run(self) -> None:
        """Publish until cancelled; what passes by itself is waited out, with a fresh producer each time."""
        while True:
            try:
                await lead(self._database, "relay", self._publish_forever, self.progress.stand_by)
            except Exception as error:
                if not is_transient(error):
                    raise
                await self._back_off(error)

    async def _back_off(self, error: Exception) -> None:
        delay = _BACKOFF_SECONDS[min(self._failures, len(_BACKOFF_SECONDS) - 1)]
        self._failures += 1
        self.progress.failed(error)
        _log.warning("relay paused", error=repr(error), retry_in_seconds=delay)
        await asyncio.sleep(delay)

    async def _publish_forever(self) -> None:
        if self.progress.standing_by:
            self.progress.started(time.monotonic())
        looked_at = await self._look()
        producer = build_producer(self._settings)
        try:
            await producer.start()
            while True:
                if await self.turn(producer) == 0:
                    await asyncio.sleep(_IDLE_SECONDS)
                self._failures = 0
                self.progress.turned(time.monotonic())
                if time.monotonic() > looked_at + _LOOK_EVERY_SECONDS:
                    looked_at = await self._look()
        finally:
            await abort(producer)

    async def _look(self) -> float:
        async with self._database.transaction() as tx:
            waiting = await (await driver(tx)).fetchval(_WAITING)
        self.progress.looked(waiting, time.monotonic())
        self._metrics.waiting.set(waiting)
        return time.monotonic()

    async def turn(self, producer: AIOKafkaProducer) -> int:
        """One batch; returns how many events were acknowledged by the broker."""
        rows = await self._number_and_read()
        if not rows:
            return 0
        await self._publish(producer, rows)
        async with self._database.transaction() as tx:
            await (await driver(tx)).execute(_STAMP, rows[0]["sequence"], rows[-1]["sequence"])
        self._metrics.published.inc(len(rows))
        return len(rows)

    async def _number_and_read(self) -> list[Record]:
        async with self._database.transaction() as tx:
            connection = await driver(tx)
            await connection.execute(_NUMBER, _BATCH, await connection.fetchval(_TAKE))
            return await connection.fetch(_UNPUBLISHED, _BATCH)

    async def _publish(self, producer: AIOKafkaProducer, rows: list[Record]) -> None:
        # Futures first, then one wait: awaiting each send would cost twenty times as much.
        futures = [
            await producer.send(
                row["aggregatetype"],
                with_sequence(row["payload"], row["sequence"]),
                key=row["aggregateid"].encode(),
                headers=_HEADERS,
            )
            for row in rows
        ]
        await asyncio.gather(*futures)
