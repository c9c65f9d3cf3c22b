"""`replay`: the ledger folded again."""

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
from ewaste.auditor.mirror.until import parse_until
from ewaste.auditor.replay.replaying import replay as replay_mirror
from ewaste.auditor.replay.screen import show_replayed
from ewaste.auditor.rules_diff import read_rules

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command()(replay)


def replay(
    folder: Dir,
    until: UntilText = None,
    rules: Annotated[
        list[str] | None, typer.Option(metavar="FOLDER", help="rule files that older certificates follow")
    ] = None,
    as_json: Json = False,
) -> None:
    """Rebuild read models and certificates from the records alone, and compare them with what the service attested."""
    with told_errors(), progress("") as watch:
        found = replay_mirror(folder, parse_until(until), [read_rules(name) for name in rules or ()], watch)
    if as_json:
        print_json(found.to_dict())
    else:
        show_replayed(screen(), found)
    raise typer.Exit(CLEAN if found.clean else FINDINGS)
