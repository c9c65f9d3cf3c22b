"""Alembic's entry; the running is the runtime's."""

from ewaste.runtime.migrations import run_environment
from ewaste.traceability.alerts import sequences
from ewaste.traceability.alerts import storage as alerts
from ewaste.traceability.certificates import places
from ewaste.traceability.certificates import storage as certificates
from ewaste.traceability.custody import storage as custody
from ewaste.traceability.exports import registers_storage as registers
from ewaste.traceability.ledger import storage as ledger
from ewaste.traceability.storage import Table

__all__ = ["alerts", "certificates", "custody", "ledger", "places", "registers", "sequences"]

run_environment(Table.metadata)
