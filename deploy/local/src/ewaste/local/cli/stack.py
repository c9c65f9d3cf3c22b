"""`ewaste up`, `down`, `status` and `reset`."""

import json
import time
from pathlib import Path
from typing import Annotated

import typer
from ewaste.local import stack
from ewaste.local.cli.output import console, progress, status_json, status_table
from ewaste.local.settings import resolve_settings
from ewaste.local.supervision.status import Phase, Status

__all__ = ["StateDir", "add_to"]

NOT_RUNNING = 3

StateDir = Annotated[
    Path | None, typer.Option("--state-dir", help="Where data and logs are kept (EWASTE_STATE_DIR; default .ewaste).")
]
Ports = Annotated[
    list[str] | None,
    typer.Option("--port", metavar="NAME=NUMBER", help="Move one part, e.g. kafka=19092 (EWASTE_KAFKA_PORT)."),
]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (up, down, status, reset):
        app.command()(command)


def up(
    state_dir: StateDir = None,
    port: Ports = None,
    only_infra: Annotated[bool, typer.Option("--only-infra", help="Kafka and PostgreSQL alone.")] = False,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait until all is ready.")] = 180,
) -> None:
    """Start Kafka, PostgreSQL and the services; return when all are ready."""
    settings = resolve_settings(state_dir=state_dir, ports=port or ())
    with progress("starting") as report:
        found = stack.up(settings, report, only_infra=only_infra, timeout_seconds=timeout)
    console.print(status_table(found, time.time()))


def down(state_dir: StateDir = None) -> None:
    """Stop the services, then Kafka and PostgreSQL. The data stays."""
    settings = resolve_settings(state_dir=state_dir)
    with progress("stopping") as report:
        ran = stack.down(settings.state_dir, report)
    console.print("stopped; the data stays" if ran else f"nothing was running in {settings.state_dir}")


def status(
    state_dir: StateDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show every process. Exit code 0: all is up; 3: it isn't."""
    settings = resolve_settings(state_dir=state_dir)
    found = stack.observe(settings.state_dir)
    if as_json:
        print(json.dumps(status_json(found, time.time()) if found else {"phase": Phase.DOWN, "units": []}))
    else:
        _print_status(found, settings.state_dir)
    if found is None or found.phase != Phase.UP:
        raise typer.Exit(NOT_RUNNING)


def reset(
    state_dir: StateDir = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Stop everything and delete all data. There is no way back."""
    folder = resolve_settings(state_dir=state_dir).state_dir
    if not yes:
        typer.confirm(f"delete all records, databases and logs in {folder}?", abort=True)
    with progress("deleting") as report:
        stack.reset(folder, report)
    console.print(f"all data in {folder} is deleted")


def _print_status(found: Status | None, state_dir: Path) -> None:
    if found is None:
        console.print(f"nothing was ever started in {state_dir}; start with `ewaste up`")
        return
    stage = f": {found.stage}" if found.stage else ""
    console.print(f"{found.phase}{stage}, supervisor pid {found.pid}, state in {state_dir}", highlight=False)
    if found.error:
        console.print(found.error, markup=False)
    console.print(status_table(found, time.time()))
