"""What the commands share: arguments, exit codes, errors told, progress bars, JSON."""

import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.watch import Watch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

__all__ = [
    "CLEAN",
    "COULD_NOT_RUN",
    "FINDINGS",
    "Dir",
    "Json",
    "UntilText",
    "notes_console",
    "print_json",
    "progress",
    "screen",
    "told_errors",
]

CLEAN: Final = 0
FINDINGS: Final = 1
COULD_NOT_RUN: Final = 2
_FILE_COLUMNS: Final = 160

Dir = Annotated[Path, typer.Argument(metavar="DIR", help="the folder that `mirror` filled")]
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output, for machines")]
UntilText = Annotated[
    str | None, typer.Option("--until", metavar="N|TIME", help="as of the first N records, or as of an ISO time")
]


@contextmanager
def told_errors() -> Iterator[None]:
    """What could not run is told on standard error, with exit code 2."""
    try:
        yield
    except CannotRun as error:
        typer.echo(f"could not run: {error}", err=True)
        raise typer.Exit(COULD_NOT_RUN) from None
    except sqlite3.Error as error:
        said = f"could not run: the temporary file of what was read so far: {error}"
        typer.echo(f"{said}. Set TMPDIR to a folder with 0.5 kB of room for each record.", err=True)
        raise typer.Exit(COULD_NOT_RUN) from None


@contextmanager
def progress(unit: str) -> Iterator[Watch]:
    """Bars on standard error, one per kind of work; none where nobody looks."""
    bars = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn(unit), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty(),
    )  # fmt: skip
    tasks: dict[str, TaskID] = {}

    def watch(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bars.add_task(what)
        bars.update(tasks[what], completed=done, total=total)

    with bars:
        yield watch


def screen() -> Console:
    """Standard output; where it goes into a file, lines are not broken for a terminal that isn't there."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _FILE_COLUMNS)


def notes_console() -> Console:
    """Standard error, for what is told beside the result."""
    return Console(stderr=True, highlight=False)


def print_json(content: dict[str, Any]) -> None:
    """The result for machines, on standard output."""
    json.dump(content, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")
