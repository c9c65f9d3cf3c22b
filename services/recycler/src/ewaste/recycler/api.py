"""HTTP: the municipality registers partners and keys; partners and auditors read batches and refusals."""

from collections.abc import Awaitable, Callable

from ewaste.evidence.rules.ruleset import Tolerance
from ewaste.recycler.claims import api as claims
from ewaste.recycler.partners import api as partners
from ewaste.runtime.database import Database
from ewaste.runtime.outbox import Outbox
from fastapi import APIRouter

__all__ = ["router"]


def router(
    database: Database, outbox: Outbox, give_topic: Callable[[str], Awaitable[None]], tolerance: Tolerance
) -> APIRouter:
    api = APIRouter()
    api.include_router(partners.router(database, outbox, give_topic))
    api.include_router(claims.router(database, tolerance))
    return api
