"""An outage is waited out; a bug is not mistaken for one, nor one for a bug."""

import asyncio

import asyncpg
import pytest
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError
from asyncpg import exceptions as pg
from ewaste.runtime.app import App
from ewaste.runtime.failures import is_transient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from tally import Tally

OUTAGES = [
    ConnectionRefusedError(),
    TimeoutError(),
    KafkaConnectionError(),
    KafkaTimeoutError(),
    PoolTimeout("no connection free"),
    pg.ConnectionDoesNotExistError("closed in the middle of an operation"),
    pg.AdminShutdownError("terminating connection due to administrator command"),
    pg.CrashShutdownError("terminating connection because of crash of another server process"),
    pg.CannotConnectNowError("the database system is starting up"),
    pg.TooManyConnectionsError("sorry, too many clients already"),
    pg.DiskFullError("no space left on device"),
    pg.DeadlockDetectedError("deadlock detected"),
    pg.SerializationError("could not serialize access"),
    pg.LockNotAvailableError("canceling statement due to lock timeout"),
    pg.ReadOnlySQLTransactionError("cannot execute INSERT in a read-only transaction"),
    pg.InvalidPasswordError("password authentication failed"),
    pg.InvalidCatalogNameError("no such database"),
    pg.UndefinedTableError("no such table: the migration has not run yet"),
    pg.UndefinedColumnError("no such column: the migration has not run yet"),
    asyncpg.InterfaceError("connection is closed"),
]
BUGS = [
    ValueError("a bug"),
    AssertionError(),
    pg.UniqueViolationError("duplicate key"),
    pg.NotNullViolationError("null value"),
    pg.UndefinedFunctionError("no such function"),
    pg.CharacterNotInRepertoireError("invalid byte sequence"),
    pg.NumericValueOutOfRangeError("out of range"),
    asyncpg.DataError("invalid input for query argument $1: value out of int32 range"),
    asyncpg.InterfaceError("the server expects 2 arguments for this query, 1 was passed"),
]


@pytest.mark.parametrize("error", OUTAGES, ids=repr)
def test_an_outage_passes_by_itself(error: Exception) -> None:
    assert is_transient(error)


@pytest.mark.parametrize("error", BUGS, ids=repr)
def test_a_bug_does_not(error: Exception) -> None:
    assert not is_transient(error)


@pytest.mark.parametrize(
    ("statement", "passes"),
    [
        ("SELECT pg_terminate_backend(pg_backend_pid())", True),
        ("SET LOCAL lock_timeout = 1; LOCK TABLE tally", True),
        ("INSERT INTO tally VALUES (NULL, 1, 1)", False),
        ("SELECT 1 / 0", False),
        ("SELECT * FROM not_migrated_yet", True),
    ],
)
async def test_sqlalchemy_s_errors_are_judged_by_what_is_below(tally: Tally, statement: str, passes: bool) -> None:
    app = tally.app()
    holder = await asyncpg.connect(tally.settings.database_url)
    await holder.execute("BEGIN; LOCK TABLE tally IN ACCESS SHARE MODE")
    try:
        with pytest.raises(DBAPIError) as caught:
            await run(app, statement)
        assert is_transient(caught.value) is passes
    finally:
        await holder.close()
        await app.database.close()


async def run(app: App, statements: str) -> None:
    async with app.database.transaction() as tx:
        for one in statements.split(";"):
            await tx.execute(text(one))


async def test_a_server_that_went_away_is_an_outage_on_every_way_to_it(tally: Tally) -> None:
    app = tally.app()
    async with app.database.transaction() as tx:
        await tx.execute(text("SELECT 1"))
    admin = await asyncpg.connect(f"{tally.stack.database_url}/postgres")
    name = tally.settings.database_url.rsplit("/", 1)[1]
    await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
    await asyncio.sleep(0.1)
    async with app.database.transaction() as tx:
        await tx.execute(text("SELECT 1"))
    await admin.close()
    await app.database.close()
