"""Brings a plan up stage by stage, keeps it up, and takes it down in the reverse order."""

import asyncio
import signal
from pathlib import Path

from ewaste.local.supervision.handle import Handle, identify, stop
from ewaste.local.supervision.logs import trim
from ewaste.local.supervision.model import Kind, Plan, Stage
from ewaste.local.supervision.status import Phase, State, Status, UnitRecord, read_status, write_status
from ewaste.local.supervision.unit import Unit

__all__ = ["DETACH_SIGNAL", "Supervisor"]

DETACH_SIGNAL = signal.SIGHUP
"""Makes a supervisor leave without stopping anything, so that another one can adopt its processes."""
_TRIM_EVERY_SECONDS = 5.0


class Supervisor:
    """Runs one plan in one state folder until it gets SIGTERM, SIGINT (stop all) or `DETACH_SIGNAL`."""

    def __init__(self, plan: Plan, state_dir: Path, pid: int) -> None:
        self._plan = plan
        self._state_dir = state_dir
        self._adopted, self._strangers = _survivors(state_dir, plan)
        self._leaving = asyncio.Event()
        self._detach = False
        self._status = Status(pid, identify(pid).started)
        self._units = {
            process.name: self._unit(index, stage, position)
            for index, stage in enumerate(plan.stages)
            for position, process in enumerate(stage.processes)
        }
        self._tasks: list[asyncio.Task[None]] = []

    async def run(self) -> int:
        """Start all, wait, stop all. Returns the exit code: 0, or 1 when a one-time command failed."""
        self._listen()
        self._save()
        await self._stop_strangers()
        starting = asyncio.create_task(self._start())
        trimming = asyncio.create_task(self._trim_logs())
        leaving = asyncio.create_task(self._leaving.wait())
        await asyncio.wait({starting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        failed = starting.done() and not starting.result()
        if not failed:
            await leaving
        for task in (starting, trimming, leaving):
            task.cancel()
        await self._leave()
        return 1 if failed else 0

    async def _start(self) -> bool:
        for stage in self._plan.stages:
            self._status.stage = stage.name
            self._save()
            if not await self._bring_up(stage):
                return False
        self._status.phase, self._status.stage = Phase.UP, None
        self._save()
        return True

    async def _bring_up(self, stage: Stage) -> bool:
        units = [self._units[process.name] for process in stage.processes]
        for unit in units:
            self._tasks.append(asyncio.create_task(unit.run(self._adopted.get(unit.process.name))))
        for unit in units:
            await unit.settled.wait()
        failed = [unit.process.name for unit in units if unit.record.state == State.FAILED]
        if failed:
            self._status.error = f"{stage.name}: {', '.join(failed)} failed"
            self._status.phase = Phase.FAILED
            self._save()
        return not failed

    async def _leave(self) -> None:
        if self._detach:
            self._status.phase = Phase.DETACHED
            for unit in self._units.values():
                unit.abandon()
        else:
            await self._stop_all()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._save()

    async def _stop_all(self) -> None:
        failed = self._status.phase == Phase.FAILED
        self._status.phase = Phase.STOPPING
        self._save()
        for stage in reversed(self._plan.stages):
            self._status.stage = stage.name
            self._save()
            await asyncio.gather(*(self._units[process.name].stop() for process in stage.processes))
        self._status.stage = None
        self._status.phase = Phase.FAILED if failed else Phase.DOWN

    def _unit(self, stage_index: int, stage: Stage, position: int) -> Unit:
        process = stage.processes[position]
        record = UnitRecord(
            process.name,
            process.kind,
            stage_index,
            process.fingerprint(),
            port=process.port,
            url=process.url,
            stop_signal=process.stop_signal,
            stop_seconds=process.stop_seconds,
        )
        adopted = self._adopted.get(process.name)
        if adopted is not None:  # from the first line written on, so that a second kill -9 loses nobody
            record.pid, record.started = adopted.pid, adopted.identity.started
        self._status.units.append(record)
        log = self._state_dir / "logs" / f"{process.name}.log"
        return Unit(process, record, log, self._plan.backoff, self._save)

    async def _stop_strangers(self) -> None:
        """Processes of an earlier supervisor that this plan doesn't know, or knows with other settings."""
        for unit, handle in self._strangers:
            await asyncio.to_thread(stop, handle, stop_signal=unit.stop_signal, seconds=unit.stop_seconds)

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._leaving.set)
        loop.add_signal_handler(DETACH_SIGNAL, self._on_detach)

    def _on_detach(self) -> None:
        self._detach = True
        self._leaving.set()

    async def _trim_logs(self) -> None:
        while True:
            await asyncio.sleep(_TRIM_EVERY_SECONDS)
            for unit in self._units.values():
                trim(unit.log)

    def _save(self) -> None:
        write_status(self._state_dir, self._status)


def _survivors(state_dir: Path, plan: Plan) -> tuple[dict[str, Handle], list[tuple[UnitRecord, Handle]]]:
    """What an earlier supervisor left running: to adopt (by name), and to stop before anything starts."""
    before = read_status(state_dir)
    running = list(before.running()) if before else []
    wanted = {process.name: process.fingerprint() for process in plan.processes if process.kind is Kind.DAEMON}
    adopted = {unit.name: handle for unit, handle in running if wanted.get(unit.name) == unit.fingerprint}
    strangers = [(unit, handle) for unit, handle in running if unit.name not in adopted]
    return adopted, strangers[::-1]
