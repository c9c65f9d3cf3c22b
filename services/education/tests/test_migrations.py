"""The migrations make the tables that the code expects."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from ewaste.education.settings import Settings
from ewaste.education.tables import METADATA, TABLES
from ewaste.runtime.database import Database
from ewaste.runtime.tables import RuntimeTable
from ewaste.runtime.testing import Stack, prepared
from sqlalchemy import Connection


async def test_a_migrated_database_is_what_the_models_say(stack: Stack) -> None:
    database = Database(await prepared(stack, Settings))
    try:
        async with database.engine.connect() as connection:
            differences = await connection.run_sync(_differences)
    finally:
        await database.close()

    assert differences == []


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    tables = [*METADATA.tables.values(), *RuntimeTable.metadata.tables.values()]
    both = [METADATA, RuntimeTable.metadata]
    assert len(tables) == len(TABLES) + len(RuntimeTable.metadata.tables)
    return compare_metadata(context, both)  # type: ignore[arg-type]
