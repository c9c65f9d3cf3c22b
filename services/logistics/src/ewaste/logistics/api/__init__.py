"""HTTP: what crews, gates and the municipality's staff send."""

from ewaste.logistics.api import bags, collections, loads, plans
from ewaste.logistics.settings import Settings
from ewaste.runtime.database import Database
from ewaste.runtime.outbox import Outbox
from fastapi import APIRouter

__all__ = ["router"]


def router(database: Database, outbox: Outbox, settings: Settings) -> APIRouter:
    api = APIRouter()
    api.include_router(collections.router(database, outbox, settings.bulk_lines))
    api.include_router(loads.router(database, outbox, settings.rules))
    api.include_router(bags.router(database))
    api.include_router(plans.router(database, outbox))
    return api
