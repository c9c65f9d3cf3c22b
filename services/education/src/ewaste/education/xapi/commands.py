"""`python -m ewaste.education xapi-client add|list|revoke`: learning systems that may send statements."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer
from ewaste.contracts.refusal import Refused
from ewaste.education.settings import Settings
from ewaste.education.xapi import clients
from ewaste.education.xapi.model import Client
from ewaste.education.xapi.storage import clients as storage
from ewaste.runtime.database import Database, Transaction

__all__ = ["client_commands"]

T = TypeVar("T")


def client_commands(settings: Callable[[], Settings]) -> typer.Typer:
    """`settings` reads the service's environment."""
    cli = typer.Typer(no_args_is_help=True, help="Learning systems that may send statements by xAPI.")

    @cli.command()
    def add(
        key: Annotated[str, typer.Argument(help="the user name that the learning system sends")],
        home_page: Annotated[str, typer.Argument(help="its address; names it in the authority of its statements")],
        reference_prefix: Annotated[str, typer.Option(help="stands before an account's name in our references")] = "",
        reads_all: Annotated[
            bool, typer.Option(help="reads and voids everybody's statements, not its own alone")
        ] = False,
    ) -> None:
        """Add a client and print its secret, once."""
        client = Client(key, home_page, reference_prefix, reads_all)
        typer.echo(_run(settings, lambda tx: clients.add_client(tx, client, datetime.now(UTC))))

    @cli.command("list")
    def show() -> None:
        """Print every client, a line each."""
        for row in _run(settings, storage.clients):
            revoked = f"revoked {row['revoked_at']:%Y-%m-%d}" if row["revoked_at"] else ""
            reads = "reads all" if row["reads_all"] else "reads its own"
            typer.echo("\t".join((row["key"], row["home_page"], row["reference_prefix"], reads, revoked)).rstrip())

    @cli.command()
    def revoke(key: str) -> None:
        """Shut a client out; its statements stay."""
        _run(settings, lambda tx: clients.revoke_client(tx, key, datetime.now(UTC)))

    return cli


def _run(settings: Callable[[], Settings], work: Callable[[Transaction], Awaitable[T]]) -> T:
    async def run() -> T:
        database = Database(settings())
        try:
            async with database.transaction() as tx:
                return await work(tx)
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except Refused as refusal:
        typer.echo(refusal.detail, err=True)
        raise typer.Exit(1) from None
