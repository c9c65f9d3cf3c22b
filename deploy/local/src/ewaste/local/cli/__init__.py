"""The command `ewaste`. One module per group of commands; each adds its own to the one application."""

import sys

import typer
from ewaste.local.cli import demo, logs, stack
from ewaste.local.cli.output import fail
from ewaste.local.errors import LocalError

__all__ = ["app", "main"]

app = typer.Typer(
    name="ewaste",
    help="Kafka, PostgreSQL and the services of E-waste Trace on this machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
stack.add_to(app)
logs.add_to(app)
demo.add_to(app)


def main() -> None:
    """Exit code 0 done, 1 failed (the message says what to do), 2 wrong usage, 3 not running, 130 interrupted."""
    try:
        app()
    except LocalError as problem:
        fail(problem)
        sys.exit(1)
