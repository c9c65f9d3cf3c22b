"""A process is known by pid and start time."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ewaste.local.errors import StackFailed
from ewaste.local.supervision.handle import Handle, Identity, identify, spawn, stop
from ewaste.local.supervision.model import Process

SLEEP = Process(name="sleeper", command=("sleep", "300"))


def test_exit_code_of_a_child_is_known(tmp_path: Path) -> None:
    handle = spawn(Process(name="a", command=("sh", "-c", "echo said; exit 7")), tmp_path / "logs" / "a.log")
    assert handle.wait(10)
    assert handle.exit_code == 7
    assert (tmp_path / "logs" / "a.log").read_text() == "said\n"


def test_a_reused_pid_is_another_process() -> None:
    mine = identify(os.getpid())
    assert mine.is_alive()
    assert not Identity(mine.pid, mine.started - 3600).is_alive()


def test_a_reused_pid_is_never_signalled(tmp_path: Path) -> None:
    handle = spawn(SLEEP, tmp_path / "a.log")
    stranger = Handle(Identity(handle.pid, handle.identity.started - 3600))
    stranger.send(signal.SIGKILL)
    stranger.kill()
    assert not handle.has_ended()
    assert stop(handle, stop_signal=signal.SIGTERM, seconds=10)


def test_stop_kills_what_will_not_stop(tmp_path: Path, eventually: Callable[[Callable[[], object]], None]) -> None:
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(300)"
    log = tmp_path / "a.log"
    handle = spawn(Process(name="a", command=(sys.executable, "-c", stubborn)), log)
    eventually(lambda: "deaf" in log.read_text())
    assert not stop(handle, stop_signal=signal.SIGTERM, seconds=0.2)
    assert handle.exit_code == -signal.SIGKILL


def test_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(StackFailed, match=r"can't start a \(/nowhere/java\)"):
        spawn(Process(name="a", command=("/nowhere/java",)), tmp_path / "a.log")


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: the kernel stops the children of a dead parent")
def test_tethered_process_ends_with_its_parent(
    tmp_path: Path, eventually: Callable[[Callable[[], object]], None]
) -> None:
    program = (
        "import os, sys; from pathlib import Path\n"
        "from ewaste.local.supervision.handle import spawn\n"
        "from ewaste.local.supervision.model import Process\n"
        "handle = spawn(Process(name='a', command=('sleep', '300')), Path(sys.argv[1]), tethered=True)\n"
        "print(handle.pid, handle.identity.started, flush=True); os.kill(os.getpid(), 9)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "a.log")]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    pid, started = answer.stdout.split()
    eventually(lambda: not Identity(int(pid), float(started)).is_alive())
