"""One operating-system process, known by pid and start time so that a reused pid is never mistaken for it."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from ewaste.local.errors import StackFailed
from ewaste.local.supervision.model import Process

__all__ = ["Handle", "Identity", "identify", "spawn", "stop"]

_CLOCK_SLACK_SECONDS = 2.0
_POLL_SECONDS = 0.05
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Identity:
    """A process that can be found again by another program. `started` is in seconds since 1970."""

    pid: int
    started: float

    def process(self) -> psutil.Process | None:
        """The running process, None when it ended or the pid belongs to another one now."""
        with contextlib.suppress(psutil.Error):
            found = psutil.Process(self.pid)
            same = abs(found.create_time() - self.started) < _CLOCK_SLACK_SECONDS
            if same and found.status() != psutil.STATUS_ZOMBIE:
                return found
        return None

    def is_alive(self) -> bool:
        """Whether exactly this process still runs."""
        return self.process() is not None


@dataclass(slots=True)
class Handle:
    """A running process: our own child (exit code known) or one adopted from an earlier supervisor."""

    identity: Identity
    child: subprocess.Popen[bytes] | None = None
    exit_code: int | None = field(default=None, init=False)

    @property
    def pid(self) -> int:
        """The process id."""
        return self.identity.pid

    def has_ended(self) -> bool:
        """Whether it is over; sets `exit_code` for our own children (negative: killed by that signal)."""
        if self.child is None:
            return not self.identity.is_alive()
        self.exit_code = self.child.poll()
        return self.exit_code is not None

    def send(self, number: int) -> None:
        """Send a signal to this very process; nothing when it already ended."""
        found = self.identity.process()
        if found is not None:
            with contextlib.suppress(psutil.Error):
                found.send_signal(number)

    def kill(self) -> None:
        """Kill it and its descendants without further ado."""
        found = self.identity.process()
        if found is None:
            return
        with contextlib.suppress(psutil.Error):
            for victim in (*found.children(recursive=True), found):
                with contextlib.suppress(psutil.Error):
                    victim.kill()

    def wait(self, seconds: float) -> bool:
        """Wait for the end; False when it still runs after `seconds`."""
        deadline = time.monotonic() + seconds
        while not self.has_ended():
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True


def identify(pid: int) -> Identity:
    """The identity of a process that runs now; raises psutil.NoSuchProcess."""
    return Identity(pid, psutil.Process(pid).create_time())


def spawn(process: Process, log: Path, *, tethered: bool = False) -> Handle:
    """Start it in a session of its own with its output appended to `log`.

    `tethered` lets the kernel stop it when we die (Linux); without it the process outlives us.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        try:
            child = subprocess.Popen(
                process.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **process.env},
                cwd=process.cwd,
                user=process.uid,
                group=process.gid,
                extra_groups=None if process.uid is None else [],
                start_new_session=True,
                preexec_fn=_tether(process.stop_signal) if tethered else None,  # noqa: PLW1509
            )
        except OSError as problem:
            raise StackFailed(f"can't start {process.name} ({process.command[0]}): {problem}") from problem
    return Handle(_identity_of(child), child)


def stop(handle: Handle, *, stop_signal: int, seconds: float) -> bool:
    """Ask it to stop, wait, and kill it when it doesn't; False when it had to be killed."""
    handle.send(stop_signal)
    if handle.wait(seconds):
        return True
    handle.kill()
    handle.wait(5)
    return False


def _identity_of(child: subprocess.Popen[bytes]) -> Identity:
    with contextlib.suppress(psutil.Error):
        return identify(child.pid)
    return Identity(child.pid, time.time())


def _tether(number: int) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)  # loaded before the fork: the child may only make the call
    wanted = signal.SIGKILL if number == signal.SIGTERM else number
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, wanted)
