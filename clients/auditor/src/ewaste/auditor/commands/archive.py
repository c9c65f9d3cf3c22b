"""`archive` and `sql`: the records as Parquet, and questions to them."""

import csv
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from ewaste.auditor.archive.asking import Answer, ask
from ewaste.auditor.archive.rebuilding import FileState, Rebuilt, rebuild
from ewaste.auditor.commands.common import (
    CLEAN,
    FINDINGS,
    Dir,
    Json,
    print_json,
    progress,
    screen,
    told_errors,
)
from ewaste.auditor.screen import show_finding
from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = ["register"]

_SAID = {
    FileState.SAME: "the sealed bytes",
    FileState.SAME_RECORDS: "the sealed records; another version of pyarrow writes other bytes",
    FileState.UNSEALED: "not sealed yet",
    FileState.DIFFERS: "not what was sealed",
}


class Shape(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def register(app: typer.Typer) -> None:
    """Put the commands into the command line."""
    app.command()(archive)
    app.command()(sql)


def archive(
    folder: Dir,
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="the folder of the files; those that are there are checked")
    ],
    seals: Annotated[
        Path | None, typer.Option(metavar="DIR", help="the mirror that tells the seals: custody's, for another ledger")
    ] = None,
    rest: Annotated[bool, typer.Option(help="write also what nobody sealed yet")] = False,
    as_json: Json = False,
) -> None:
    """Make the sealed Parquet files again from the records and compare; check those that are there. Offline."""
    with told_errors(), progress("records") as watch:
        done = rebuild(folder, out, seals, rest=rest, watch=watch)
    if as_json:
        print_json(done.to_dict())
    else:
        _show(screen(), done)
    raise typer.Exit(CLEAN if done.clean else FINDINGS)


def _show(console: Console, done: Rebuilt) -> None:
    for each in done.files:
        verb = "checked" if each.was_there else "written"
        style = "red" if each.state is FileState.DIFFERS else ""
        console.print(Text(f"{each.path}  {each.end - each.start:,} records, {verb}: {_SAID[each.state]}", style=style))
    if not done.files:
        console.print(f"nothing of {done.origin} was sealed in its first {done.size:,} records; --rest writes them")
    for finding in done.findings.by_place():
        show_finding(console, finding)


def sql(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="the folder that `archive` or `mirror` filled")],
    statement: Annotated[str, typer.Argument(metavar="SELECT", help="one SELECT over the view `ledger`")],
    shape: Annotated[Shape, typer.Option("--format", help="how the answer is printed")] = Shape.TABLE,
    as_json: Json = False,
) -> None:
    """Ask the records in SQL: index, time, type, subject, topic, partition, offset, value, data. Offline, read-only."""
    with told_errors(), progress("records") as watch:
        answer = ask(folder, statement, watch)
    _print(answer, Shape.JSON if as_json else shape)


def _print(answer: Answer, shape: Shape) -> None:
    if shape is Shape.JSON:
        json.dump(answer.to_list(), sys.stdout, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
    elif shape is Shape.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows((answer.columns, *answer.rows))
    else:
        table = Table(*answer.columns)
        for row in answer.rows:
            table.add_row(*(Text("" if value is None else str(value)) for value in row))
        screen().print(table)
