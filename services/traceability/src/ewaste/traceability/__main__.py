"""`python -m ewaste.traceability`, also installed as `ewaste-traceability`."""

import asyncio
import sys

import typer
from ewaste.evidence.notes.checkpoints import HistoryForked
from ewaste.evidence.tiles.files import BytesDiffer, FolderInUse
from ewaste.runtime.cli import service_cli
from ewaste.runtime.database import Database
from ewaste.runtime.keyfile import KeyFileUnusable
from ewaste.traceability.app import build_app
from ewaste.traceability.certificates.keyring import Keyring
from ewaste.traceability.commands import register
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log.keys import LogKeys
from ewaste.traceability.log.model import origin_of
from ewaste.traceability.log.restore import restore_ledger as run_restore
from ewaste.traceability.settings import Settings

__all__ = ["main"]

main = service_cli(build_app, Settings)
register(main)


@main.command()
def rotate_credential_key() -> None:
    """Sign credentials with a fresh key from now on; those signed before go on verifying."""
    settings = Settings()
    keyring = Keyring(settings.key_file, settings.issuer_url)
    typer.echo(f"{keyring.did}#{keyring.rotate().kid} signs from now on; back up {keyring.path}")


@main.command()
def log_keys() -> None:
    """Print the public keys of the logs, as policies and witnesses take them; made where there are none."""
    settings = Settings()
    for ledger in Ledger:
        for signer in _keys(settings, ledger).signers():
            typer.echo(str(signer.key))


@main.command()
def add_log_key(ledger: Ledger) -> None:
    """Sign this log's checkpoints with a fresh key too; restart the service, and give the key to witnesses."""
    added = _keys(Settings(), ledger).add()
    typer.echo(str(added.key))


@main.command()
def retire_log_keys(ledger: Ledger) -> None:
    """Sign this log's checkpoints with its newest key alone, once every witness and reader has it; restart."""
    for signer in _keys(Settings(), ledger).retire():
        typer.echo(f"{signer.key} signs no more")


@main.command()
def restore_ledger(ledger: Ledger) -> None:
    """Bring a ledger from a backup up to its log, from the tiles; the service must be stopped."""
    try:
        before, after = asyncio.run(_restore(Settings(), ledger))
    except (BytesDiffer, FolderInUse, HistoryForked, KeyFileUnusable, LookupError, OSError) as error:
        typer.echo(f"nothing more was restored: {error}", err=True)
        sys.exit(1)
    typer.echo(f"the {ledger} ledger had {before} entries and has {after}; start the service")


def _keys(settings: Settings, ledger: Ledger) -> LogKeys:
    return LogKeys(settings.log_key_file(ledger), origin_of(settings.city, ledger))


async def _restore(settings: Settings, ledger: Ledger) -> tuple[int, int]:
    database = Database(settings)
    try:
        return await run_restore(database, settings, ledger)
    finally:
        await database.close()


if __name__ == "__main__":
    main()
