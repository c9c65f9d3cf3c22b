"""One supervised process: adopt or start, watch, restart with backoff, stop."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from ewaste.local.checks import why_not_ready
from ewaste.local.errors import StackFailed
from ewaste.local.supervision.handle import Handle, spawn
from ewaste.local.supervision.model import Backoff, Kind, Process
from ewaste.local.supervision.status import State, UnitRecord

__all__ = ["Unit"]

_POLL_SECONDS = 0.1
_RECHECK_SECONDS = 2.0
_CHECK_TIMEOUT_SECONDS = 2.0


class Unit:
    """Runs one process. `changed` is called after every change of `record`, before anything else happens."""

    def __init__(
        self, process: Process, record: UnitRecord, log: Path, backoff: Backoff, changed: Callable[[], None]
    ) -> None:
        self.process = process
        self.record = record
        self.log = log
        self.settled = asyncio.Event()
        """Set when the process is ready for the first time, done, or failed for good."""
        self._backoff = backoff
        self._changed = changed
        self._handle: Handle | None = None
        self._wanted = True
        self._wake = asyncio.Event()

    async def run(self, adopted: Handle | None = None) -> None:
        """Keep a daemon alive until `stop`; run a one-time command to its end."""
        failures = 0
        while self._wanted:
            began = time.monotonic()
            ended = await self._run_once(adopted)
            adopted = None
            if not self._wanted or (self.process.kind is Kind.ONCE and ended):
                return
            failures = self._backoff.failures_after(failures, time.monotonic() - began)
            await self._pause(self._backoff.delay_seconds(failures))

    async def stop(self) -> None:
        """Ask the process to stop, wait `stop_seconds`, kill it if it doesn't."""
        self._wanted = False
        self._wake.set()
        handle = self._handle
        if handle is None or handle.has_ended():
            self._note(state=self._ended_state())
            return
        self._note(state=State.STOPPING)
        handle.send(self.process.stop_signal)
        if not await self._ends_within(handle, self.process.stop_seconds):
            handle.kill()
            await self._ends_within(handle, 5)
        self._note(state=State.STOPPED, pid=None, last_exit=handle.exit_code, detail=None)

    def abandon(self) -> None:
        """Stop watching and leave the process to the next supervisor."""
        self._wanted = False
        self._wake.set()

    async def _run_once(self, adopted: Handle | None) -> bool:
        """One life of the process; False when it could not even be started."""
        try:
            handle = adopted or spawn(self.process, self.log)
        except StackFailed as problem:
            self._failed_to_start(problem)
            return self.process.kind is Kind.ONCE
        self._handle = handle
        # Written at once: a supervisor killed right now must leave a trace of the process it started.
        self._note(state=State.STARTING, pid=handle.pid, started=handle.identity.started, detail=None)
        await self._watch(handle)
        if self._wanted:
            self._over(handle)
        return True

    async def _watch(self, handle: Handle) -> None:
        next_check = 0.0
        while self._wanted and not handle.has_ended():
            if time.monotonic() >= next_check:
                await self._check()
                pause = _RECHECK_SECONDS if self.record.state == State.READY else _POLL_SECONDS
                next_check = time.monotonic() + pause
            await asyncio.sleep(_POLL_SECONDS)

    async def _check(self) -> None:
        if self.process.kind is Kind.ONCE:
            return
        reason = None
        if self.process.health_url is not None:
            reason = await asyncio.to_thread(
                why_not_ready, self.process.health_url, timeout_seconds=_CHECK_TIMEOUT_SECONDS
            )
        if not self._wanted:
            return
        if reason is None:
            self._note(state=State.READY, detail=None)
            self.settled.set()
        elif self.record.state == State.READY:
            self._note(state=State.UNREADY, detail=reason)

    def _over(self, handle: Handle) -> None:
        code = handle.exit_code
        if self.process.kind is Kind.ONCE:
            state = State.DONE if code == 0 else State.FAILED
            self._note(state=state, pid=None, last_exit=code)
            self.settled.set()
        else:
            detail = "ended" if code is None else f"ended with exit code {code}"
            self._note(
                state=State.RESTARTING,
                pid=None,
                last_exit=code,
                restarts=self.record.restarts + 1,
                detail=detail,
            )

    def _failed_to_start(self, problem: StackFailed) -> None:
        if self.process.kind is Kind.ONCE:
            self._note(state=State.FAILED, detail=str(problem))
            self.settled.set()
        else:
            restarts = self.record.restarts + 1
            self._note(state=State.RESTARTING, pid=None, restarts=restarts, detail=str(problem))

    def _ended_state(self) -> str:
        kept = (State.DONE, State.FAILED, State.WAITING)
        return self.record.state if self.record.state in kept else State.STOPPED

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return

    async def _ends_within(self, handle: Handle, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not handle.has_ended():
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(_POLL_SECONDS)
        return True

    def _note(self, **values: object) -> None:
        before = {name: getattr(self.record, name) for name in values}
        if before != values:
            for name, value in values.items():
                setattr(self.record, name, value)
            self._changed()
