"""`prove`: a receipt for one record."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from ewaste.auditor.commands.common import Dir, UntilText, notes_console, progress, told_errors
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.mirror.until import parse_until
from ewaste.auditor.receipts.finding import find, parse_wanted
from ewaste.auditor.receipts.proving import prove as prove_index
from ewaste.auditor.receipts.proving import signed_until

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command()(prove)


def prove(
    folder: Dir,
    record: Annotated[str, typer.Argument(metavar="INDEX|EVENT_ID|TOPIC/PARTITION/OFFSET", help="which record")],
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="FILE", help="default: standard output")] = None,
    until: UntilText = None,
) -> None:
    """Write a receipt (C2SP tlog-proof): it shows the record in the log to whoever has the policy file. Offline."""
    with told_errors(), progress("") as watch:
        wanted, mirror = parse_wanted(record), Mirror.open(folder)
        note, checkpoint = signed_until(mirror, parse_until(until))
        found = find(mirror, checkpoint.size, wanted, watch)
        receipt = prove_index(mirror, found[0], note, checkpoint)
    console = notes_console()
    if len(found) > 1:
        console.print(f"it stands {len(found)} times, at {', '.join(map(str, found))}: this is of the first")
    if out:
        out.write_bytes(receipt.to_bytes())
        console.print(f"{out}: record {found[0]} under the checkpoint of {checkpoint.size:,} records", markup=False)
    else:
        sys.stdout.write(receipt.to_bytes().decode())
