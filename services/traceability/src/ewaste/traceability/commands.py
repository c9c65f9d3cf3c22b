"""Commands about records and tables: `attest`, `seal-archive`, `check-ledger`, `rebuild`."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer
from ewaste.contracts.events.traceability import ArchiveSealed
from ewaste.evidence.tiles.files import BytesDiffer
from ewaste.runtime.database import Database
from ewaste.runtime.outbox import Outbox
from ewaste.traceability.attest.handlers import snapshot_of
from ewaste.traceability.keeping import attester, sealer
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log.model import origin_of
from ewaste.traceability.rebuild.check import check_ledger
from ewaste.traceability.rebuild.handlers import rebuild
from ewaste.traceability.rebuild.models import check_models
from ewaste.traceability.rebuild.source import LogSource, SourceUnusable
from ewaste.traceability.settings import Settings

__all__ = ["register"]

T = TypeVar("T")
_FINDINGS: Final = 1
_COULD_NOT_RUN: Final = 2


def register(main: typer.Typer) -> None:
    """Put the commands into the service's command line."""
    main.command()(attest)
    main.command()(seal_archive)
    main.command("check-ledger")(check)
    main.command("rebuild")(rebuild_database)


def attest() -> None:
    """Tell the state of the read models now; the service publishes it."""

    async def run(database: Database, settings: Settings) -> dict[str, Any] | None:
        state = await attester(settings, database, Outbox(settings)).attest(datetime.now(UTC))
        return None if state is None else {"size": state.size, "root": state.root.hex(), "state_digest": state.digest}

    found = _with_database(run)
    typer.echo(json.dumps(found) if found else "nothing is projected yet: nothing to attest")


def seal_archive(
    ledger: Annotated[Ledger, typer.Argument(help="which ledger")] = Ledger.CUSTODY,
    rest: Annotated[bool, typer.Option(help="seal also the last range, which is not whole")] = False,
) -> None:
    """Seal every whole range that is not sealed yet; the service publishes it."""

    async def run(database: Database, settings: Settings) -> list[ArchiveSealed]:
        one, now = sealer(settings, database, Outbox(settings)), datetime.now(UTC)
        done = []
        while (event := await one.seal(ledger, now)) is not None:
            done.append(event)
        if rest and (event := await one.seal(ledger, now, rest=True)) is not None:
            done.append(event)
        return done

    for each in _with_database(run):
        typer.echo(each.model_dump_json())


def check(
    custody: Annotated[
        Path | None, typer.Option(metavar="DIR", help="a mirror in place of the log's own folder")
    ] = None,
    learning: Annotated[Path | None, typer.Option(metavar="DIR", help="as --custody")] = None,
) -> None:
    """Hold the ledgers' rows to the logs and the read models to the ledger; exit code 1 names what was changed."""
    given = {Ledger.CUSTODY: custody, Ledger.LEARNING: learning}

    async def run(database: Database, settings: Settings) -> list[str]:
        faults: list[str] = []
        # Before the database: the log never goes ahead of it.
        logs = {ledger: _log(settings, ledger, folder) for ledger, folder in given.items()}
        async with snapshot_of(database) as tx:
            for ledger, log in logs.items():
                if log is None:
                    typer.echo(f"{ledger}: no log here, only the stored roots are compared", err=True)
                faults += [str(each) for each in await check_ledger(tx, ledger, log)]
            return faults + [str(each) for each in await check_models(tx, settings.source)]

    faults = _with_database(run)
    for each in faults:
        typer.echo(each)
    typer.echo("everything is as the records say" if not faults else f"{len(faults)} faults", err=True)
    sys.exit(_FINDINGS if faults else 0)


def rebuild_database(
    custody: Annotated[Path, typer.Argument(metavar="DIR", help="the custody log's folder, or a mirror of it")],
    learning: Annotated[Path | None, typer.Option(metavar="DIR", help="the learning log's, or a mirror")] = None,
) -> None:
    """Fill an empty, migrated database from the logs alone; the service must be stopped."""

    async def run(database: Database, settings: Settings) -> dict[str, Any]:
        folders = {Ledger.CUSTODY: custody} | ({Ledger.LEARNING: learning} if learning else {})
        logs = {each: LogSource(folder, origin_of(settings.city, each)) for each, folder in folders.items()}
        done = await rebuild(database, settings, logs)
        return {
            "entries": {str(ledger): size for ledger, size in done.sizes.items()},
            "certificates": done.certificates,
            "unfounded": done.unfounded,
            "state_digest": done.state.digest if done.state else None,
        }

    found = _with_database(run)
    typer.echo(json.dumps(found))
    sys.exit(_FINDINGS if found["unfounded"] else 0)


def _log(settings: Settings, ledger: Ledger, folder: Path | None) -> LogSource | None:
    """The log of a ledger; None where there is none and none was asked for."""
    try:
        return LogSource(folder or settings.log_folder(ledger), origin_of(settings.city, ledger))
    except SourceUnusable:
        if folder is not None:
            raise
        return None


def _with_database(run: Callable[[Database, Settings], Awaitable[T]]) -> T:
    async def running() -> T:
        settings = Settings()
        database = Database(settings)
        try:
            return await run(database, settings)
        finally:
            await database.close()

    try:
        return asyncio.run(running())
    except (SourceUnusable, BytesDiffer, LookupError) as error:
        typer.echo(f"could not run: {error}", err=True)
        sys.exit(_COULD_NOT_RUN)
