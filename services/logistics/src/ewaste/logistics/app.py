"""The composition root: the only place that constructs anything."""

from ewaste.logistics.api import router
from ewaste.logistics.consumers import subscriptions
from ewaste.logistics.journal import Journal
from ewaste.logistics.pages import router as pages
from ewaste.logistics.settings import Settings
from ewaste.runtime.app import App
from ewaste.runtime.database import Database
from ewaste.runtime.http import build_api
from ewaste.runtime.outbox import Outbox

__all__ = ["build_app"]


def build_app(settings: Settings) -> App:
    database = Database(settings)
    journal = Journal(Outbox(settings), settings.source, settings.rules)
    api = build_api(
        "E-waste Trace: logistics",
        "Collections, loads, handovers, disputes and corrections; where a bag is and who has it.",
    )
    api.include_router(router(database, journal, settings.bulk_lines))
    api.include_router(pages())
    return App(settings, database, api, subscriptions(settings.rules))
