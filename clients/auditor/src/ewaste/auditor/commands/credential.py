"""`credential`: a certificate's document."""

from pathlib import Path
from typing import Annotated

import typer
from ewaste.auditor.commands.common import CLEAN, FINDINGS, Json, print_json, progress, screen, told_errors
from ewaste.auditor.credential_screen import show_checked
from ewaste.auditor.credentials import check_document
from ewaste.auditor.rules_diff import read_rules

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command()(credential)


def credential(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a certificate's credential, canonical JSON or PDF")],
    ledger: Annotated[Path | None, typer.Option(metavar="DIR", help="the folder that `mirror` filled")] = None,
    key: Annotated[Path | None, typer.Option(metavar="KEYFILE", help="the issuer's did.json, or a JWK")] = None,
    status_list: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="a status list that the issuer published; may be repeated")
    ] = None,
    rules: Annotated[
        list[str] | None, typer.Option(metavar="FOLDER", help="rule files that older certificates follow")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a certificate's document: signature, digest, status, and that the ledger gives the same bytes. Offline."""
    with told_errors(), progress("") as watch:
        other_rules = [read_rules(folder) for folder in rules or ()]
        found = check_document(
            file, ledger=ledger, key=key, status_lists=status_list or (), rules=other_rules, watch=watch
        )
    if as_json:
        print_json(found.to_dict())
    else:
        show_checked(screen(), found)
    raise typer.Exit(CLEAN if found.clean else FINDINGS)
