"""Alembic's entry; the running is the runtime's."""

from ewaste.runtime.migrations import run_environment
from ewaste.traceability.alerts import sequences
from ewaste.traceability.alerts import storage as alerts
from ewaste.traceability.archive import storage as archive
from ewaste.traceability.attest import storage as attest
from ewaste.traceability.certificates import places
from ewaste.traceability.certificates import storage as certificates
from ewaste.traceability.custody import storage as custody
from ewaste.traceability.exports import registers_storage as registers
from ewaste.traceability.ledger import storage as ledger
from ewaste.traceability.log import alarms, watch
from ewaste.traceability.log import storage as log
from ewaste.traceability.storage import Table

__all__ = [
    "alarms",
    "alerts",
    "archive",
    "attest",
    "certificates",
    "custody",
    "ledger",
    "log",
    "places",
    "registers",
    "sequences",
    "watch",
]

run_environment(Table.metadata)
