"""`export`: a register as a table."""

from pathlib import Path
from typing import Annotated

import typer
from ewaste.auditor.commands.common import Dir, notes_console, progress, told_errors
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.export import export_register
from ewaste.auditor.mirror.until import parse_until
from ewaste.evidence.registers.catalogue import REGISTERS
from ewaste.evidence.registers.period import BadPeriod, Period
from ewaste.evidence.tables.model import MEDIA_TYPES, UnknownFormat
from ewaste.evidence.tables.writers import check_format

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command()(export)


def export(
    folder: Dir,
    register: Annotated[str, typer.Option(help=f"one of {', '.join(REGISTERS)}")],
    first: Annotated[str, typer.Option("--from", metavar="DAY", help="the first Thai day, as 2026-11-01")],
    last: Annotated[str, typer.Option("--until", metavar="DAY", help="the last Thai day, which is included")],
    out: Annotated[Path, typer.Option("-o", "--out", help="the file to write")],
    format: Annotated[str, typer.Option(help=f"one of {', '.join(MEDIA_TYPES)}")] = "csv",
    size: Annotated[
        str | None, typer.Option(metavar="N|TIME", help="as of the first N records, or as of an ISO time")
    ] = None,
    bom: Annotated[bool, typer.Option(help="CSV with a byte order mark, which Excel needs")] = False,
) -> None:
    """Write a register of a period as a table, from the records alone: compare it with the service's. Offline."""
    if register not in REGISTERS:
        raise typer.BadParameter(f"registers are {', '.join(REGISTERS)}", param_hint="--register")
    with told_errors(), progress("") as watch:
        try:
            check_format(format)
            period, until = Period.read(first, last), parse_until(size, "--size")
        except (BadPeriod, UnknownFormat) as bad:
            raise CannotRun(str(bad)) from None
        done = export_register(folder, REGISTERS[register], period, format, out, until=until, bom=bom, watch=watch)
    console = notes_console()
    console.print(f"{done.rows:,} rows of {register}, {period.first} to {period.last}: {out}")
    console.print(f"true for {done.stamp.size:,} records, root {done.stamp.root}")
