"""What is kept of secrets and sessions: hashes, counts and times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from ewaste.education.people.signin.lockout import Attempts
from ewaste.education.storage import Table
from ewaste.runtime.database import Transaction, driver
from ewaste.runtime.tables import moment
from sqlalchemy import Column, LargeBinary
from sqlmodel import Field

__all__ = ["Candidate", "PersonalCodeRow", "PictureSecretRow", "SessionRow", "Signed"]


class PictureSecretRow(Table, table=True):
    __tablename__: ClassVar[Any] = "picture_secret"

    learner_id: UUID = Field(primary_key=True, foreign_key="person.learner_id", ondelete="CASCADE")
    hash: str
    set_at: datetime = Field(sa_column=moment())
    failures: int = 0
    locked_until: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class PersonalCodeRow(Table, table=True):
    """A teacher's or official's code, as a keyed digest: it is long enough to need no slow hash."""

    __tablename__: ClassVar[Any] = "personal_code"

    learner_id: UUID = Field(primary_key=True, foreign_key="person.learner_id", ondelete="CASCADE")
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    expires_at: datetime = Field(sa_column=moment())


class SessionRow(Table, table=True):
    __tablename__: ClassVar[Any] = "sign_in_session"

    session_id: UUID = Field(primary_key=True)
    learner_id: UUID = Field(foreign_key="person.learner_id", ondelete="CASCADE", index=True)
    group_id: UUID | None = Field(default=None, foreign_key="learner_group.group_id", ondelete="CASCADE", index=True)
    expires_at: datetime = Field(sa_column=moment())


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who tries to sign in with a class code and a number."""

    group_id: UUID
    group: Attempts
    learner_id: UUID | None
    """None where nobody with pictures has the number."""
    hash: str | None
    own: Attempts


@dataclass(frozen=True, slots=True)
class Signed:
    """Who is signed in."""

    session_id: UUID
    learner_id: UUID
    group_id: UUID | None
    audience: str
    school_id: str | None
    grade: str | None
    age_band: str | None
    expires_at: datetime


# A try is counted before the next one begins, so that many at once are no more than one after the other. The lock is a
# statement of its own: one that waited inside the reading would see the counts from before it waited.
_LOCK: Final = "SELECT 1 FROM learner_group WHERE code = $1 FOR UPDATE"
_CANDIDATE: Final = """
SELECT g.group_id, g.failures AS group_failures, g.locked_until AS group_locked_until,
       s.learner_id, s.hash, s.failures, s.locked_until
FROM learner_group g
LEFT JOIN group_member m ON m.group_id = g.group_id AND m.number = $2
LEFT JOIN person p ON p.learner_id = m.learner_id AND p.enabled
LEFT JOIN picture_secret s ON s.learner_id = p.learner_id
WHERE g.code = $1 AND g.code_expires_at > $3
"""
_COUNT_OWN: Final = "UPDATE picture_secret SET failures = $2, locked_until = $3 WHERE learner_id = $1"
_COUNT_GROUP: Final = """
UPDATE learner_group SET failures = $2, locked_until = $3 WHERE group_id = $1
"""
_GROUP_ATTEMPTS: Final = "SELECT failures, locked_until FROM learner_group WHERE group_id = $1 FOR UPDATE"
_SESSION: Final = """
INSERT INTO sign_in_session (session_id, learner_id, group_id, expires_at) VALUES ($1, $2, $3, $4)
"""
_SIGNED: Final = """
SELECT s.session_id, s.learner_id, s.group_id, p.audience, p.school_id, p.grade, p.age_band, s.expires_at
FROM sign_in_session s JOIN person p USING (learner_id)
WHERE s.session_id = $1 AND s.expires_at > $2 AND p.enabled
"""
_END: Final = "DELETE FROM sign_in_session WHERE session_id = $1"
_END_OF: Final = "DELETE FROM sign_in_session WHERE learner_id = ANY($1::uuid[])"
_END_OLD: Final = "DELETE FROM sign_in_session WHERE expires_at <= $1"
_KEEP: Final = """
INSERT INTO picture_secret (learner_id, hash, set_at, failures)
SELECT learner_id, hash, $3, 0 FROM unnest($1::uuid[], $2::text[]) AS fresh (learner_id, hash)
JOIN person USING (learner_id) ORDER BY learner_id
ON CONFLICT (learner_id) DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at, failures = 0, locked_until = NULL
"""
_SET_CODE: Final = """
UPDATE learner_group SET code = $2, code_expires_at = $3, failures = 0, locked_until = NULL WHERE group_id = $1
"""
_GIVE_CODE: Final = """
INSERT INTO personal_code (learner_id, digest, expires_at)
SELECT * FROM unnest($1::uuid[], $2::bytea[]) AS fresh, (VALUES ($3::timestamptz)) AS until (expires_at)
ON CONFLICT (learner_id) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at
"""
_OF_CODE: Final = """
SELECT c.learner_id FROM personal_code c JOIN person p USING (learner_id)
WHERE c.digest = $1 AND c.expires_at > $2 AND p.enabled
"""


async def candidate(tx: Transaction, code: str, number: int, now: datetime) -> Candidate | None:
    """None where no group has the code, or it has expired."""
    connection = await driver(tx)
    await connection.execute(_LOCK, code)
    row = await connection.fetchrow(_CANDIDATE, code, number, now)
    if row is None:
        return None
    group = Attempts(row["group_failures"], row["group_locked_until"])
    own = Attempts(row["failures"] or 0, row["locked_until"])
    return Candidate(row["group_id"], group, row["learner_id"], row["hash"], own)


async def count_own(tx: Transaction, learner_id: UUID, attempts: Attempts) -> None:
    await (await driver(tx)).execute(_COUNT_OWN, learner_id, attempts.failures, attempts.locked_until)


async def group_attempts(tx: Transaction, group_id: UUID) -> Attempts:
    """Locked until the transaction ends."""
    row = await (await driver(tx)).fetchrow(_GROUP_ATTEMPTS, group_id)
    return Attempts(row["failures"], row["locked_until"]) if row else Attempts()


async def count_group(tx: Transaction, group_id: UUID, attempts: Attempts) -> None:
    await (await driver(tx)).execute(_COUNT_GROUP, group_id, attempts.failures, attempts.locked_until)


async def begin_session(tx: Transaction, row: SessionRow, now: datetime) -> None:
    connection = await driver(tx)
    await connection.execute(_END_OLD, now)
    await connection.execute(_SESSION, row.session_id, row.learner_id, row.group_id, row.expires_at)


async def signed(tx: Transaction, session_id: UUID, now: datetime) -> Signed | None:
    row = await (await driver(tx)).fetchrow(_SIGNED, session_id, now)
    return Signed(**row) if row else None


async def end_session(tx: Transaction, session_id: UUID) -> None:
    await (await driver(tx)).execute(_END, session_id)


async def keep_secrets(tx: Transaction, hashes: Mapping[UUID, str], now: datetime) -> None:
    """Fresh pictures: what was tried and who is signed in with the old ones is over."""
    connection = await driver(tx)
    await connection.execute(_KEEP, list(hashes), list(hashes.values()), now)
    await connection.execute(_END_OF, list(hashes))


async def set_code(tx: Transaction, group_id: UUID, code: str | None, expires_at: datetime | None) -> None:
    await (await driver(tx)).execute(_SET_CODE, group_id, code, expires_at)


async def give_codes(
    tx: Transaction, learner_ids: Sequence[UUID], digests: Sequence[bytes], expires_at: datetime
) -> None:
    """Each gets a personal code in place of the one before."""
    await (await driver(tx)).execute(_GIVE_CODE, learner_ids, digests, expires_at)


async def holder(tx: Transaction, digest: bytes, now: datetime) -> UUID | None:
    found: UUID | None = await (await driver(tx)).fetchval(_OF_CODE, digest, now)
    return found
