"""The composition root: the only place that constructs anything."""

from ewaste.contracts.topics import partner_topic_spec
from ewaste.recycler.api import router
from ewaste.recycler.claims.model import Terms
from ewaste.recycler.consumers import subscriptions
from ewaste.recycler.pages import router as pages
from ewaste.recycler.partners.storage import partner_ids
from ewaste.recycler.settings import Settings
from ewaste.runtime.app import App, Background
from ewaste.runtime.broker import ensure_topics
from ewaste.runtime.database import Database
from ewaste.runtime.http import build_api
from ewaste.runtime.outbox import Outbox

__all__ = ["build_app"]


def build_app(settings: Settings) -> App:
    database = Database(settings)
    outbox = Outbox(settings)

    async def give_topic(partner_id: str) -> None:
        await ensure_topics(settings, partner_topic_spec(partner_id))

    async def give_topics() -> None:
        """For a broker that was set up anew or lost a topic."""
        async with database.transaction() as tx:
            found = await partner_ids(tx)
        if found:
            await ensure_topics(settings, *map(partner_topic_spec, found))

    api = build_api(
        "E-waste Trace: recycler",
        "Partners and their keys, batches and what waits, and what was refused and why.",
    )
    api.include_router(router(database, outbox, give_topic, settings.tolerance))
    api.include_router(pages())
    work = (Background("partner-topics", give_topics),)
    terms = Terms(settings.source, settings.rules, settings.tolerance)
    return App(settings, database, api, subscriptions(outbox, terms), work)
