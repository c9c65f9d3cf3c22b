"""`verify`: the audit."""

from pathlib import Path
from typing import Annotated

import typer
from ewaste.auditor.commands.common import (
    CLEAN,
    FINDINGS,
    Dir,
    Json,
    UntilText,
    print_json,
    progress,
    screen,
    told_errors,
)
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.mirror.until import parse_until
from ewaste.auditor.policies import read_policy
from ewaste.auditor.rules_diff import read_rules
from ewaste.auditor.screen import show_report
from ewaste.auditor.verify import Known
from ewaste.auditor.verify import verify as verify_mirror
from ewaste.evidence.ledger.merkle import HASH_BYTES

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command()(verify)


def verify(
    folder: Dir,
    policy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="whom you trust: keys of log and witnesses, and how many")
    ] = None,
    root: Annotated[
        list[str] | None, typer.Option(metavar="SIZE:HEX", help="a root that you know from elsewhere; may be repeated")
    ] = None,
    until: UntilText = None,
    rules: Annotated[
        list[str] | None, typer.Option(metavar="FOLDER", help="rule files that older certificates follow")
    ] = None,
    files_only: Annotated[
        bool, typer.Option("--files-only", help="only that no record was changed, not what the records say")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check files, root, checkpoint, offsets, sequences, signatures and certificates. Offline."""
    with told_errors():
        known = Known(
            read_policy(policy) if policy else None,
            [_known_root(each) for each in root or ()],
            [read_rules(each) for each in rules or ()],
        )
        with progress("") as watch:
            report = verify_mirror(folder, known, until=parse_until(until), files_only=files_only, watch=watch)
    if as_json:
        print_json(report.to_dict())
    else:
        show_report(screen(), report)
    raise typer.Exit(CLEAN if report.clean else FINDINGS)


def _known_root(text: str) -> tuple[int | None, bytes]:
    size, _, root = text.rpartition(":")
    try:
        found = bytes.fromhex(root)
        number = int(size) if size else None
    except ValueError:
        found, number = b"", None
    if len(found) != HASH_BYTES or (number is not None and number < 0):
        raise CannotRun(
            f"--root {text!r}: give the size, a colon and 64 hex digits; without a size, it is of the whole"
        )
    return number, found
