"""`mirror`: take a copy of a log."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from ewaste.auditor.commands.common import CLEAN, FINDINGS, notes_console, progress, told_errors
from ewaste.auditor.findings import what_to_do
from ewaste.auditor.policies import read_policy

if TYPE_CHECKING:
    from ewaste.auditor.mirror.mirroring import Mirrored

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command()(mirror)


def mirror(
    url: Annotated[str, typer.Argument(metavar="URL", help="the traceability service, such as https://trace.example")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a new folder, or a mirror to bring up to date")],
    ledger: Annotated[str, typer.Option(help="custody or learning")] = "custody",
    policy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="whom you trust: keys of log and witnesses, and how many")
    ] = None,
) -> None:
    """Copy a ledger's files; run it again to go on or to get what is new. Nothing is taken that does not fit."""
    # Only here: everything else works without a network, and starts faster without its library.
    from ewaste.auditor.mirror.mirroring import mirror_log

    with told_errors():
        trusted = read_policy(policy) if policy else None
        with progress("") as watch:
            done = mirror_log(url, folder, ledger, trusted, watch)
    _tell(done, folder, policy)
    raise typer.Exit(FINDINGS if done.findings else CLEAN)


def _tell(done: "Mirrored", folder: Path, policy: Path | None) -> None:
    console = notes_console()
    for finding in done.findings:
        console.print(f"finding: {finding.code.value}  {finding.message}", markup=False, soft_wrap=True)
        console.print(f"  → {what_to_do(finding.code)}", markup=False, soft_wrap=True)
    checkpoint = done.checkpoint
    console.print(f"{checkpoint.origin}: {checkpoint.size:,} records, {done.before:,} of them from before")
    console.print(f"root {checkpoint.root.hex()}")
    if done.signed:
        names = ", ".join(each.key.name for each in done.signed.cosigned) or "no witness"
        console.print(f"signed by the log and {names}")
    elif not policy:
        console.print("who signed was not checked: no --policy says whom to trust")
    console.print(f"{done.taken.files:,} files and {done.taken.contents:,} contents taken")
    chosen = f" --policy {policy}" if policy else ""
    console.print(f"next: ewaste-auditor verify {folder}{chosen}", soft_wrap=True)
