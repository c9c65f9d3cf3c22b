"""The composition root: the only place that constructs anything."""

from ewaste.runtime.app import App, Background
from ewaste.runtime.database import Database
from ewaste.runtime.http import build_api
from ewaste.runtime.outbox import Outbox
from ewaste.traceability.consumers import subscriptions
from ewaste.traceability.ledger.feed import Feed
from ewaste.traceability.projector import Projector
from ewaste.traceability.settings import Settings

__all__ = ["build_app"]


def build_app(settings: Settings) -> App:
    database = Database(settings)
    outbox = Outbox(settings)
    feed = Feed()
    api = build_api("E-waste Trace: traceability", "The ledger, the chain of custody and the certificates.")
    projector = Projector(database, outbox, feed, settings.batch_records)
    return App(settings, database, api, subscriptions(feed), (Background("custody", projector.run),))
