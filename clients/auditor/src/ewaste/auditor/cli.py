"""`ewaste-auditor`: check a ledger without its operator. Exit codes: 0 clean, 1 findings, 2 could not run."""

import typer
from ewaste.auditor.commands import (
    archive,
    check,
    credential,
    export,
    mirror,
    prove,
    replay,
    rules_diff,
    sample,
    trace,
    verify,
    vouch,
    witness,
)

__all__ = ["app", "main"]

app = typer.Typer(
    name="ewaste-auditor",
    help="Check the ledger of E-waste Trace without trusting its operator.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

mirror.register(app)
verify.register(app)
replay.register(app)
trace.register(app)
vouch.register(app)
sample.register(app)
prove.register(app)
check.register(app)
credential.register(app)
export.register(app)
rules_diff.register(app)
archive.register(app)
witness.register(app)


def main() -> None:
    """The installed command."""
    app()
