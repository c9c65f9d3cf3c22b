"""Migrating again, or from two processes at once, ends in the same database."""

import asyncio
import os
import secrets
import subprocess
import sys

import asyncpg
from ewaste.local.infra import Infra
from ewaste.runtime.migrations import migrate
from ewaste.runtime.testing import Stack
from tally import Settings

TABLES = {"outbox", "head", "position", "inbox", "idempotency", "alembic_version"}


async def test_migrations_run_twice_and_at_the_same_time(stack: Stack, infra: Infra) -> None:
    url = infra.create_database(f"test_{secrets.token_hex(6)}")
    environment = os.environ | {"EWASTE_DATABASE_URL": url, "EWASTE_KAFKA_SERVERS": stack.kafka_servers}

    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ewaste.dropoff", "migrate"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    both = await asyncio.gather(asyncio.to_thread(run), asyncio.to_thread(run))
    assert [one.returncode for one in both] == [0, 0], both
    await asyncio.to_thread(migrate, Settings(database_url=url), "ewaste.dropoff.migrations")
    connection = await asyncpg.connect(url)
    tables = {row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    assert tables >= TABLES
    assert await connection.fetchval("SELECT next FROM head WHERE name = 'outbox'") == 1
    assert await connection.fetchval("SELECT count(*) FROM alembic_version") == 1
    await connection.close()
