"""The migrations make the tables that the code uses."""

from ewaste.dropoff.storage.tables import Table
from ewaste.runtime.app import App
from ewaste.runtime.testing import schema_differences


async def test_the_migrated_database_is_the_one_the_code_knows(app: App) -> None:
    assert await schema_differences(app.database, Table.metadata) == []
