"""The composition root: the only place that constructs anything."""

from ewaste.runtime.app import App, Background
from ewaste.runtime.database import Database
from ewaste.runtime.http import build_api
from ewaste.runtime.outbox import Outbox
from ewaste.traceability.api import router
from ewaste.traceability.certificates.handlers import Certifier
from ewaste.traceability.consumers import subscriptions
from ewaste.traceability.exports.epcis import router as epcis
from ewaste.traceability.ledger.feed import Feed
from ewaste.traceability.pages import router as pages
from ewaste.traceability.projector import Projector
from ewaste.traceability.settings import Settings

__all__ = ["build_app"]


def build_app(settings: Settings) -> App:
    database = Database(settings)
    feed = Feed()
    api = build_api("E-waste Trace: traceability", "The ledger, the chain of custody and the certificates.")
    projector = Projector(database, Certifier(settings.source, Outbox(settings)), feed, settings.batch_records)
    api.include_router(router(database, settings))
    api.include_router(epcis(database, settings))
    api.include_router(pages(database))
    return App(settings, database, api, subscriptions(feed), (Background("custody", projector.run),))
