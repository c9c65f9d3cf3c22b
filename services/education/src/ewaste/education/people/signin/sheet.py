"""The sheet that a teacher prints: class code, numbers and fresh pictures. It is shown once; only hashes are kept."""

import asyncio
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from asyncpg import Record
from ewaste.contracts.refusal import Refused
from ewaste.education.people.signin.pictures import Picture, pick, pictures
from ewaste.education.people.signin.secrets import Hashing, Keys
from ewaste.web.environment import build_environment
from ewaste.web.language import Language
from jinja2 import Environment

__all__ = ["Card", "Sheet", "cards", "fresh_secrets", "learners_for", "render"]


@dataclass(frozen=True, slots=True)
class Card:
    number: int
    learner_id: UUID
    name: str | None
    pictures: tuple[Picture, ...] | None
    """None where the pupil keeps the pictures of before: nobody can show those again."""


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str
    code: str
    expires_at: datetime
    cards: tuple[Card, ...]


def learners_for(members: Sequence[Record], numbers: Collection[int] | None, *, everyone: bool) -> list[Record]:
    """Who gets fresh pictures: the named numbers, else everyone, else who has none. Raises `Refused`."""
    learners = [one for one in members if one["number"] is not None]
    unknown = set(numbers or ()) - {one["number"] for one in learners}
    if unknown:
        raise Refused("number-unknown", f"nobody in the group has number {min(unknown)}", field="numbers")
    if numbers is not None:
        return [one for one in learners if one["number"] in numbers]
    return [one for one in learners if everyone or not one["has_pictures"]]


async def fresh_secrets(
    keys: Keys, hashing: Hashing, learners: Sequence[Record]
) -> tuple[dict[UUID, tuple[str, ...]], dict[UUID, str]]:
    """Pictures and their hashes for each of `learners`; hashed beside the event loop."""
    sample = secrets.SystemRandom().sample
    picked = {one["learner_id"]: pick(sample) for one in learners}

    mixed = (keys.mix(learner_id, own) for learner_id, own in picked.items())
    hashes = await asyncio.gather(*(asyncio.to_thread(hashing.hash, one) for one in mixed))
    return picked, dict(zip(picked, hashes, strict=True))


def cards(members: Sequence[Record], picked: Mapping[UUID, Sequence[str]]) -> tuple[Card, ...]:
    """One for each learner, by number."""
    return tuple(
        Card(
            number=one["number"],
            learner_id=one["learner_id"],
            name=f"{one['given']} {one['family']}" if one["given"] else None,
            pictures=tuple(pictures()[p] for p in picked[one["learner_id"]]) if one["learner_id"] in picked else None,
        )
        for one in members
        if one["number"] is not None
    )


@cache
def _templates() -> Environment:
    return build_environment("ewaste.education.people.signin")


def render(sheet: Sheet) -> str:
    """The sheet as a page of its own that loads nothing."""
    template = _templates().get_template("sheet.html")
    return template.render(
        title=sheet.title, code=sheet.code, expires_at=sheet.expires_at, cards=sheet.cards, lang=Language.THAI
    )
