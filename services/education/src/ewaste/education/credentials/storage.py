"""Awards: which course somebody completed, and where that stands in the status lists."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Final, TypeAlias
from uuid import UUID

from asyncpg import Record
from ewaste.education.credentials.model import Award
from ewaste.education.storage import Table
from ewaste.evidence.certificates.status_entry import LIST_ENTRIES
from ewaste.runtime.database import Transaction, driver
from ewaste.runtime.tables import moment
from sqlalchemy import BigInteger, Column, UniqueConstraint
from sqlmodel import Field

__all__ = [
    "Completed",
    "CredentialRow",
    "add",
    "award",
    "awards_of",
    "forget_learner",
    "holder",
    "revoke",
    "revoked_in",
]

_TRIES: Final = 40


class CredentialRow(Table, table=True):
    __tablename__: ClassVar[Any] = "credential"
    __table_args__ = (UniqueConstraint("learner_id", "course_id", "course_version", name="credential_of_learner"),)

    credential_id: UUID = Field(primary_key=True)
    learner_id: UUID | None = None
    """Who it was made for; none once the learner was erased: what they hold goes on to hold."""
    course_id: str
    course_version: int
    completed_on: date
    ordinal: int = Field(sa_column=Column(BigInteger, nullable=False, unique=True))
    revoked_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    revoked_for: str | None = None


@dataclass(frozen=True, slots=True)
class Completed:
    learner_id: UUID
    course_id: str
    course_version: int
    completed_on: date

    @property
    def key(self) -> "_Key":
        return self.learner_id, self.course_id, self.course_version


_Key: TypeAlias = tuple[UUID, str, int]
_ADD: Final = """
INSERT INTO credential (credential_id, learner_id, course_id, course_version, completed_on, ordinal)
SELECT gen_random_uuid(), * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::date[], $5::bigint[])
ON CONFLICT DO NOTHING
"""
_THERE: Final = """
SELECT learner_id, course_id, course_version FROM credential
JOIN unnest($1::uuid[], $2::text[], $3::int[]) AS asked (learner_id, course_id, course_version)
USING (learner_id, course_id, course_version)
"""
# A list is filled to a half, so that a random place is soon found; the highest place tells which list is being filled.
_LIST: Final = f"""
WITH last AS (SELECT coalesce(max(ordinal), 0) / {LIST_ENTRIES} AS list FROM credential)
SELECT last.list + CASE WHEN (
    SELECT count(*) FROM credential
    WHERE ordinal >= last.list * {LIST_ENTRIES} AND ordinal < (last.list + 1) * {LIST_ENTRIES}
  ) + $1::int > {LIST_ENTRIES // 2} THEN 1 ELSE 0 END FROM last
"""
_COLUMNS: Final = "credential_id, course_id, course_version, completed_on, ordinal, revoked_at"
_ONE: Final = f"SELECT {_COLUMNS} FROM credential WHERE credential_id = $1"
_OF: Final = f"SELECT {_COLUMNS} FROM credential WHERE learner_id = $1 ORDER BY completed_on, credential_id"
_HOLDER: Final = "SELECT learner_id FROM credential WHERE credential_id = $1"
_REVOKE: Final = """
UPDATE credential SET revoked_at = coalesce(revoked_at, $2), revoked_for = coalesce(revoked_for, $3)
WHERE credential_id = $1 RETURNING 1
"""
_REVOKED: Final = """
SELECT ordinal, revoked_at FROM credential WHERE ordinal >= $1 AND ordinal < $2 AND revoked_at IS NOT NULL
"""
_LISTS: Final = f"SELECT coalesce(max(ordinal), -1) / {LIST_ENTRIES} FROM credential HAVING max(ordinal) IS NOT NULL"
_FORGET: Final = "UPDATE credential SET learner_id = NULL WHERE learner_id = $1"


async def add(tx: Transaction, completed: Sequence[Completed]) -> None:
    """An award for each; one that is there already stays as it is."""
    connection = await driver(tx)
    missing = {one.key: one for one in completed}
    for _ in range(_TRIES):
        columns = [[key[n] for key in missing] for n in range(3)]
        there = {tuple(row.values()) for row in await connection.fetch(_THERE, *columns)}
        missing = {key: one for key, one in missing.items() if key not in there}
        if not missing:
            return
        columns = [[key[n] for key in missing] for n in range(3)]
        first = await connection.fetchval(_LIST, min(len(missing), LIST_ENTRIES // 2)) * LIST_ENTRIES
        places = [first + secrets.randbelow(LIST_ENTRIES) for _ in missing]
        await connection.execute(_ADD, *columns, [one.completed_on for one in missing.values()], places)
    raise RuntimeError(f"{len(missing)} awards found no place in the status lists after {_TRIES} tries; try again")


async def award(tx: Transaction, credential_id: UUID) -> Award | None:
    row = await (await driver(tx)).fetchrow(_ONE, credential_id)
    return Award(**row) if row else None


async def awards_of(tx: Transaction, learner_id: UUID) -> list[Award]:
    """Oldest first."""
    return [Award(**row) for row in await (await driver(tx)).fetch(_OF, learner_id)]


async def holder(tx: Transaction, credential_id: UUID) -> UUID | None:
    """Who it was made for; None where nobody knows any more."""
    found: UUID | None = await (await driver(tx)).fetchval(_HOLDER, credential_id)
    return found


async def revoke(tx: Transaction, credential_id: UUID, reason: str, now: datetime) -> bool:
    """False where there is no such award; again changes nothing."""
    return await (await driver(tx)).fetchval(_REVOKE, credential_id, now, reason) is not None


async def revoked_in(tx: Transaction, number: int) -> list[Record] | None:
    """Places and times of what is revoked in a list; None where there is no such list."""
    connection = await driver(tx)
    last = await connection.fetchval(_LISTS)
    if last is None or number > last:
        return None
    return await connection.fetch(_REVOKED, number * LIST_ENTRIES, (number + 1) * LIST_ENTRIES)


async def forget_learner(tx: Transaction, learner_id: UUID) -> None:
    """Nothing ties the awards to the learner any more; what the learner holds goes on to hold."""
    await (await driver(tx)).execute(_FORGET, learner_id)
