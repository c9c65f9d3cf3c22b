"""Alembic, run by program: the scripts live inside each service's package, so that the wheel carries them."""

import asyncio
from importlib.resources import as_file, files
from typing import Any, Final

from alembic import command, context
from alembic.config import Config
from alembic.operations import Operations
from ewaste.runtime.settings import RuntimeSettings
from ewaste.runtime.tables import RuntimeTable
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

__all__ = ["create_runtime_tables", "migrate", "run_environment"]

_LOCK: Final = 4_242_424_242


def migrate(settings: RuntimeSettings, package: str, revision: str = "head") -> None:
    """Bring the service's database to `revision`; `package` holds `env.py` and `versions/`."""
    with as_file(files(package)) as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["url"] = settings.service_database_url
        command.upgrade(config, revision)


def run_environment(metadata: MetaData) -> None:
    """What a service's `env.py` calls."""
    asyncio.run(_run(context.config.attributes["url"], [RuntimeTable.metadata, metadata]))


async def _run(url: str, metadata: list[MetaData]) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade, metadata)
            await connection.commit()
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, metadata: list[MetaData]) -> None:
    context.configure(connection=connection, target_metadata=metadata, compare_type=True)
    with context.begin_transaction():
        # Two processes that start together migrate one after the other.
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        context.run_migrations()


def create_runtime_tables(op: Operations | Any) -> None:
    """The runtime's tables as of its first release; called by each service's first migration."""
    RuntimeTable.metadata.create_all(op.get_bind())
    op.execute("INSERT INTO head (name, next) VALUES ('outbox', 1)")
