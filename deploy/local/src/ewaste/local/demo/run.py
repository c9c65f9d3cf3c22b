"""`ewaste demo`: bring the stack up, live the day, show what came of it."""

import asyncio
import json
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from ewaste.local.demo.audit import audit
from ewaste.local.demo.day import Outcome, live
from ewaste.local.demo.partner import PartnerDesk
from ewaste.local.demo.report import chain, numbers, urls
from ewaste.local.demo.school.report import index_table, week_numbers
from ewaste.local.demo.school.week import SchoolWeek, live_week
from ewaste.local.demo.services import connect
from ewaste.local.demo.world import World, make_world
from ewaste.local.settings import LocalSettings
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

__all__ = ["DemoOptions", "run_demo"]


@dataclass(frozen=True, slots=True)
class DemoOptions:
    seed: int
    day: date | None
    boxes: int = 120
    items: int = 2_200
    pupils: int = 1_320


def run_demo(settings: LocalSettings, options: DemoOptions, console: Console) -> None:
    """Live the day on the running stack and have it audited. Raises StackFailed or another LocalError."""
    folder = settings.state_dir / "demo"
    number = _next_run(folder)
    world = make_world(
        seed=options.seed,
        run=number,
        day=options.day or (datetime.now(UTC) - timedelta(hours=48)).date(),
        boxes=options.boxes,
        items=options.items,
    )
    outcome, trace, week = asyncio.run(_live(world, options, settings, folder, number, console))
    console.print(f"\n[bold]From the drop box to the certificate: {outcome.shown_item}[/bold]")
    console.print(chain(trace))
    console.print("\n[bold]The day in numbers[/bold]")
    console.print(numbers(world, outcome))
    console.print(
        "\n[bold]A week of school[/bold] (sample learners; the index after the course, groups under five hidden)"
    )
    console.print(week_numbers(week))
    console.print(index_table(week))
    console.print("\n[bold]Without trusting us[/bold] (copied and checked by `ewaste-auditor`, another program)")
    for line in audit(settings, folder):
        console.print(line, soft_wrap=True, markup=False, highlight=False)
    console.print("\n[bold]Where to look[/bold] (while the stack is up)")
    console.print(urls(settings.ports, outcome), soft_wrap=True)


async def _live(
    world: World, options: DemoOptions, settings: LocalSettings, folder: Path, number: int, console: Console
) -> tuple[Outcome, Any, SchoolWeek]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    kafka = f"127.0.0.1:{settings.ports['kafka']}"

    def bars() -> Progress:
        return Progress(*columns, console=console)

    async with connect(settings.ports) as services:
        desk = PartnerDesk(folder)
        outcome = await live(world, services, desk, kafka, number, bars)
        week = await live_week(
            services, seed=options.seed, run=number, monday=_school_monday(), pupils=options.pupils, bars=bars
        )
        return outcome, await services.get(f"traceability/trace/item/{outcome.shown_item}"), week


def _school_monday() -> date:
    """Of the last week whose Friday is over in Thailand."""
    thai = (datetime.now(UTC) + timedelta(hours=7)).date()
    return thai - timedelta(days=thai.weekday() + (7 if thai.weekday() < 5 else 0))


def _next_run(folder: Path) -> int:
    """A number of its own for every run in this state folder, so that ids never repeat."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "runs.json"
    runs = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    runs.append(int(time.time()))
    file.write_text(json.dumps(runs), encoding="utf-8")
    return len(runs)
