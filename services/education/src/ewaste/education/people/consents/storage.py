"""Consents as they were given and withdrawn; the latest of a purpose stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from ewaste.education.storage import Table
from ewaste.runtime.database import Transaction, driver
from ewaste.runtime.tables import moment
from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field

__all__ = ["ConsentRow", "NewConsent", "Standing"]


class ConsentRow(Table, table=True):
    __tablename__: ClassVar[Any] = "consent"
    __table_args__ = (Index("consent_of_learner", "learner_id", "purpose"),)

    consent_id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True, autoincrement=True))
    learner_id: UUID
    purpose: str
    given_by: str
    age_rule: str
    text_version: str
    given_at: datetime = Field(sa_column=moment())
    recorded_by: UUID
    """The pseudonym of who was signed in: the learner, or the teacher who holds the paper."""
    withdrawn_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    withdrawn_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewConsent:
    learner_id: UUID
    purpose: str
    given_by: str
    age_rule: str
    text_version: str


@dataclass(frozen=True, slots=True)
class Standing:
    purpose: str
    given_by: str
    text_version: str
    given_at: datetime
    recorded_by: UUID
    withdrawn_at: datetime | None


# The same again changes nothing; another giver or text is a consent of its own.
_GIVE: Final = """
INSERT INTO consent (learner_id, purpose, given_by, age_rule, text_version, given_at, recorded_by)
SELECT f.*, $6, $7 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
  AS f (learner_id, purpose, given_by, age_rule, text_version)
WHERE NOT EXISTS (
  SELECT FROM consent c WHERE c.learner_id = f.learner_id AND c.purpose = f.purpose AND c.withdrawn_at IS NULL
  AND c.given_by = f.given_by AND c.text_version = f.text_version)
"""
_LOCK: Final = "SELECT 1 FROM person WHERE learner_id = ANY($1::uuid[]) ORDER BY learner_id FOR UPDATE"
_WITHDRAW: Final = """
UPDATE consent SET withdrawn_at = $3, withdrawn_by = $4
WHERE learner_id = $1 AND purpose = $2 AND withdrawn_at IS NULL
"""
_OF: Final = """
SELECT purpose, given_by, text_version, given_at, recorded_by, withdrawn_at FROM consent
WHERE learner_id = $1 ORDER BY consent_id
"""
_MISSING: Final = """
SELECT p.learner_id FROM person p WHERE p.learner_id = ANY($1::uuid[])
AND NOT EXISTS (SELECT FROM consent c WHERE c.learner_id = p.learner_id AND c.purpose = $2 AND c.withdrawn_at IS NULL)
"""


async def give(tx: Transaction, consents: Sequence[NewConsent], recorded_by: UUID, now: datetime) -> None:
    connection = await driver(tx)
    await connection.execute(_LOCK, [one.learner_id for one in consents])
    await connection.execute(
        _GIVE,
        [one.learner_id for one in consents],
        [one.purpose for one in consents],
        [one.given_by for one in consents],
        [one.age_rule for one in consents],
        [one.text_version for one in consents],
        now,
        recorded_by,
    )


async def withdraw(tx: Transaction, learner_id: UUID, purpose: str, by: UUID, now: datetime) -> bool:
    """False where none stood."""
    return await (await driver(tx)).execute(_WITHDRAW, learner_id, purpose, now, by) != "UPDATE 0"


async def consents_of(tx: Transaction, learner_id: UUID) -> list[Standing]:
    """All that were ever given, oldest first."""
    return [Standing(**row) for row in await (await driver(tx)).fetch(_OF, learner_id)]


async def missing(tx: Transaction, learner_ids: Sequence[UUID], purpose: str) -> set[UUID]:
    """Of these, who is known here as a person and has not consented."""
    rows = await (await driver(tx)).fetch(_MISSING, list(learner_ids), purpose)
    return {row["learner_id"] for row in rows}
