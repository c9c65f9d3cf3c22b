"""What happens to the records of one batch: effects exactly once, bad records aside.

One transaction: {lock and move the positions; admit each event once; the handler; its outbox rows}, with the dead
letters acknowledged before it commits.
"""

from collections.abc import Sequence

import structlog
from ewaste.contracts.envelope import InvalidEvent
from ewaste.contracts.registry import read_event
from ewaste.evidence.ledger.record import Record
from ewaste.runtime.database import Database, Transaction
from ewaste.runtime.deadletters import DeadLetterLimitReached, DeadLetters
from ewaste.runtime.failures import is_transient
from ewaste.runtime.inbox import Received, Rejected, admit
from ewaste.runtime.metrics import Metrics
from ewaste.runtime.positions import OffsetGap, advance
from ewaste.runtime.subscription import Subscription

__all__ = ["Pipeline"]

_log = structlog.get_logger(__name__)


class Pipeline:
    """Handles the records of one consumer; knows nothing of Kafka's client."""

    def __init__(
        self, name: str, subscription: Subscription, database: Database, dead_letters: DeadLetters, metrics: Metrics
    ) -> None:
        self.name = name
        self.subscription = subscription
        self._database = database
        self._dead_letters = dead_letters
        self._metrics = metrics

    async def handle(self, records: Sequence[Record]) -> None:
        """Handle these; a bug in a handler costs the record that shows it, not its neighbours.

        Raises what passes by itself (`is_transient`), `OffsetGap` and `DeadLetterLimitReached`, and whatever an
        `on_records` handler raises: such a handler must take every record, so none is ever skipped for it.
        """
        try:
            await self._together(records)
        except (OffsetGap, DeadLetterLimitReached):
            raise
        except Exception as error:
            if is_transient(error) or self.subscription.on_records is not None:
                raise
            await self._apart(records, error)

    async def _apart(self, records: Sequence[Record], error: Exception) -> None:
        if len(records) == 1:
            _log.error("handler failed", consumer=self.name, exc_info=error)
            await self._give_up(Rejected(records[0], "handler_failed", repr(error)))
        else:
            middle = len(records) // 2
            await self.handle(records[:middle])
            await self.handle(records[middle:])

    async def _give_up(self, rejected: Rejected) -> None:
        async with self._database.transaction() as tx:
            if await advance(tx, self.name, [rejected.record]):
                await self._bury([rejected])

    async def _together(self, records: Sequence[Record]) -> None:
        with self._metrics.batch_seconds.labels(self.name).time():
            async with self._database.transaction() as tx:
                fresh = await advance(tx, self.name, records)
                handled = await self._handle_fresh(tx, fresh) if fresh else 0
        self._metrics.handled.labels(self.name).inc(handled)
        self._metrics.repeated.labels(self.name).inc(len(records) - handled)

    async def _handle_fresh(self, tx: Transaction, records: Sequence[Record]) -> int:
        if self.subscription.on_records is not None:
            await self.subscription.on_records(tx, records)
            return len(records)
        assert self.subscription.on_events is not None
        received, rejected = _read(records)
        new, equivocations = await admit(tx, self.name, received)
        if new:
            await self.subscription.on_events(tx, new)
        await self._bury([*rejected, *equivocations])
        return len(new)

    async def _bury(self, rejected: Sequence[Rejected]) -> None:
        if not rejected:
            return
        await self._dead_letters.put(self.name, rejected)
        for one in rejected:
            self._metrics.dead.labels(self.name, one.reason).inc()
            _log.warning(
                "record given to the dead letters", consumer=self.name, reason=one.reason, detail=one.detail,
                topic=one.record.topic, partition=one.record.partition, offset=one.record.offset,
            )  # fmt: skip


def _read(records: Sequence[Record]) -> tuple[list[Received], list[Rejected]]:
    received: list[Received] = []
    rejected: list[Rejected] = []
    for record in records:
        try:
            received.append(Received(read_event(record.value), record))
        except InvalidEvent as error:
            rejected.append(Rejected(record, error.reason, error.detail))
    return received, rejected
