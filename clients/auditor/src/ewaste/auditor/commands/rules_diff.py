"""`rules diff`: a change of rules, tried on history."""

from typing import Annotated

import typer
from ewaste.auditor.commands.common import CLEAN, FINDINGS, Dir, Json, print_json, progress, screen, told_errors
from ewaste.auditor.rules_diff import diff_rules
from ewaste.auditor.screen import show_rules_diff

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Put the commands about rules into the command line."""
    rules = typer.Typer(name="rules", help="The rules that certificates follow.", no_args_is_help=True)
    rules.command("diff")(rules_diff)
    app.add_typer(rules)


def rules_diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="a folder of rule files, or `released`")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="a folder of rule files, or `released`")],
    folder: Dir,
    as_json: Json = False,
) -> None:
    """Try a change of rules on history: which certificates would change. Offline; exit code 1 when any would."""
    with told_errors(), progress("done") as watch:
        found = diff_rules(folder, old, new, watch)
    if as_json:
        print_json(found.to_dict())
    else:
        show_rules_diff(screen(), found)
    raise typer.Exit(FINDINGS if found.changes else CLEAN)
