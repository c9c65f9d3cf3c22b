"""The composition root: the only place that constructs anything."""

from ewaste.runtime.app import App, Background
from ewaste.runtime.database import Database
from ewaste.runtime.http import build_api
from ewaste.runtime.outbox import Outbox
from ewaste.traceability.alerts.api import alert_router
from ewaste.traceability.alerts.handlers import Watch
from ewaste.traceability.api import router
from ewaste.traceability.certificates.api import router as documents
from ewaste.traceability.certificates.handlers import Certifier
from ewaste.traceability.certificates.keyring import Keyring
from ewaste.traceability.consumers import subscriptions
from ewaste.traceability.exports.epcis import router as epcis
from ewaste.traceability.exports.registers_api import router as registers
from ewaste.traceability.ledger.feed import Feed
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.pages import router as pages
from ewaste.traceability.projector import Projector
from ewaste.traceability.settings import Settings

__all__ = ["build_app"]


def build_app(settings: Settings) -> App:
    database = Database(settings)
    feed = Feed()
    keyring = Keyring(settings.key_file, settings.issuer_url)
    api = build_api("E-waste Trace: traceability", "The ledger, the chain of custody and the certificates.")
    outbox = Outbox(settings)
    projector = Projector(database, Certifier(settings.source, outbox), feed, settings.batch_records, Watch(outbox))
    api.include_router(router(database, settings))
    api.include_router(alert_router(database))
    api.include_router(epcis(database, settings))
    api.include_router(documents(database, keyring, settings.source))
    api.include_router(registers(database, f"urn:ewaste:{settings.city}:{Ledger.CUSTODY}"))
    api.include_router(pages(database, keyring, settings.source))
    return App(settings, database, api, subscriptions(feed), (Background("custody", projector.run),))
