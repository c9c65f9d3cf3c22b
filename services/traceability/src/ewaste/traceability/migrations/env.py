"""Alembic's entry; the running is the runtime's."""

from ewaste.runtime.migrations import run_environment
from ewaste.traceability.certificates import storage as certificates
from ewaste.traceability.custody import storage as custody
from ewaste.traceability.ledger import storage as ledger
from ewaste.traceability.storage import Table

__all__ = ["certificates", "custody", "ledger"]

run_environment(Table.metadata)
