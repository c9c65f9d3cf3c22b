"""What the commands print: progress lines, errors and the table of processes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from ewaste.local.plan import Report
from ewaste.local.supervision.status import State, Status, UnitRecord
from rich.console import Console
from rich.markup import escape
from rich.table import Table

__all__ = ["console", "errors", "fail", "progress", "status_json", "status_table"]

console = Console()
errors = Console(stderr=True)

_COLOURS = {State.READY: "green", State.DONE: "dim", State.RESTARTING: "red", State.FAILED: "red"}


def fail(problem: Exception) -> None:
    """The message of an error as it is, without wrapping or markup."""
    errors.print(f"[red]error:[/red] {escape(str(problem))}", soft_wrap=True, highlight=False)


@contextmanager
def progress(title: str) -> Iterator[Report]:
    """A spinner while it lasts; every line reported stays, with the seconds since the beginning."""
    began = time.monotonic()
    with console.status(title):
        yield lambda line: console.print(
            f"[dim]{time.monotonic() - began:5.1f} s[/dim]  {escape(line)}", highlight=False, soft_wrap=True
        )


def status_table(status: Status, now: float) -> Table:
    """One row per lasting process, and those one-time commands that failed; `now` in seconds since 1970."""
    table = Table(box=None, pad_edge=False)
    for title in ("name", "state", "pid", "restarts", "last exit", "uptime", "address"):
        table.add_column(title, no_wrap=title != "state", overflow="fold")
    for unit in status.units:
        if unit.kind == "daemon" or unit.state == State.FAILED:
            colour = _COLOURS.get(State(unit.state), "yellow")
            detail = f" ({escape(unit.detail)})" if unit.detail else ""
            table.add_row(
                unit.name,
                f"[{colour}]{unit.state}[/{colour}]{detail}",
                _text(unit.pid),
                str(unit.restarts),
                _text(unit.last_exit),
                _duration(_uptime_seconds(unit, now)),
                unit.url or _text(unit.port),
            )
    return table


def status_json(status: Status, now: float) -> dict[str, Any]:
    """The same for programs."""
    value = asdict(status)
    for unit, record in zip(value["units"], status.units, strict=True):
        unit["uptime_seconds"] = _uptime_seconds(record, now)
    return value


def _uptime_seconds(unit: UnitRecord, now: float) -> float | None:
    return None if unit.pid is None or unit.started is None else round(now - unit.started, 1)


def _text(value: object) -> str:
    return "-" if value is None else str(value)


def _duration(seconds: float | None) -> str:
    """Hours, minutes and seconds, as in 0:01:47."""
    return "-" if seconds is None else str(timedelta(seconds=int(seconds)))
