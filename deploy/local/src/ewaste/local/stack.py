"""`up`, `down`, `reset` and `observe`: one supervisor per state folder, whatever happened to the one before."""

import contextlib
import fcntl
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Set
from pathlib import Path
from typing import Final

from ewaste.local.errors import StackFailed
from ewaste.local.plan import Report, needed_ports, prepare_plan
from ewaste.local.ports import require_free
from ewaste.local.postgres.home import remove_home
from ewaste.local.settings import SERVICES, LocalSettings
from ewaste.local.supervision.handle import Handle, identify, stop
from ewaste.local.supervision.logs import last_lines
from ewaste.local.supervision.model import Plan
from ewaste.local.supervision.status import Phase, State, Status, read_status, write_status
from ewaste.local.supervision.supervisor import DETACH_SIGNAL

__all__ = ["down", "launch", "observe", "reset", "up"]

_POLL_SECONDS: Final = 0.1
_SUPERVISOR_STOP_SECONDS: Final = 150.0
_OURS: Final = (
    *("kafka/data", "kafka/server.properties", "kafka/log4j2.properties"),
    *("postgres", "postgres.json", "postgres.password"),
    *("logs", "status.json", "supervisor.lock", "up.lock", "demo"),
    *("log", "log-keys", "log-policy", "witnesses"),
    *SERVICES,
)
"""What `reset` deletes in a state folder; the jars stay."""


def up(settings: LocalSettings, report: Report, *, only_infra: bool = False, timeout_seconds: float = 180) -> Status:
    """Start what doesn't run yet and return when all is ready; harmless when all is up.

    Raises PortTaken or Unavailable before anything is started, StackFailed with the end of the log when a part fails
    (then all is stopped again) or isn't ready in time (then all is left running).
    """
    _make_state_dir(settings.state_dir)
    with _one_at_a_time(settings.state_dir):
        wanted = needed_ports(settings, only_infra=only_infra).keys() - {"kafka-controller"}
        status = _running(settings.state_dir, wanted)
        if status is not None and status.phase == Phase.UP:
            report("already up")
            return status
        if status is None:
            _require_ports(settings, only_infra)
            plan = prepare_plan(settings, report, only_infra=only_infra)
            launch(plan, settings.state_dir)
        return _follow(settings.state_dir, report, timeout_seconds)


def launch(plan: Plan, state_dir: Path) -> None:
    """Start a supervisor that outlives us and return when it has written its first status."""
    log = state_dir / "logs" / "supervisor.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "ewaste.local.supervision", str(state_dir)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    supervisor = Handle(identify(child.pid), child)
    _send(child, json.dumps(plan.to_json()).encode())
    while (status := read_status(state_dir)) is None or status.pid != child.pid:
        if supervisor.has_ended():
            said = "\n".join(last_lines(log, 10))
            raise StackFailed(f"the supervisor ended with exit code {supervisor.exit_code}:\n{said}")
        time.sleep(_POLL_SECONDS)


def down(state_dir: Path, report: Report) -> bool:
    """Stop services, then Kafka and PostgreSQL; also what a dead supervisor left. False when nothing ran."""
    status = read_status(state_dir)
    if status is None:
        return False
    ran = status.supervisor.is_alive() or any(status.running())
    supervisor = Handle(status.supervisor)
    report("stopping")
    if not stop(supervisor, stop_signal=signal.SIGTERM, seconds=_SUPERVISOR_STOP_SECONDS):
        report("the supervisor did not stop in time and was killed")
    _stop_leftovers(state_dir, report)
    return ran


def reset(state_dir: Path, report: Report) -> None:
    """`down`, then delete all data of this state folder; the jars stay."""
    down(state_dir, report)
    remove_home(state_dir)
    for name in _OURS:
        path = state_dir / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def observe(state_dir: Path) -> Status | None:
    """What really runs: the last status, corrected where processes or the supervisor have gone since."""
    status = read_status(state_dir)
    if status is None or status.supervisor.is_alive():
        return status
    alive = {unit.name for unit, _handle in status.running()}
    for unit in status.units:
        if unit.name not in alive and unit.pid is not None:
            unit.pid, unit.state, unit.detail = None, State.STOPPED, "gone without its supervisor"
    if alive or status.phase in (Phase.STARTING, Phase.UP, Phase.STOPPING):
        status.phase = Phase.ABANDONED
        status.error = "the supervisor is gone: `ewaste up` takes over what runs, `ewaste down` stops it"
    return status


def _stop_leftovers(state_dir: Path, report: Report) -> None:
    status = read_status(state_dir)
    if status is None:
        return
    for unit, handle in sorted(status.running(), key=lambda found: -found[0].stage):
        report(f"stopping {unit.name}, which a dead supervisor left running")
        stop(handle, stop_signal=unit.stop_signal, seconds=unit.stop_seconds)
        unit.state, unit.pid = State.STOPPED, None
    if status.phase != Phase.FAILED:
        status.phase = Phase.DOWN
    write_status(state_dir, status)


def _running(state_dir: Path, wanted: Set[str]) -> Status | None:
    """The status of a live supervisor that runs all of `wanted`; any other live supervisor is made to leave."""
    status = read_status(state_dir)
    if status is None or not status.supervisor.is_alive():
        return None
    if status.phase in (Phase.STARTING, Phase.UP):
        if wanted <= {unit.name for unit in status.units}:
            return status
        Handle(status.supervisor).send(DETACH_SIGNAL)  # its processes are adopted by the next one
    if not Handle(status.supervisor).wait(_SUPERVISOR_STOP_SECONDS):
        raise StackFailed(f"the supervisor (pid {status.pid}) does not end; see `ewaste logs supervisor`")
    return None


def _require_ports(settings: LocalSettings, only_infra: bool) -> None:
    """Ports of processes that will be adopted or stopped first are ours already."""
    status = read_status(settings.state_dir)
    ours = {unit.port for unit, _handle in status.running()} if status else set()
    if settings.ports["kafka"] in ours:
        ours.add(settings.ports["kafka-controller"])
    needed = needed_ports(settings, only_infra=only_infra)
    require_free({name: port for name, port in needed.items() if port not in ours})


def _follow(state_dir: Path, report: Report, timeout_seconds: float) -> Status:
    """Report progress until the stack is up. Raises StackFailed."""
    told: set[str] = set()
    deadline = time.monotonic() + timeout_seconds
    while True:
        status = _require_status(state_dir)
        _tell(status, told, report)
        if status.phase == Phase.UP:
            return status
        if not status.supervisor.is_alive():
            raise StackFailed(_why_failed(state_dir, _require_status(state_dir)))
        if time.monotonic() > deadline and status.phase == Phase.STARTING:
            raise StackFailed(_why_late(state_dir, status, timeout_seconds))
        time.sleep(_POLL_SECONDS)


def _tell(status: Status, told: set[str], report: Report) -> None:
    for unit in status.units:
        if unit.name not in told and unit.state in (State.READY, State.DONE):
            told.add(unit.name)
            report(f"{unit.name} {unit.state}" + (f" at {unit.url}" if unit.url else ""))


def _why_failed(state_dir: Path, status: Status) -> str:
    failed = [unit.name for unit in status.units if unit.state == State.FAILED]
    headline = status.error or "the supervisor was stopped before all was up; see `ewaste logs supervisor`"
    return "\n".join([f"{headline}; everything was stopped again", *_tails(state_dir, failed)])


def _why_late(state_dir: Path, status: Status, seconds: float) -> str:
    done = (State.READY, State.DONE, State.WAITING)
    late = [unit.name for unit in status.units if unit.state not in done]
    headline = (
        f"not ready after {seconds:.0f} s: {', '.join(late)}; everything is left running: "
        "`ewaste status` and `ewaste logs NAME` show why, `ewaste down` stops it"
    )
    return "\n".join([headline, *_tails(state_dir, late)])


def _tails(state_dir: Path, names: list[str]) -> Iterator[str]:
    for name in names:
        yield f"--- the end of logs/{name}.log"
        yield from last_lines(state_dir / "logs" / f"{name}.log", 15)


def _require_status(state_dir: Path) -> Status:
    status = read_status(state_dir)
    if status is None:
        raise StackFailed(f"{state_dir / 'status.json'} has gone: was the state folder deleted meanwhile?")
    return status


def _send(child: subprocess.Popen[bytes], data: bytes) -> None:
    if child.stdin is not None:
        with contextlib.suppress(BrokenPipeError), child.stdin as pipe:
            pipe.write(data)


def _make_state_dir(state_dir: Path) -> None:
    """0711: as root the database runs under another account, which must be able to enter its own folder inside."""
    if not state_dir.exists():
        state_dir.mkdir(parents=True)
        state_dir.chmod(0o711)


@contextlib.contextmanager
def _one_at_a_time(state_dir: Path) -> Iterator[None]:
    """Two `up` at once: the second waits, then finds all up. The lock ends with its holder."""
    with (state_dir / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
