"""Alembic's entry; the running is the runtime's."""

from ewaste.dropoff.storage.tables import Table
from ewaste.runtime.migrations import run_environment

run_environment(Table.metadata)
