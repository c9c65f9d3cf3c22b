"""The supervisor as a process of its own, over small real processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ewaste.local.ports import free_ports
from ewaste.local.stack import down, launch, observe
from ewaste.local.supervision.handle import Handle
from ewaste.local.supervision.model import Backoff, Kind, Plan, Process, Stage
from ewaste.local.supervision.status import Phase, Status, UnitRecord, read_status
from ewaste.local.supervision.supervisor import DETACH_SIGNAL

QUICK = Backoff(0.05, 0.2, 60)
Eventually = Callable[[Callable[[], object]], None]

# Appends its name to the file when it is told to stop.
NAMED = "trap 'echo $1 >> $2; exit 0' TERM; while :; do sleep 0.05; done"
SERVER = (
    "import sys; from http.server import *\n"
    "class H(BaseHTTPRequestHandler):\n"
    "    def do_GET(self): self.send_response(200); self.end_headers()\n"
    "HTTPServer(('127.0.0.1', int(sys.argv[1])), H).serve_forever()\n"
)


def _shell(name: str, script: str, *arguments: str, kind: Kind = Kind.DAEMON) -> Process:
    return Process(name=name, command=("/bin/sh", "-c", script, "sh", *arguments), kind=kind)


def _server(name: str = "web") -> Process:
    port = free_ports(1)[0]
    command = (sys.executable, "-c", SERVER, str(port))
    return Process(name=name, command=command, health_url=f"http://127.0.0.1:{port}/readyz", port=port)


def _plan(*stages: tuple[Process, ...]) -> Plan:
    return Plan(tuple(Stage(f"stage {index}", processes) for index, processes in enumerate(stages)), QUICK)


def _status(state_dir: Path) -> Status:
    status = read_status(state_dir)
    assert status is not None
    return status


def _unit(state_dir: Path, name: str) -> UnitRecord:
    unit = _status(state_dir).unit(name)
    assert unit is not None
    return unit


def _kill_supervisor(state_dir: Path) -> None:
    supervisor = Handle(_status(state_dir).supervisor)
    os.kill(supervisor.pid, signal.SIGKILL)
    assert supervisor.wait(10)


@pytest.fixture
def start(state_dir: Path, eventually: Eventually) -> Callable[[Plan], Status]:
    """Launch a plan and wait until it is up."""

    def run(plan: Plan) -> Status:
        launch(plan, state_dir)
        eventually(lambda: _status(state_dir).phase == Phase.UP)
        return _status(state_dir)

    return run


def test_a_stage_waits_for_the_one_before(state_dir: Path, start: Callable[[Plan], Status]) -> None:
    done = state_dir / "done"
    once = _shell("once", "sleep 0.3; touch $1", str(done), kind=Kind.ONCE)
    after = _shell("after", "test -e $1 && exec sleep 300", str(done))
    status = start(_plan((once,), (after,)))
    assert [(unit.name, unit.state, unit.restarts) for unit in status.units] == [
        ("once", "done", 0),
        ("after", "ready", 0),
    ]


def test_a_failed_step_stops_all_and_says_so(state_dir: Path, eventually: Eventually) -> None:
    failing = _shell("migrate", "echo no such table; exit 4", kind=Kind.ONCE)
    launch(_plan((_shell("base", "exec sleep 300"),), (failing,), (_shell("late", "exec sleep 300"),)), state_dir)
    eventually(lambda: not _status(state_dir).supervisor.is_alive())
    status = _status(state_dir)
    assert status.phase == Phase.FAILED
    assert status.error == "stage 1: migrate failed"
    assert {unit.name: unit.state for unit in status.units} == {
        "base": "stopped",
        "migrate": "failed",
        "late": "waiting",
    }
    assert _unit(state_dir, "migrate").last_exit == 4


def test_a_process_that_dies_comes_back(
    state_dir: Path, start: Callable[[Plan], Status], eventually: Eventually
) -> None:
    first = start(_plan((_server(),))).units[0]
    assert first.pid is not None
    os.kill(first.pid, signal.SIGKILL)
    eventually(lambda: _unit(state_dir, "web").restarts == 1 and _unit(state_dir, "web").state == "ready")
    again = _unit(state_dir, "web")
    assert again.pid not in (None, first.pid)
    assert again.last_exit == -signal.SIGKILL


def test_a_process_that_keeps_dying_is_retried_and_shown(
    state_dir: Path, start: Callable[[Plan], Status], eventually: Eventually
) -> None:
    start(_plan((_shell("fine", "exec sleep 300"),)))
    assert down(state_dir, lambda _line: None)
    launch(_plan((_shell("crashing", "exit 9"), _shell("fine", "exec sleep 300"))), state_dir)
    eventually(lambda: _unit(state_dir, "crashing").restarts >= 3)
    assert _unit(state_dir, "crashing").last_exit == 9
    assert _unit(state_dir, "fine").state == "ready"


def test_stages_stop_in_reverse_order(state_dir: Path, start: Callable[[Plan], Status]) -> None:
    trail = state_dir / "trail"
    start(_plan(*((_shell(name, NAMED, name, str(trail)),) for name in ("kafka", "service", "page"))))
    assert down(state_dir, lambda _line: None)
    assert trail.read_text().split() == ["page", "service", "kafka"]
    assert _status(state_dir).phase == Phase.DOWN


def test_processes_survive_a_killed_supervisor_and_down_finds_them(
    state_dir: Path, start: Callable[[Plan], Status]
) -> None:
    start(_plan((_server(),)))
    _kill_supervisor(state_dir)
    seen = observe(state_dir)
    assert seen is not None
    assert seen.phase == Phase.ABANDONED
    assert seen.units[0].pid is not None
    assert down(state_dir, lambda _line: None)
    assert not list(_status(state_dir).running())
    assert not down(state_dir, lambda _line: None)


def test_the_next_supervisor_adopts_what_survived(
    state_dir: Path, start: Callable[[Plan], Status], eventually: Eventually
) -> None:
    plan = _plan((_server(),))
    before = start(plan).units[0].pid
    _kill_supervisor(state_dir)
    assert start(plan).units[0].pid == before
    assert before is not None
    os.kill(before, signal.SIGKILL)  # an adopted process is watched like a child
    eventually(lambda: _unit(state_dir, "web").pid not in (None, before) and _unit(state_dir, "web").state == "ready")


def test_a_survivor_with_other_settings_is_replaced(state_dir: Path, start: Callable[[Plan], Status]) -> None:
    old = start(_plan((_server("web"), _server("gone")))).units
    _kill_supervisor(state_dir)
    new = start(_plan((_server("web"),))).units
    assert new[0].pid != old[0].pid
    assert not any(unit.handle() for unit in old)


def test_a_supervisor_can_leave_its_processes_to_the_next(
    state_dir: Path, start: Callable[[Plan], Status], eventually: Eventually
) -> None:
    server = _server()
    status = start(_plan((server,)))
    Handle(status.supervisor).send(DETACH_SIGNAL)
    eventually(lambda: not status.supervisor.is_alive())
    assert _status(state_dir).phase == Phase.DETACHED
    bigger = start(_plan((server,), (_shell("more", "exec sleep 300"),)))
    assert bigger.units[0].pid == status.units[0].pid


def test_one_supervisor_per_state_folder(state_dir: Path, start: Callable[[Plan], Status]) -> None:
    start(_plan((_shell("a", "exec sleep 300"),)))
    command = [sys.executable, "-m", "ewaste.local.supervision", str(state_dir)]
    answer = subprocess.run(command, input='{"stages": [], "backoff": {}}', capture_output=True, text=True, check=False)
    assert answer.returncode == 3
    assert "another supervisor runs in" in answer.stderr
    assert _status(state_dir).phase == Phase.UP


def test_not_ready_is_shown_with_the_reason(
    state_dir: Path, start: Callable[[Plan], Status], eventually: Eventually
) -> None:
    pid = start(_plan((_server(),))).units[0].pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    eventually(lambda: _unit(state_dir, "web").state == "not ready")
    assert "timed out" in (_unit(state_dir, "web").detail or "")
    os.kill(pid, signal.SIGCONT)
    eventually(lambda: _unit(state_dir, "web").state == "ready")
