"""What this room is built of; called by the composition root."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from ewaste.education.people.api import router as people
from ewaste.education.people.consents.api import router as consents
from ewaste.education.people.consents.model import policy_from
from ewaste.education.people.groups.api import router as groups
from ewaste.education.people.model import School
from ewaste.education.people.roster.api import router as rosters
from ewaste.education.people.roster.sources import Bounds
from ewaste.education.people.signin.access import Access
from ewaste.education.people.signin.api import router as signin
from ewaste.education.people.signin.handlers import Rules
from ewaste.education.people.signin.secrets import Hashing, Keys, load_key
from ewaste.education.people.signin.sheet_api import router as sheets
from ewaste.education.settings import Settings
from ewaste.runtime.database import Database
from ewaste.runtime.outbox import Outbox
from fastapi import APIRouter

__all__ = ["build_access", "build_people", "roster_bounds", "sign_in_rules"]


def build_access(settings: Settings, database: Database) -> Access:
    """Who is asking, for every room whose requests need somebody signed in."""
    return Access(database, _keys(settings))


def build_people(
    settings: Settings, database: Database, outbox: Outbox, schools: Mapping[str, School]
) -> tuple[APIRouter, ...]:
    keys, access = _keys(settings), build_access(settings, database)
    return (
        people(database, schools),
        rosters(database, access, schools, roster_bounds(settings), settings.roster_zip_bytes),
        groups(database, outbox, access, schools),
        consents(database, access, policy_from(settings.consent_policy_file)),
        signin(database, access, keys, sign_in_rules(settings)),
        sheets(database, access, keys, sign_in_rules(settings), schools),
    )


def roster_bounds(settings: Settings) -> Bounds:
    return Bounds(rows=settings.roster_rows)


def sign_in_rules(settings: Settings) -> Rules:
    code = timedelta(days=settings.sign_in_code_days)
    session = timedelta(minutes=settings.session_minutes)
    return Rules(session=session, class_code=code, personal_code=code, hashing=Hashing(settings.sign_in_work))


def _keys(settings: Settings) -> Keys:
    path: Path = settings.sign_in_key_file or settings.state_dir / "education-sign-in.key"
    return Keys(lambda: load_key(path))
