"""`python -m ewaste.education results template|check|import`: for schools that bring a file."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
from ewaste.education.learning.rule import read_rule
from ewaste.education.results.api import Report, check_file, import_file
from ewaste.education.results.reading import template
from ewaste.education.settings import Settings
from ewaste.education.xapi.matching.handlers import Facts
from ewaste.runtime.database import Database
from ewaste.runtime.outbox import Outbox

__all__ = ["results_commands"]

File = Annotated[Path, typer.Argument(help="CSV as in the template, or JSON", exists=True, dir_okay=False)]
Work = Callable[[Database, Facts, bytes, int], Awaitable[Report]]


def results_commands(settings: Callable[[], Settings]) -> typer.Typer:
    """`settings` reads the service's environment."""
    cli = typer.Typer(no_args_is_help=True, help="Results in files, from schools without a line.")

    @cli.command("template")
    def show_template() -> None:
        """Print an empty file with notes on every column."""
        sys.stdout.buffer.write(template())

    @cli.command()
    def check(file: File) -> None:
        """Say everything that is wrong with a file; nothing is stored."""
        _tell(file, _run(settings, check_file, file))

    @cli.command("import")
    def import_(file: File) -> None:
        """Record a file whole, or nothing of it; the same file again changes nothing."""
        _tell(file, _run(settings, import_file, file))

    return cli


def _run(settings: Callable[[], Settings], work: Work, file: Path) -> Report:
    raw = file.read_bytes()

    async def run() -> Report:
        found = settings()
        database = Database(found)
        facts = Facts(Outbox(found), read_rule(found.completion_file))
        try:
            return await work(database, facts, raw, found.bulk_lines)
        finally:
            await database.close()

    return asyncio.run(run())


def _tell(file: Path, report: Report) -> None:
    """Errors one a line, as `file:row: column: message`; then exit 1."""
    for error in report.errors:
        place = f"{file}:{error.row}" if error.row else str(file)
        typer.echo(": ".join(part for part in (place, error.column, error.message) if part), err=True)
    if report.errors_in_all:
        typer.echo(f"{report.errors_in_all} errors; nothing was stored", err=True)
        raise typer.Exit(1)
    done = "recorded" if report.stored else "can be recorded"
    typer.echo(f"{report.lessons} lessons and {report.tests} tests {done}, {report.repeated} of them known before")
