"""`trace`: one chain of custody."""

from pathlib import Path
from typing import Annotated

import typer
from ewaste.auditor.chain import trace_in
from ewaste.auditor.commands.common import Json, print_json, progress, screen, told_errors
from ewaste.auditor.screen import Language, show_chain

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command()(trace)


def trace(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    node: Annotated[str, typer.Argument(metavar="KIND/ID", help="item, bag, load, batch or certificate, and its id")],
    until: Annotated[int | None, typer.Option(min=0, help="as of the ledger's first N records")] = None,
    lang: Annotated[Language, typer.Option(help="the language of the tree")] = Language.EN,
    as_json: Json = False,
) -> None:
    """Show one chain from drop to certificate, each fact with its index in the ledger. Offline."""
    with told_errors(), progress("bytes") as watch:
        chain, head = trace_in(file, node, until, watch)
    if as_json:
        print_json({"size": head.size, "root": head.root.hex(), "origin": head.origin, "chain": chain.to_dict()})
    else:
        show_chain(screen(), chain, head, lang)
