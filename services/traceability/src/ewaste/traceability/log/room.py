"""One log at work: tiles follow the ledger, checkpoints follow the tiles, and a watch holds Kafka to both.

The three never wait for one another. An alarm ends what it is about: nothing is signed after a fork, and no tile is
written from a ledger that is not the one before; whoever mends it starts the process anew.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

import httpx
import structlog
from ewaste.evidence.notes.checkpoints import HistoryForked
from ewaste.evidence.notes.policy import parse_policy
from ewaste.evidence.tiles.files import BytesDiffer, FolderInUse
from ewaste.evidence.tiles.tree import TileBroken, TileMissing
from ewaste.runtime.database import Database
from ewaste.runtime.failures import is_transient
from ewaste.runtime.keyfile import KeyFileUnusable
from ewaste.runtime.outbox import Outbox
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log import alarms, storage
from ewaste.traceability.log.folder import Follower, open_folder
from ewaste.traceability.log.keys import LogKeys
from ewaste.traceability.log.model import Alarm, AlarmKind, Cadence, origin_of
from ewaste.traceability.log.policy import policy_text
from ewaste.traceability.log.publisher import Publisher, QuorumAwaited
from ewaste.traceability.log.rounds import look_at_kafka
from ewaste.traceability.log.signals import LogMetrics, LogProgress, report
from ewaste.traceability.log.witnesses import Witnesses
from ewaste.traceability.settings import Settings

__all__ = ["LogRoom"]

_log = structlog.get_logger(__name__)
_IDLE_SECONDS: Final = 0.25
_PAUSE_SECONDS: Final = 2.0
_LONGEST_PAUSE_SECONDS: Final = 60.0
_CHANGED: Final = (BytesDiffer, TileBroken, TileMissing)


class LogRoom:
    """The log of one ledger. `run` is for one process at a time; `witnesses` are the policy's lines."""

    def __init__(
        self,
        ledger: Ledger,
        settings: Settings,
        database: Database,
        outbox: Outbox,
        metrics: LogMetrics,
        witnesses: str,
    ) -> None:
        self.name = f"log-{ledger}"
        self.progress = LogProgress(self.name, settings.stale_after_seconds, standing_by=True, restart_helps=False)
        self._ledger = ledger
        self._settings = settings
        self._database = database
        self._outbox = outbox
        self._metrics = metrics
        self._witnesses = witnesses
        self._origin = origin_of(settings.city, ledger)
        self._cadence = Cadence(settings.checkpoint_seconds, event_seconds=settings.checkpoint_event_seconds)

    async def run(self) -> None:
        """Until cancelled."""
        self.progress.started(time.monotonic())
        try:
            follower = await self._open()
            try:
                await _together(self._follow(follower), self._publish(follower), self._watch(follower))
            finally:
                await follower.close()
        finally:
            self.progress.stand_by()

    async def _open(self) -> Follower:
        while True:
            try:
                return await self._opened()
            except FolderInUse as used:
                self.progress.failed(used)
                _log.warning("log folder in use", ledger=self._ledger, detail=str(used))
                await asyncio.sleep(_PAUSE_SECONDS)
            except HistoryForked as fork:
                await self._end(AlarmKind.FORKED, fork)
            except _CHANGED as changed:
                await self._end(AlarmKind.LEDGER_CHANGED, changed)

    async def _opened(self) -> Follower:
        folder = await open_folder(self._settings.log_folder(self._ledger), self._origin)
        follower = Follower(self._database, self._ledger, folder)
        try:
            await follower.hold_to_ledger()
        except BaseException:
            await follower.close()
            raise
        await self._settle(AlarmKind.LEDGER_CHANGED, ())
        return follower

    async def _follow(self, follower: Follower) -> None:
        while True:
            taken = await self._patiently(follower.turn)
            now = time.monotonic()
            self._metrics.tiles.labels(self._ledger).set(follower.head.size)
            if taken:
                self.progress.turned(now)
            self.progress.looked(taken, now)
            await asyncio.sleep(0 if taken else _IDLE_SECONDS)

    async def _patiently(self, work: Callable[[], Awaitable[int]]) -> int:
        """Try until it goes well; what only a person can mend is an alarm and ends it."""
        while True:
            try:
                return await work()
            except HistoryForked as fork:
                await self._end(AlarmKind.FORKED, fork)
            except _CHANGED as changed:
                await self._end(AlarmKind.LEDGER_CHANGED, changed)
            except Exception as error:
                if not is_transient(error):
                    raise
                self.progress.failed(error)
                self.progress.lag = max(self.progress.lag or 0, 1)
                _log.warning("log waits", ledger=self._ledger, error=repr(error), retry_in_seconds=_PAUSE_SECONDS)
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _publish(self, follower: Follower) -> None:
        async with httpx.AsyncClient(timeout=self._settings.witness_timeout_seconds, trust_env=False) as http:
            publisher = await self._publisher(follower, http)
            await self._until_caught_up(follower)

            async def guarded() -> int:
                await publisher.guard()
                await self._settle(AlarmKind.FORKED, ())
                return 0

            await self._patiently(guarded)
            _log.info("log publishes", ledger=self._ledger, origin=self._origin, policy=self._witnesses.split("\n"))
            await self._rounds(publisher, follower)

    async def _publisher(self, follower: Follower, http: httpx.AsyncClient) -> Publisher:
        keys = LogKeys(self._settings.log_key_file(self._ledger), self._origin)
        while True:
            try:
                signers = await asyncio.to_thread(keys.signers)
                break
            except KeyFileUnusable as unusable:
                self.progress.waits_for = str(unusable)
                _log.error("log cannot sign", ledger=self._ledger, detail=str(unusable))
                await asyncio.sleep(_PAUSE_SECONDS)
        self.progress.waits_for = None
        policy = parse_policy(policy_text([str(each.key) for each in signers], self._witnesses))
        witnesses = Witnesses(policy, http, self._settings.witness_timeout_seconds)
        return Publisher(
            self._database, self._ledger, follower, signers, policy, witnesses, self._outbox, self._cadence
        )

    async def _until_caught_up(self, follower: Follower) -> None:
        """A folder that is made anew has to reach what was signed before."""
        async with self._database.transaction() as tx:
            last = await storage.newest(tx, self._ledger)
        while True:
            if last is None or follower.head.size >= last.size:
                return
            await asyncio.sleep(_IDLE_SECONDS)

    async def _rounds(self, publisher: Publisher, follower: Follower) -> None:
        covered, last, missed_since, pause = 0, float("-inf"), None, self._cadence.seconds
        while True:
            size, now = follower.head.size, time.monotonic()
            waited = now - last
            # While witnesses are missing, entries that wait are no reason to ask more often.
            if waited >= pause if missed_since is not None else self._cadence.is_due(size - covered, waited):
                last = now
                try:
                    await self._patiently(lambda: self._turn(publisher))
                    covered, missed_since, pause = size, None, self._cadence.seconds
                    self._metrics.published.labels(self._ledger).set(covered)
                    self.progress.waits_for = None
                except QuorumAwaited as awaited:
                    missed_since = missed_since or now
                    pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
                    self._missed(awaited, now - missed_since)
            await asyncio.sleep(min(_IDLE_SECONDS, self._cadence.seconds))

    async def _turn(self, publisher: Publisher) -> int:
        await publisher.turn(datetime.now(UTC))
        return 0

    def _missed(self, awaited: QuorumAwaited, seconds: float) -> None:
        self._metrics.missed.labels(self._ledger).inc()
        _log.warning("checkpoint waits for witnesses", ledger=self._ledger, detail=str(awaited))
        if seconds >= self._settings.stale_after_seconds:
            self.progress.waits_for = f"{awaited} (since {int(seconds)} s; readers see the checkpoint before)"

    async def _watch(self, follower: Follower) -> None:
        pause = min(_PAUSE_SECONDS, self._settings.log_check_seconds)
        while True:
            await asyncio.sleep(pause)
            pause = self._settings.log_check_seconds
            try:
                found = await look_at_kafka(self._database, self._settings, self._ledger, follower)
            except Exception as error:
                if not is_transient(error):
                    raise
                _log.warning("records not read again", ledger=self._ledger, error=repr(error))
                continue
            for kind, some in found.items():
                await self._settle(kind, some)

    async def _end(self, kind: AlarmKind, error: Exception) -> NoReturn:
        """Show the alarm and do nothing more until somebody starts the process anew."""
        alarm = Alarm(kind, self._origin, f"{error}. See docs/architecture/log.md, then start the service anew")
        while True:
            try:
                await self._settle(kind, (alarm,))
                break
            except Exception as failure:
                if not is_transient(failure):
                    raise
                await asyncio.sleep(_PAUSE_SECONDS)
        await asyncio.Event().wait()
        raise AssertionError("nobody ends this wait")

    async def _settle(self, kind: AlarmKind, found: Iterable[Alarm]) -> None:
        """What stands of this kind is this."""
        standing = list(found)
        report(self.progress, self._metrics, self._ledger, kind, standing)
        now = datetime.now(UTC)
        async with self._database.transaction() as tx:
            await alarms.open_alarms(tx, self._ledger, standing, now)
            await alarms.close_others(tx, self._ledger, kind, [each.subject for each in standing], now)


async def _together(*parts: Coroutine[Any, Any, None]) -> None:
    """Until one fails: then all end."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
