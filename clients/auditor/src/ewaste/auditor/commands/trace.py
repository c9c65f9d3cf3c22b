"""`trace`: one chain of custody."""

from typing import Annotated

import typer
from ewaste.auditor.chain import trace_in
from ewaste.auditor.commands.common import Dir, Json, UntilText, print_json, progress, screen, told_errors
from ewaste.auditor.mirror.until import parse_until
from ewaste.auditor.screen import Language, show_chain

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command()(trace)


def trace(
    folder: Dir,
    node: Annotated[str, typer.Argument(metavar="[KIND/]ID", help="of an item, bag, load, batch or certificate")],
    until: UntilText = None,
    lang: Annotated[Language, typer.Option(help="the language of the tree")] = Language.EN,
    as_json: Json = False,
) -> None:
    """Show one chain from drop to certificate, each fact with its index in the ledger. Offline."""
    with told_errors(), progress("") as watch:
        chain, head = trace_in(folder, node, parse_until(until), watch)
    if as_json:
        print_json({"size": head.size, "root": head.root.hex(), "origin": head.origin, "chain": chain.to_dict()})
    else:
        show_chain(screen(), chain, head, lang)
