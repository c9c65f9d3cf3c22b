"""`export`: a register as a table."""

from pathlib import Path
from typing import Annotated

import typer
from ewaste.auditor.commands.common import notes_console, progress, told_errors
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.export import export_register
from ewaste.evidence.registers.catalogue import REGISTERS
from ewaste.evidence.registers.period import BadPeriod, Period
from ewaste.evidence.tables.model import MEDIA_TYPES, UnknownFormat
from ewaste.evidence.tables.writers import check_format

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command()(export)


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    register: Annotated[str, typer.Option(help=f"one of {', '.join(REGISTERS)}")],
    first: Annotated[str, typer.Option("--from", metavar="DAY", help="the first Thai day, as 2026-11-01")],
    last: Annotated[str, typer.Option("--until", metavar="DAY", help="the last Thai day, which is included")],
    out: Annotated[Path, typer.Option("-o", "--out", help="the file to write")],
    format: Annotated[str, typer.Option(help=f"one of {', '.join(MEDIA_TYPES)}")] = "csv",
    size: Annotated[int | None, typer.Option(min=0, help="as of the ledger's first N records")] = None,
    bom: Annotated[bool, typer.Option(help="CSV with a byte order mark, which Excel needs")] = False,
) -> None:
    """Write a register of a period as a table, from the records alone: compare it with the service's. Offline."""
    if register not in REGISTERS:
        raise typer.BadParameter(f"registers are {', '.join(REGISTERS)}", param_hint="--register")
    with told_errors(), progress("") as watch:
        try:
            check_format(format)
            period = Period.read(first, last)
        except (BadPeriod, UnknownFormat) as bad:
            raise CannotRun(str(bad)) from None
        done = export_register(file, REGISTERS[register], period, format, out, size=size, bom=bom, watch=watch)
    console = notes_console()
    console.print(f"{done.rows:,} rows of {register}, {period.first} to {period.last}: {out}")
    console.print(f"true for {done.stamp.size:,} records, root {done.stamp.root}")
