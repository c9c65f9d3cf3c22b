"""`witness`: cosign logs that only grow, for the public."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer
from ewaste.auditor.commands.common import told_errors

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command()(witness)


def witness(
    folder: Annotated[Path, typer.Option(metavar="DIR", help="its memory: keep it, and never put an older copy back")],
    key: Annotated[Path, typer.Option(metavar="FILE", help="its private key; made, and shown once, when absent")],
    log: Annotated[list[str], typer.Option(metavar="VKEY", help="the key of a log to follow; may be repeated")],
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="URL", help="for a new key: without scheme, as witness.cmu.example/ewaste"),
    ] = None,
    host: Annotated[str, typer.Option(help="where to listen; behind a web server with TLS leave it")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8470,
) -> None:
    """Run a C2SP tlog-witness: cosign checkpoints of these logs, where each grew from the last one cosigned."""
    # Only here: it needs a POSIX system, and reading a ledger does not.
    from ewaste.auditor.witness.serving import open_desk, serve

    logging.basicConfig(format="%(asctime)s %(message)s", stream=sys.stderr)
    with told_errors():
        desk = open_desk(folder, key, name, log)
        # The line that goes into everybody's policy file.
        typer.echo(str(desk.key))
        typer.echo(f"witness {desk.key.name} at http://{host}:{port}/, memory in {folder}, key in {key}", err=True)
        for memory in desk.memories.values():
            at = f"size {memory.last.checkpoint.size}" if memory.last else "nothing cosigned yet"
            typer.echo(f"follows {memory.origin}: {at}", err=True)
        serve(desk, host, port)
