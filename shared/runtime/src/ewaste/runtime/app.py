"""One process of a service: its roles, started together and stopped in order."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import structlog
from ewaste.runtime.broker import build_broker, build_producer
from ewaste.runtime.consumer import Consumer
from ewaste.runtime.database import Database
from ewaste.runtime.deadletters import DeadLetterLimit, DeadLetters
from ewaste.runtime.failures import is_transient
from ewaste.runtime.health import Health, add_health
from ewaste.runtime.leadership import lead
from ewaste.runtime.metrics import Metrics
from ewaste.runtime.relay import Relay
from ewaste.runtime.settings import RuntimeSettings
from ewaste.runtime.subscription import Subscription
from ewaste.runtime.telemetry import TraceRequests, build_tracer
from fastapi import FastAPI
from faststream.kafka.opentelemetry import KafkaTelemetryMiddleware
from faststream.kafka.prometheus import KafkaPrometheusMiddleware

__all__ = ["App", "Background", "Role"]

_log = structlog.get_logger(__name__)
_PAUSE_SECONDS: Final = 2.0


class Role(StrEnum):
    """What a process does; roles may run apart (docs/operations/roles.md)."""

    ALL = "all"
    API = "api"
    WORKER = "worker"
    RELAY = "relay"


@dataclass(frozen=True, slots=True)
class Background:
    """Work beside the consumers, done by one process at a time; `run` goes on until it is cancelled."""

    name: str
    run: Callable[[], Awaitable[None]]


@dataclass
class App:
    """What `build_app(settings)` gives: everything constructed, nothing started."""

    settings: RuntimeSettings
    database: Database
    api: FastAPI
    subscriptions: tuple[Subscription, ...] = ()
    background: tuple[Background, ...] = ()
    metrics: Metrics = field(default_factory=Metrics)
    health: Health = field(init=False)

    def __post_init__(self) -> None:
        tracer = build_tracer(self.settings)
        self.health = Health(self.database)
        self._middlewares = (
            KafkaPrometheusMiddleware(registry=self.metrics.registry, app_name=f"ewaste-{self.settings.context}"),
            KafkaTelemetryMiddleware(tracer_provider=tracer),
        )
        self.api.add_middleware(TraceRequests, provider=tracer)
        add_health(self.api, self.health, self.metrics)

    @asynccontextmanager
    async def running(self, role: Role = Role.ALL) -> AsyncIterator[None]:
        """Run the role's tasks while the block lasts; a task that fails for good ends the block with its error."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.database.close)
            tasks = self._start(role, stack)
            watcher = asyncio.ensure_future(_first_failure(tasks, asyncio.current_task()))
            try:
                yield
            finally:
                watcher.cancel()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, watcher, return_exceptions=True)

    def _start(self, role: Role, stack: AsyncExitStack) -> list[asyncio.Task[None]]:
        """Nothing here waits for the broker or the database: a service takes requests while the broker is away."""
        tasks: list[asyncio.Task[None]] = []
        if role in (Role.ALL, Role.RELAY):
            relay = Relay(self.settings, self.database, self.metrics)
            self.health.watched.append(relay.progress)
            tasks.append(asyncio.create_task(relay.run(), name="relay"))
        if role in (Role.ALL, Role.WORKER):
            letters = self._dead_letters()
            stack.push_async_callback(letters.close)
            consumers = self._consumers(letters)
            self.health.watched.extend(consumer.progress for consumer in consumers)
            tasks += [asyncio.create_task(self._consume(consumer), name=consumer.name) for consumer in consumers]
            tasks += [asyncio.create_task(self._work(work), name=work.name) for work in self.background]
        return tasks

    def consumers(self) -> list[Consumer]:
        """One consumer per subscription, not started."""
        return self._consumers(self._dead_letters())

    def _dead_letters(self) -> DeadLetters:
        limit = DeadLetterLimit(self.settings.dead_letters_per_hour)
        return DeadLetters(self.settings.context, lambda: build_producer(self.settings), limit)

    def _consumers(self, letters: DeadLetters) -> list[Consumer]:
        return [Consumer(s, self.settings, self.database, letters, self.metrics) for s in self.subscriptions]

    async def _consume(self, consumer: Consumer) -> None:
        if consumer.subscription.single:
            await self._patiently(consumer.name, lambda: self._alone(consumer))
        else:
            await self._patiently(consumer.name, lambda: self._consume_once(consumer))

    async def _alone(self, consumer: Consumer) -> None:
        await lead(self.database, consumer.name, lambda: self._consume_once(consumer), consumer.progress.stand_by)

    async def _consume_once(self, consumer: Consumer) -> None:
        if consumer.progress.standing_by:
            consumer.progress.started(time.monotonic())
        await consumer.take_role()
        broker = build_broker(self.settings, self._middlewares)
        consumer.attach(broker)
        async with broker:
            await broker.start()
            await consumer.watch()

    async def _work(self, work: Background) -> None:
        await self._patiently(work.name, lambda: lead(self.database, work.name, work.run))

    async def _patiently(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                return await run()
            except Exception as error:
                if not is_transient(error):
                    raise
                _log.warning("paused", task=name, error=repr(error), retry_in_seconds=_PAUSE_SECONDS)
                await asyncio.sleep(_PAUSE_SECONDS)


async def _first_failure(tasks: list[asyncio.Task[None]], owner: asyncio.Task[object] | None) -> None:
    if not tasks:
        return
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    for task in done:
        if not task.cancelled() and (error := task.exception()):
            _log.critical("task failed, the process stops", task=task.get_name(), exc_info=error)
            if owner is not None:
                owner.cancel()
