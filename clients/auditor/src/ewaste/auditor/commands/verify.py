"""`verify`: the audit."""

from pathlib import Path
from typing import Annotated

import typer
from ewaste.auditor.commands.common import CLEAN, FINDINGS, Json, print_json, progress, screen, told_errors
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.rules_diff import read_rules
from ewaste.auditor.screen import show_report
from ewaste.auditor.verify import verify as verify_file

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command()(verify)


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    root: Annotated[str | None, typer.Option(metavar="HEX", help="a root that you know from elsewhere")] = None,
    size: Annotated[int | None, typer.Option(min=0, help="the size that root was for; without it, the head's")] = None,
    rules: Annotated[
        list[str] | None, typer.Option(metavar="FOLDER", help="rule files that older certificates follow")
    ] = None,
    as_json: Json = False,
) -> None:
    """Recompute the root, and check offsets, sequences, signatures and certificates. Offline."""
    with told_errors():
        roots = _known_roots(root, size)
        with progress("bytes") as watch:
            report = verify_file(file, roots, watch, [read_rules(folder) for folder in rules or ()])
    if as_json:
        print_json(report.to_dict())
    else:
        show_report(screen(), report)
    raise typer.Exit(CLEAN if report.clean else FINDINGS)


def _known_roots(root: str | None, size: int | None) -> list[tuple[int | None, bytes]]:
    if root is None:
        if size is not None:
            raise CannotRun("--size needs --root: give the root that you saw at this size")
        return []
    try:
        found = bytes.fromhex(root)
    except ValueError:
        found = b""
    if len(found) != 32:
        raise CannotRun("--root needs 64 hex digits")
    return [(size, found)]
