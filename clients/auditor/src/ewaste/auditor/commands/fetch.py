"""`fetch`: download a ledger."""

from pathlib import Path
from typing import Annotated

import typer
from ewaste.auditor.commands.common import FINDINGS, notes_console, progress, told_errors
from ewaste.auditor.fetch import LedgerShrank
from ewaste.auditor.fetch import fetch as fetch_ledger

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command()(fetch)


def fetch(
    url: Annotated[str, typer.Argument(metavar="URL", help="the traceability service, such as https://trace.example")],
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    ledger: Annotated[str, typer.Option(help="custody or learning")] = "custody",
) -> None:
    """Download every record of a ledger; run it again to go on or to get what is new."""
    try:
        with told_errors(), progress("records") as watch:
            fetched = fetch_ledger(url, file, ledger, lambda done, total: watch("records", done, total))
    except LedgerShrank as shrank:
        typer.echo(f"finding: {shrank}", err=True)
        raise typer.Exit(FINDINGS) from None
    console = notes_console()
    console.print(f"{fetched.added:,} records added to {fetched.kept:,}; the ledger has {fetched.head.size:,}")
    console.print(f"root {fetched.head.root.hex()}")
    console.print(f"next: ewaste-auditor verify {file}")
