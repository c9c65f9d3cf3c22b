"""HTTP: what crews, gates and the municipality's staff send."""

from ewaste.logistics.api import actors, bags, breaks, collections, corrections, disputes, loads, plans, rounds
from ewaste.logistics.journal import Journal
from ewaste.runtime.database import Database
from fastapi import APIRouter

__all__ = ["router"]


def router(database: Database, journal: Journal, bulk_lines: int) -> APIRouter:
    api = APIRouter()
    api.include_router(collections.router(database, journal, bulk_lines))
    api.include_router(rounds.router(database, journal, bulk_lines))
    api.include_router(bags.router(database))
    for part in (loads, disputes, breaks, plans, actors, corrections):
        api.include_router(part.router(database, journal))
    return api
