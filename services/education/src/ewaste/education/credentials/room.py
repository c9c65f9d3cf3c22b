"""The room put together, for the composition root."""

from dataclasses import dataclass

from ewaste.education.credentials.api import router
from ewaste.education.credentials.consumers import subscription
from ewaste.education.credentials.handlers import Badges
from ewaste.education.credentials.keyring import Keyring
from ewaste.education.credentials.model import Issuer
from ewaste.education.people.signin.access import Access
from ewaste.education.settings import Settings
from ewaste.runtime.database import Database
from ewaste.runtime.subscription import Subscription
from fastapi import APIRouter

__all__ = ["Room", "build_room"]


@dataclass(frozen=True, slots=True)
class Room:
    router: APIRouter
    subscriptions: tuple[Subscription, ...]
    badges: Badges


def build_room(settings: Settings, database: Database, access: Access) -> Room:
    issuer = Issuer(settings.issuer_url, settings.badge_issuer)
    badges = Badges(issuer, Keyring(settings.badge_keys))
    return Room(router(database, access, badges), (subscription(settings.source),), badges)
