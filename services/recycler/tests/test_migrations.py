"""The migrations make the tables that the code uses, also out of a database that is in use."""

import asyncio
import secrets
from typing import Any

import asyncpg
from ewaste.recycler.settings import Settings
from ewaste.recycler.tables import Table
from ewaste.runtime.database import Database
from ewaste.runtime.migrations import migrate
from ewaste.runtime.testing import Stack, prepared, schema_differences

_BEFORE = """
INSERT INTO partner VALUES ('lanna', 'ลานนา', NULL, 'L-1', '2026-01-01', '2026-12-31',
  '[{"name": "r2v3", "certificate_number": "R2-1", "valid_from": "2026-01-01", "valid_until": "2027-01-01"}]',
  true, now());
INSERT INTO batch VALUES ('b1', 'lanna', 'f', 0, now(), now(), 5);
INSERT INTO bag_use VALUES ('g1', 'b1', 100);
INSERT INTO fraction VALUES ('b1', 'x', 'mix', 95, 'R12', 'f', NULL);
INSERT INTO treatment VALUES ('b1', 't1', 'x', 50);
INSERT INTO dispatched_bag VALUES ('L1', 'g1', 's1', 100);
"""


async def test_the_migrated_database_is_the_one_the_code_knows(stack: Stack) -> None:
    settings = await prepared(stack, Settings)
    database = Database(settings)
    try:
        assert await schema_differences(database, Table.metadata) == []
    finally:
        await database.close()


async def test_what_was_recorded_before_is_kept(stack: Stack) -> None:
    name = f"test_{secrets.token_hex(6)}"
    server = await asyncpg.connect(f"{stack.database_url}/postgres")
    await server.execute(f'CREATE DATABASE "{name}"')
    await server.close()
    settings = Settings(kafka_servers=stack.kafka_servers, database_url=f"{stack.database_url}/{name}")
    await asyncio.to_thread(migrate, settings, "ewaste.recycler.migrations", "0001")
    connection = await asyncpg.connect(settings.database_url)
    try:
        await connection.execute(_BEFORE)
        await asyncio.to_thread(migrate, settings, "ewaste.recycler.migrations")
        rows: dict[str, Any] = {
            table: await connection.fetchrow(f"SELECT * FROM {table}")
            for table in ("licence", "scheme_certificate", "bag_use", "fraction", "treatment", "dispatched_bag")
        }
    finally:
        await connection.close()
    assert (rows["licence"]["licence_number"], str(rows["licence"]["valid_until"])) == ("L-1", "2026-12-31")
    assert (rows["scheme_certificate"]["name"], str(rows["scheme_certificate"]["valid_from"])) == ("r2v3", "2026-01-01")
    assert rows["bag_use"]["grams"] == 100
    assert rows["fraction"]["prepared_for_reuse"] is False
    assert (rows["treatment"]["process_loss_grams"], rows["treatment"]["treated_at"]) == (0, None)
    assert rows["dispatched_bag"] is None, "it is learned again, with the event that told it"
