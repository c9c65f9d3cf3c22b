"""The command line of rosters: `python -m ewaste.education roster check|import|export|sample`."""

import asyncio
import csv
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from ewaste.contracts.refusal import Refused
from ewaste.education.people.roster import handlers
from ewaste.education.people.roster.problems import Faults, RosterRefused
from ewaste.education.people.roster.sample import write_sample
from ewaste.education.people.roster.sources import Bounds, open_source
from ewaste.education.people.schools import municipal_schools
from ewaste.education.settings import Settings
from ewaste.runtime.database import Database, Transaction
from ewaste.runtime.logs import configure_logs

__all__ = ["roster_cli", "run_in_transaction"]

R = TypeVar("R")
_FAULTY = 1
_CANNOT = 2
Source = Annotated[Path, typer.Argument(help="a folder with manifest.csv, or a zip of it")]
RosterId = Annotated[str, typer.Option("--roster", help="whose roster it is; each has its own sourcedIds")]
AsJson = Annotated[bool, typer.Option("--json", help="for machines")]


def run_in_transaction(settings: Settings, work: Callable[[Transaction], Awaitable[R]], *, dry_run: bool = False) -> R:
    """Run `work` in a transaction of the service's database."""

    async def running() -> R:
        database = Database(settings)
        try:
            async with database.transaction() as tx:
                result = await work(tx)
                if dry_run:
                    await tx.rollback()
                return result
        finally:
            await database.close()

    return asyncio.run(running())


def roster_cli(settings: Callable[[], Settings]) -> typer.Typer:
    """The sub-commands; nothing they print or log holds a name or a sourcedId."""
    cli = typer.Typer(no_args_is_help=True, help="OneRoster 1.2 CSV: who is in which class")

    def resolved() -> Settings:
        found = settings()
        configure_logs(found.context, found.log_level)
        return found

    @cli.command()
    def check(folder: Source, as_json: AsJson = False) -> None:
        """Tell every fault of the files; nothing is stored. Ends with 1 where there are any."""
        found = resolved()
        with _refusals(), open_source(folder, _bounds(found)) as source:
            faults, rows = handlers.check_files(source, municipal_schools(), _bounds(found))
        if faults.total:
            _tell_faults(faults, as_json=as_json)
            raise typer.Exit(_FAULTY)
        typer.echo(json.dumps({"rows": rows}) if as_json else _said("right", rows))

    @cli.command("import")
    def import_(
        folder: Source,
        roster: RosterId = "city",
        allow_removals: Annotated[bool, typer.Option(help="take it though more than 20 % of the users go")] = False,
        dry_run: Annotated[bool, typer.Option(help="check against what is there and change nothing")] = False,
        as_json: AsJson = False,
    ) -> None:
        """Take a roster over, whole or not at all; again changes nothing."""
        found = resolved()
        with _refusals(as_json=as_json), open_source(folder, _bounds(found)) as source:

            def work(tx: Transaction) -> Awaitable[handlers.Imported]:
                return handlers.import_roster(
                    tx, source, roster, municipal_schools(), datetime.now(UTC), bounds=_bounds(found),
                    allow_removals=allow_removals,
                )  # fmt: skip

            imported = run_in_transaction(found, work, dry_run=dry_run)
        if as_json:
            typer.echo(json.dumps({**asdict(imported), "dry_run": dry_run}))
        else:
            for name, changes in (*imported.files.items(), ("people", imported.people), ("groups", imported.classes)):
                typer.echo(_said(name, asdict(changes)))

    @cli.command()
    def export(
        folder: Annotated[Path, typer.Argument(help="made when it is not there")], roster: RosterId = "city"
    ) -> None:
        """Write the roster as it is now, as a folder of bulk files."""
        found = resolved()
        folder.mkdir(parents=True, exist_ok=True)
        with _refusals():
            names = run_in_transaction(found, lambda tx: _write(tx, roster, folder))
        typer.echo(f"{len(names)} files in {folder}")

    @cli.command()
    def sample(folder: Path, pupils: Annotated[int, typer.Option(min=1, max=1_000_000)] = 1_320) -> None:
        """Write a made-up roster of the 11 schools, to try things with."""
        counts = write_sample(folder, pupils, municipal_schools())
        typer.echo(_said("sample", counts))

    return cli


def _bounds(settings: Settings) -> Bounds:
    return Bounds(rows=settings.roster_rows)


async def _write(tx: Transaction, roster_id: str, folder: Path) -> list[str]:
    names = []
    async for name, rows in handlers.export_roster(tx, roster_id):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\r\n")
            async for row in rows:
                writer.writerow(row)
        names.append(name)
    return names


class _refusals:  # noqa: N801 (reads as the function it is)
    """Tell a refusal as an error of the command."""

    def __init__(self, *, as_json: bool = False) -> None:
        self._as_json = as_json

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        if isinstance(error, RosterRefused):
            _tell_faults(error.faults, as_json=self._as_json)
            raise typer.Exit(_FAULTY)
        if isinstance(error, Refused):
            typer.echo(error.detail, err=True)
            raise typer.Exit(_CANNOT)


def _tell_faults(faults: Faults, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"faults": [asdict(one) for one in faults.shown], "counts": faults.counts}))
        return
    for fault in faults.shown:
        typer.echo(f"{fault.place}: {fault.detail} [{fault.code}]")
    rest = faults.total - len(faults.shown)
    typer.echo(f"{faults.total} faults" + (f", {rest} of them not shown" if rest else "") + "; nothing was taken over")


def _said(name: str, counts: dict[str, int]) -> str:
    return f"{name}: " + ", ".join(f"{count} {word}" for word, count in counts.items())
