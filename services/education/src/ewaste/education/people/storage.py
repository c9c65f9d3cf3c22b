"""Links from pseudonyms to people, and the people themselves: nothing else leads back to a person."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from asyncpg import Record
from ewaste.education.storage import Table
from ewaste.runtime.database import Transaction, driver
from ewaste.runtime.tables import moment
from sqlalchemy import UniqueConstraint
from sqlmodel import Field

__all__ = ["LearnerLinkRow", "PersonRow"]


class LearnerLinkRow(Table, table=True):
    __tablename__: ClassVar[Any] = "learner_link"

    learner_id: UUID = Field(primary_key=True)
    reference: str = Field(unique=True)
    """The caller's own opaque word for the person; of someone in a roster, roster and sourcedId with a slash between
    them, which no caller's word may hold."""
    linked_at: datetime = Field(sa_column=moment())


class PersonRow(Table, table=True):
    """Someone of whom this service itself knows who it is: from a roster, an invitation or a community evening."""

    __tablename__: ClassVar[Any] = "person"
    __table_args__ = (UniqueConstraint("roster_id", "sourced_id", name="person_in_roster"),)

    learner_id: UUID = Field(primary_key=True)
    roster_id: str | None = None
    sourced_id: str | None = None
    audience: str
    school_id: str | None = None
    grade: str | None = None
    age_band: str | None = None
    enabled: bool = True


# In the order of the references: two requests over the same people wait for each other instead of deadlocking.
_LINK: Final = """
INSERT INTO learner_link (reference, learner_id, linked_at)
SELECT reference, learner_id, $3 FROM unnest($1::text[], $2::uuid[]) AS fresh (reference, learner_id) ORDER BY reference
ON CONFLICT (reference) DO NOTHING
"""
_LINKED: Final = "SELECT reference, learner_id FROM learner_link WHERE reference = ANY($1::text[])"
_ERASE: Final = "DELETE FROM learner_link WHERE learner_id = $1"
# A kept answer holds the pseudonym beside a digest of the request, from which a short reference could be guessed.
_FORGET_ANSWERS: Final = """
DELETE FROM idempotency WHERE scope LIKE 'enrolments%' AND position(convert_to($1, 'UTF8') IN response) > 0
"""
_STAGE: Final = """
CREATE TEMP TABLE staged_person (sourced_id text, audience text, school_id text, grade text, enabled boolean)
ON COMMIT DROP
"""
# gen_random_uuid is a random UUID of version 4: it holds no time and comes from no name.
_LINK_STAGED: Final = """
INSERT INTO learner_link (reference, learner_id, linked_at)
SELECT $1 || '/' || sourced_id, gen_random_uuid(), $2 FROM staged_person ORDER BY sourced_id
ON CONFLICT (reference) DO NOTHING
"""
_LEAVE: Final = """
DELETE FROM person p WHERE roster_id = $1
AND NOT EXISTS (SELECT FROM staged_person s WHERE s.sourced_id = p.sourced_id)
"""
_MERGE: Final = """
WITH merged AS (
  INSERT INTO person (learner_id, roster_id, sourced_id, audience, school_id, grade, enabled)
  SELECT l.learner_id, $1, s.sourced_id, s.audience, s.school_id, s.grade, s.enabled
  FROM staged_person s JOIN learner_link l ON l.reference = $1 || '/' || s.sourced_id ORDER BY s.sourced_id
  ON CONFLICT (learner_id) DO UPDATE SET audience = excluded.audience, school_id = excluded.school_id,
    grade = excluded.grade, enabled = excluded.enabled
    WHERE (person.audience, person.school_id, person.grade, person.enabled)
      IS DISTINCT FROM (excluded.audience, excluded.school_id, excluded.grade, excluded.enabled)
  RETURNING xmax = 0 AS created
)
SELECT count(*) FILTER (WHERE created) AS created, count(*) FILTER (WHERE NOT created) AS changed FROM merged
"""
_ADD: Final = """
INSERT INTO person (learner_id, audience, school_id, age_band, enabled)
SELECT l.learner_id, $2, $3, fresh.age_band, TRUE FROM unnest($1::text[], $4::text[]) AS fresh (reference, age_band)
JOIN learner_link l USING (reference) ON CONFLICT DO NOTHING
"""
_PERSON: Final = "SELECT * FROM person WHERE learner_id = $1"
_NAME: Final = """
SELECT e.cells ->> 'givenName' AS given, e.cells ->> 'familyName' AS family FROM person p
JOIN roster_entry e ON e.roster_id = p.roster_id AND e.file = 'users' AND e.sourced_id = p.sourced_id
WHERE p.learner_id = $1
"""
_OF_ROSTER: Final = "SELECT learner_id FROM person WHERE roster_id = $1 AND sourced_id = $2"
_IN_SCHOOL: Final = """
SELECT p.learner_id, e.cells ->> 'givenName' AS given, e.cells ->> 'familyName' AS family FROM person p
LEFT JOIN roster_entry e ON e.roster_id = p.roster_id AND e.file = 'users' AND e.sourced_id = p.sourced_id
WHERE p.school_id = $1 AND p.audience = $2 AND p.enabled ORDER BY family, given, p.learner_id
"""
# Rows of a roster that are about the person, and the person's mention in the rows of others (a pupil's parents).
_ERASE_ENTRIES: Final = """
DELETE FROM roster_entry e USING person p WHERE p.learner_id = $1 AND e.roster_id = p.roster_id
AND ((e.file = 'users' AND e.sourced_id = p.sourced_id)
  OR (e.file IN ('roles', 'enrollments') AND e.cells ->> 'userSourcedId' = p.sourced_id))
"""
_ERASE_MENTIONS: Final = r"""
UPDATE roster_entry e SET cells = (e.cells - 'agentSourcedIds') || coalesce((
  SELECT jsonb_build_object('agentSourcedIds', string_agg(one, ','))
  FROM unnest(regexp_split_to_array(e.cells ->> 'agentSourcedIds', '\s*,\s*')) AS one
  WHERE one <> p.sourced_id HAVING count(*) > 0), '{}')
FROM person p
WHERE p.learner_id = $1 AND e.roster_id = p.roster_id AND e.file = 'users'
AND p.sourced_id = ANY (regexp_split_to_array(e.cells ->> 'agentSourcedIds', '\s*,\s*'))
"""
_ERASE_CONSENTS: Final = "DELETE FROM consent WHERE learner_id = $1"
_ERASE_PERSON: Final = "DELETE FROM person WHERE learner_id = $1"


async def link(tx: Transaction, proposed: Mapping[str, UUID], now: datetime) -> dict[str, UUID]:
    """Give each reference its pseudonym: the proposed one, or the one that it has already."""
    connection = await driver(tx)
    await connection.execute(_LINK, list(proposed), list(proposed.values()), now)
    rows = await connection.fetch(_LINKED, list(proposed))
    return {row["reference"]: row["learner_id"] for row in rows}


async def erase_link(tx: Transaction, learner_id: UUID) -> bool:
    """Delete everything that leads from the pseudonym to the person; False where there was nothing.

    What belongs to the person (pictures, invitation, sessions, places in groups) goes with the row of the person.
    """
    connection = await driver(tx)
    await connection.execute(_FORGET_ANSWERS, str(learner_id))
    for statement in (_ERASE_MENTIONS, _ERASE_ENTRIES, _ERASE_CONSENTS):
        await connection.execute(statement, learner_id)
    person = await connection.execute(_ERASE_PERSON, learner_id)
    return await connection.execute(_ERASE, learner_id) != "DELETE 0" or person != "DELETE 0"


async def merge_people(
    tx: Transaction, roster_id: str, people: Iterable[tuple[str, str, str | None, str | None, bool]], now: datetime
) -> tuple[int, int, int]:
    """Make the people of a roster these (sourcedId, audience, school, grade, enabled); created, changed and left.

    Who has no pseudonym gets a random one. Who left loses the row of the person and with it name, pictures and
    sessions; the pseudonym waits for a return until it is erased.
    """
    connection = await driver(tx)
    await connection.execute(_STAGE)
    await connection.copy_records_to_table("staged_person", records=people)
    await connection.execute("ANALYZE staged_person")
    await connection.execute(_LINK_STAGED, roster_id, now)
    left = await connection.execute(_LEAVE, roster_id)
    row = await connection.fetchrow(_MERGE, roster_id)
    assert row is not None, "an aggregate without groups has one row"
    return int(row["created"]), int(row["changed"]), int(left.removeprefix("DELETE "))


async def add_people(
    tx: Transaction, audience: str, school_id: str | None, references: Mapping[str, str | None]
) -> None:
    """People without a roster: the age band of each linked reference."""
    await (await driver(tx)).execute(_ADD, list(references), audience, school_id, list(references.values()))


async def person(tx: Transaction, learner_id: UUID) -> PersonRow | None:
    row = await (await driver(tx)).fetchrow(_PERSON, learner_id)
    return PersonRow(**row) if row else None


async def in_roster(tx: Transaction, roster_id: str, sourced_id: str) -> UUID | None:
    found: UUID | None = await (await driver(tx)).fetchval(_OF_ROSTER, roster_id, sourced_id)
    return found


async def name(tx: Transaction, learner_id: UUID) -> tuple[str, str] | None:
    """Given and family name, where a roster knows them."""
    row = await (await driver(tx)).fetchrow(_NAME, learner_id)
    return (row["given"], row["family"]) if row else None


async def in_school(tx: Transaction, school_id: str, audience: str) -> list[Record]:
    """Who belongs to a school, by name."""
    return await (await driver(tx)).fetch(_IN_SCHOOL, school_id, audience)
