"""What proves this service's tables and files, made from its settings: for the running service and for one command."""

from datetime import timedelta

from ewaste.runtime.database import Database
from ewaste.runtime.outbox import Outbox
from ewaste.traceability.archive.handlers import Sealer
from ewaste.traceability.attest.handlers import Attester
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log.model import origin_of
from ewaste.traceability.settings import Settings

__all__ = ["attester", "sealer"]


def attester(settings: Settings, database: Database, outbox: Outbox) -> Attester:
    every = timedelta(seconds=settings.attest_seconds)
    return Attester(database, outbox, origin_of(settings.city, Ledger.CUSTODY), every)


def sealer(settings: Settings, database: Database, outbox: Outbox) -> Sealer:
    def origin(ledger: Ledger) -> str:
        return origin_of(settings.city, ledger)

    return Sealer(database, outbox, settings.archive_folder, origin, settings.archive_entries)
