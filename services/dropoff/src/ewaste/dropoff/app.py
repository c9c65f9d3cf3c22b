"""The composition root: the only place that constructs anything."""

from ewaste.dropoff.api import router
from ewaste.dropoff.consumers import subscriptions
from ewaste.dropoff.corrections import Corrector
from ewaste.dropoff.corrections_api import router as corrections
from ewaste.dropoff.pages import router as pages
from ewaste.dropoff.settings import Settings
from ewaste.runtime.app import App
from ewaste.runtime.database import Database
from ewaste.runtime.http import build_api
from ewaste.runtime.outbox import Outbox

__all__ = ["build_app"]


def build_app(settings: Settings) -> App:
    database = Database(settings)
    outbox = Outbox(settings)
    api = build_api("E-waste Trace: drop-off", "Boxes, bags and drops; where an item is.")
    api.include_router(router(database, outbox, settings.bulk_lines))
    corrector = Corrector(outbox, settings.source)
    api.include_router(corrections(database, corrector))
    api.include_router(pages(database, settings.traceability_url))
    return App(settings, database, api, subscriptions(corrector))
