"""`check`: a receipt, held to a policy and to the record that it should show."""

from pathlib import Path
from typing import Annotated

import typer
from ewaste.auditor.commands.common import CLEAN, FINDINGS, Json, print_json, screen, told_errors
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.policies import read_policy
from ewaste.auditor.receipts.checking import check as check_receipt
from ewaste.auditor.receipts.checking import read_file, read_record
from ewaste.auditor.receipts.screen import show_receipt

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command()(check)


def check(
    receipt: Annotated[Path, typer.Argument(metavar="RECEIPT", help="a .tlog-proof file")],
    policy: Annotated[
        Path, typer.Option(metavar="FILE", help="whom you trust: keys of log and witnesses, and how many")
    ],
    entry: Annotated[
        Path | None, typer.Option(metavar="FILE", help="your own copy of the record, as it is logged")
    ] = None,
    record: Annotated[Path | None, typer.Option(metavar="FILE", help="or the record as `kcat -J` prints it")] = None,
    as_json: Json = False,
) -> None:
    """Check a receipt by your own policy, and by your own copy of the record if you have one. Offline."""
    with told_errors():
        if entry and record:
            raise CannotRun("give your copy of the record once: --entry FILE or --record FILE")
        content = read_file(entry) if entry else read_record(record) if record else None
        found = check_receipt(read_file(receipt), content, read_policy(policy))
    if as_json:
        print_json(found.to_dict())
    else:
        show_receipt(screen(), str(receipt), found)
    raise typer.Exit(FINDINGS if found.fault else CLEAN)
