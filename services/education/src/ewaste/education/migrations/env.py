"""Alembic's entry; the running is the runtime's."""

from ewaste.education.tables import METADATA
from ewaste.runtime.migrations import run_environment

run_environment(METADATA)
