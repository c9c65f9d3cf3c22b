"""What runs, written to `<state>/status.json` at every change so that any other program can read and take over."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from ewaste.local.supervision.handle import Handle, Identity

__all__ = ["Phase", "State", "Status", "UnitRecord", "read_status", "write_status"]


class Phase(StrEnum):
    """How far the whole stack is."""

    STARTING = "starting"
    UP = "up"
    STOPPING = "stopping"
    DOWN = "down"
    FAILED = "failed"
    DETACHED = "detached"
    """The supervisor left its processes running for the next one."""
    ABANDONED = "abandoned"
    """Never written, only observed: the supervisor died, its processes may still run."""


class State(StrEnum):
    """How one process is."""

    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    UNREADY = "not ready"
    RESTARTING = "restarting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"


@dataclass(slots=True)
class UnitRecord:
    """One process as others see it. `started` is in seconds since 1970; `stage` counts from 0."""

    name: str
    kind: str
    stage: int
    fingerprint: str
    state: str = State.WAITING
    pid: int | None = None
    started: float | None = None
    restarts: int = 0
    last_exit: int | None = None
    port: int | None = None
    url: str | None = None
    detail: str | None = None
    stop_signal: int = 15
    stop_seconds: float = 20.0

    def handle(self) -> Handle | None:
        """The process when it still runs, whoever started it."""
        if self.pid is None or self.started is None:
            return None
        identity = Identity(self.pid, self.started)
        return Handle(identity) if identity.is_alive() else None


@dataclass(slots=True)
class Status:
    """The whole stack: its supervisor, how far it is, and every process in order of start."""

    pid: int
    started: float
    phase: str = Phase.STARTING
    stage: str | None = None
    error: str | None = None
    units: list[UnitRecord] = field(default_factory=list)

    @property
    def supervisor(self) -> Identity:
        """The process that wrote this."""
        return Identity(self.pid, self.started)

    def running(self) -> Iterator[tuple[UnitRecord, Handle]]:
        """Every process that is alive now."""
        for unit in self.units:
            handle = unit.handle()
            if handle is not None:
                yield unit, handle

    def unit(self, name: str) -> UnitRecord | None:
        """The record of one process."""
        return next((unit for unit in self.units if unit.name == name), None)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """The inverse of `dataclasses.asdict`."""
        return cls(**{**value, "units": [UnitRecord(**unit) for unit in value["units"]]})


def read_status(state_dir: Path) -> Status | None:
    """What the last supervisor wrote, None when there never was one."""
    try:
        return Status.from_json(json.loads((state_dir / "status.json").read_bytes()))
    except FileNotFoundError:
        return None


def write_status(state_dir: Path, status: Status) -> None:
    """Replace the file in one step: a reader sees the old or the new, never a half."""
    fresh = state_dir / "status.json.new"
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(status), file, indent=1)
    os.replace(fresh, state_dir / "status.json")
