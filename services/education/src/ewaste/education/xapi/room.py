"""The room put together, for the composition root."""

from dataclasses import dataclass

from ewaste.education.learning.model import CompletionRule
from ewaste.education.xapi import api, state_api
from ewaste.education.xapi.matching import api as matching_api
from ewaste.education.xapi.matching.background import matching_work
from ewaste.education.xapi.matching.handlers import Facts
from ewaste.runtime.app import Background
from ewaste.runtime.database import Database
from ewaste.runtime.outbox import Outbox
from fastapi import APIRouter

__all__ = ["Room", "build_room"]


@dataclass(frozen=True, slots=True)
class Room:
    router: APIRouter
    background: tuple[Background, ...]
    facts: Facts


def build_room(database: Database, outbox: Outbox, rule: CompletionRule, most: int) -> Room:
    """`most` statements fit into one request."""
    facts = Facts(outbox, rule)
    router = APIRouter()
    router.include_router(api.router(database, facts, most))
    router.include_router(state_api.router(database))
    router.include_router(matching_api.router(database, facts))
    return Room(router, (matching_work(database, facts),), facts)
