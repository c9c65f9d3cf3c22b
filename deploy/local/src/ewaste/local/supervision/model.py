"""What is to run, as data: processes in stages, and how long to wait between restarts."""

import hashlib
import json
import signal
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

__all__ = ["Backoff", "Kind", "Plan", "Process", "Stage"]


class Kind(StrEnum):
    """What the end of a process means."""

    DAEMON = "daemon"
    """Runs until it is stopped: an end of its own is a crash and gets a restart."""
    ONCE = "once"
    """Runs to its end: exit code 0 is done, anything else fails the start of the stack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One command. `env` is added to the supervisor's own environment; `uid`/`gid` None keeps the account.

    `health_url` is asked by `ewaste.local.checks`; None means ready as soon as it runs.
    """

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    health_url: str | None = None
    kind: Kind = Kind.DAEMON
    port: int | None = None
    url: str | None = None
    cwd: str | None = None
    uid: int | None = None
    gid: int | None = None
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 20.0

    def __post_init__(self) -> None:
        if not self.name or not self.command:
            raise ValueError(f"a process needs a name and a command: {self!r}")

    def fingerprint(self) -> str:
        """Equal for processes that are started in the same way: only those may stand in for each other."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The inverse of `dataclasses.asdict` after a trip through JSON."""
        return cls(**{**value, "command": tuple(value["command"]), "kind": Kind(value["kind"])})


@dataclass(frozen=True, slots=True)
class Stage:
    """Processes that start together; the next stage waits until all of them are ready or done."""

    name: str
    processes: tuple[Process, ...]


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds before the next start: doubling from `first_seconds` to `most_seconds`.

    A process that ran for `stable_seconds` counts as healthy again, so its next end starts from the beginning.
    """

    first_seconds: float = 0.5
    most_seconds: float = 30.0
    stable_seconds: float = 60.0

    def __post_init__(self) -> None:
        if not 0 < self.first_seconds <= self.most_seconds or self.stable_seconds <= 0:
            raise ValueError(f"needs 0 < first <= most and stable > 0: {self!r}")

    def failures_after(self, failures: int, ran_seconds: float) -> int:
        """Failures in a row, counting the one that just happened."""
        return 1 if ran_seconds >= self.stable_seconds else failures + 1

    def delay_seconds(self, failures: int) -> float:
        """How long to wait after `failures` (at least 1) failures in a row."""
        return min(self.most_seconds, self.first_seconds * 2.0 ** min(failures - 1, 32))


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything one supervisor runs, in order of start; stopped in the reverse order."""

    stages: tuple[Stage, ...]
    backoff: Backoff = Backoff()

    def __post_init__(self) -> None:
        names = [process.name for process in self.processes]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"process names must be unique, given twice: {', '.join(twice)}")

    @property
    def processes(self) -> tuple[Process, ...]:
        """All processes in order of start."""
        return tuple(process for stage in self.stages for process in stage.processes)

    def to_json(self) -> dict[str, Any]:
        """Plain lists and dicts."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        stages = tuple(
            Stage(stage["name"], tuple(Process.from_json(item) for item in stage["processes"]))
            for stage in value["stages"]
        )
        return cls(stages, Backoff(**value["backoff"]))
