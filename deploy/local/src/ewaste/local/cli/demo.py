"""`ewaste demo`."""

from datetime import datetime
from typing import Annotated

import typer
from ewaste.local import stack
from ewaste.local.cli.output import console, progress
from ewaste.local.cli.stack import Ports, StateDir
from ewaste.local.demo.run import DemoOptions, run_demo
from ewaste.local.settings import resolve_settings

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(demo)


def demo(
    state_dir: StateDir = None,
    port: Ports = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same day.")] = 7,
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The sample day.")] = None,
    items: Annotated[int, typer.Option(min=120, max=100_000, help="How many pieces are dropped.")] = 2_200,
    pupils: Annotated[int, typer.Option(min=60, max=100_000, help="How many pupils take the course at least.")] = 1_320,
    once: Annotated[bool, typer.Option("--once", help="Stop everything at the end.")] = False,
) -> None:
    """Start everything and live a day of Chiang Mai (boxes, loads, a partner, certificates) and a week of school."""
    settings = resolve_settings(state_dir=state_dir, ports=port or ())
    with progress("starting") as report:
        stack.up(settings, report)
    try:
        run_demo(settings, DemoOptions(seed=seed, day=day.date() if day else None, items=items, pupils=pupils), console)
    finally:
        if once:
            with progress("stopping") as report:
                stack.down(settings.state_dir, report)
    if not once:
        console.print("\nthe stack stays up: `ewaste status`, `ewaste logs`, `ewaste down`")
