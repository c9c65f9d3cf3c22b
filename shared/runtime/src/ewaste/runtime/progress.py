"""Is a consumer alive? It moved lately, or it knows for sure that nothing waits."""

import asyncio
import time
from dataclasses import dataclass, field

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from ewaste.runtime.metrics import Metrics

__all__ = ["Progress", "watch_lag"]

_log = structlog.get_logger(__name__)
_LOOK_EVERY_SECONDS = 2.0


@dataclass
class Progress:
    """What health asks of one consumer; times are monotonic seconds."""

    name: str
    stale_after_seconds: float
    lag: int | None = None
    standing_by: bool = False
    """Another process has the role: nothing is expected of this one."""
    _moved_at: float = field(default_factory=time.monotonic)
    _looked_at: float = field(default_factory=time.monotonic)
    _incident: str | None = None
    _error: str | None = None

    def started(self, now: float) -> None:
        """The consumer took its role; the clock starts here."""
        self.standing_by = False
        self._moved_at = self._looked_at = now

    def turned(self) -> None:
        """A batch was handled."""
        self._moved_at = time.monotonic()
        self._error = None

    def failed(self, error: Exception) -> None:
        self._error = repr(error)

    def stopped(self, incident: Exception) -> None:
        self._incident = str(incident)

    def looked(self, lag: int) -> None:
        """The broker told how many records wait."""
        self.lag = lag
        self._looked_at = time.monotonic()
        if lag == 0:
            self._moved_at = self._looked_at

    def complaint(self, now: float) -> str | None:
        """What is wrong, None when nothing is."""
        if self._incident:
            return self._incident
        if self.standing_by:
            return None
        if now - self._looked_at > self.stale_after_seconds:
            return f"{self.name}: the broker has not answered for {int(now - self._looked_at)} s"
        if now - self._moved_at > self.stale_after_seconds:
            return f"{self.name}: {self.lag} records wait and none was handled for {int(now - self._moved_at)} s" + (
                f"; last error {self._error}" if self._error else ""
            )
        return None


async def watch_lag(progress: Progress, kafka: AIOKafkaConsumer, metrics: Metrics) -> None:
    """Ask the broker for the end of every assigned partition, until cancelled."""
    while True:
        try:
            partitions = kafka.assignment()
            ends = await kafka.end_offsets(partitions) if partitions else {}
            lag = sum([max(0, end - await kafka.position(partition)) for partition, end in ends.items()])
            progress.looked(lag)
            metrics.lag.labels(progress.name).set(lag)
        except (KafkaError, AssertionError) as error:
            _log.info("lag not read", consumer=progress.name, error=repr(error))
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
