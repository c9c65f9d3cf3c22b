"""Groups and their members; classes follow their roster."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from asyncpg import Record
from ewaste.education.people.storage import PersonRow
from ewaste.education.storage import Table
from ewaste.runtime.database import Transaction, driver
from ewaste.runtime.tables import moment
from sqlalchemy import UniqueConstraint
from sqlmodel import Field

__all__ = ["GroupMemberRow", "LearnerGroupRow"]


class LearnerGroupRow(Table, table=True):
    """A class, or an evening of a community."""

    __tablename__: ClassVar[Any] = "learner_group"
    __table_args__ = (UniqueConstraint("roster_id", "class_id", name="group_of_class"),)

    group_id: UUID = Field(primary_key=True)
    kind: str
    title: str
    school_id: str | None = None
    audience: str | None = None
    roster_id: str | None = None
    class_id: str | None = None
    held_on: date | None = None
    created_at: datetime = Field(sa_column=moment())
    code: str | None = Field(default=None, unique=True)
    code_expires_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    numbers: int = 0
    """How many numbers were ever given to its learners."""
    failures: int = 0
    """Failed sign-ins with the code since the last pause."""
    locked_until: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class GroupMemberRow(Table, table=True):
    __tablename__: ClassVar[Any] = "group_member"
    __table_args__ = (UniqueConstraint("group_id", "number", name="number_in_group"),)

    group_id: UUID = Field(primary_key=True, foreign_key="learner_group.group_id", ondelete="CASCADE")
    learner_id: UUID = Field(primary_key=True, foreign_key="person.learner_id", ondelete="CASCADE", index=True)
    number: int | None = None
    """By which a learner signs in; never given to another later. None for who teaches."""


_STAGE: Final = """
CREATE TEMP TABLE staged_class (class_id text, school_id text) ON COMMIT DROP;
CREATE TEMP TABLE staged_member (class_id text, sourced_id text, teaches boolean) ON COMMIT DROP;
"""
_ANALYZE: Final = "ANALYZE staged_class; ANALYZE staged_member;"
_END: Final = """
DELETE FROM learner_group g WHERE roster_id = $1
AND NOT EXISTS (SELECT FROM staged_class s WHERE s.class_id = g.class_id)
"""
_MERGE: Final = """
WITH merged AS (
  INSERT INTO learner_group (group_id, kind, title, school_id, roster_id, class_id, created_at, numbers, failures)
  SELECT gen_random_uuid(), 'class', e.cells ->> 'title', s.school_id, $1, s.class_id, $2, 0, 0
  FROM staged_class s JOIN roster_entry e ON e.roster_id = $1 AND e.file = 'classes' AND e.sourced_id = s.class_id
  ON CONFLICT (roster_id, class_id) DO UPDATE SET title = excluded.title, school_id = excluded.school_id
    WHERE (learner_group.title, learner_group.school_id) IS DISTINCT FROM (excluded.title, excluded.school_id)
  RETURNING xmax = 0 AS created
)
SELECT count(*) FILTER (WHERE created) AS created, count(*) FILTER (WHERE NOT created) AS changed FROM merged
"""
# Who teaches and learns in one class is there once, as the one who teaches.
_WANTED: Final = """
CREATE TEMP TABLE wanted_member ON COMMIT DROP AS
SELECT g.group_id, p.learner_id, min(p.sourced_id) AS sourced_id, bool_or(s.teaches) AS teaches
FROM staged_member s
JOIN learner_group g ON g.roster_id = $1 AND g.class_id = s.class_id
JOIN person p ON p.roster_id = $1 AND p.sourced_id = s.sourced_id
GROUP BY g.group_id, p.learner_id
"""
_LEAVE: Final = """
DELETE FROM group_member m USING learner_group g
WHERE g.roster_id = $1 AND m.group_id = g.group_id
AND NOT EXISTS (SELECT FROM wanted_member w WHERE w.group_id = m.group_id AND w.learner_id = m.learner_id
                AND w.teaches = (m.number IS NULL))
"""
_JOIN: Final = """
INSERT INTO group_member (group_id, learner_id, number)
SELECT w.group_id, w.learner_id, CASE WHEN w.teaches THEN NULL ELSE
  g.numbers + row_number() OVER (PARTITION BY w.group_id, w.teaches ORDER BY w.sourced_id) END
FROM wanted_member w JOIN learner_group g USING (group_id)
WHERE NOT EXISTS (SELECT FROM group_member m WHERE m.group_id = w.group_id AND m.learner_id = w.learner_id)
"""
_COUNT: Final = """
UPDATE learner_group g SET numbers = n.highest
FROM (SELECT group_id, max(number) AS highest FROM group_member GROUP BY group_id) n
WHERE n.group_id = g.group_id AND n.highest > g.numbers AND (g.roster_id = $1 OR g.group_id = $2)
"""
_ADD: Final = """
INSERT INTO learner_group (group_id, kind, title, school_id, audience, held_on, created_at, numbers, failures)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0)
"""
_GROUP: Final = "SELECT * FROM learner_group WHERE group_id = $1"
_LIST: Final = """
SELECT g.group_id, g.kind, g.title, g.school_id, g.audience, g.held_on, g.code IS NOT NULL AS has_code,
       count(m.number) AS learners
FROM learner_group g LEFT JOIN group_member m USING (group_id)
WHERE ($1::text IS NULL OR g.school_id = $1) AND g.group_id > $2
AND ($3::uuid IS NULL OR EXISTS (SELECT FROM group_member t WHERE t.group_id = g.group_id AND t.learner_id = $3
                                 AND t.number IS NULL))
GROUP BY g.group_id ORDER BY g.group_id LIMIT $4
"""
_MEMBERS: Final = """
SELECT m.learner_id, m.number, p.audience, p.school_id, p.grade, p.age_band, p.enabled, l.reference,
       e.cells ->> 'givenName' AS given, e.cells ->> 'familyName' AS family,
       EXISTS (SELECT FROM picture_secret s WHERE s.learner_id = m.learner_id) AS has_pictures
FROM group_member m JOIN person p USING (learner_id) JOIN learner_link l USING (learner_id)
LEFT JOIN roster_entry e ON e.roster_id = p.roster_id AND e.file = 'users' AND e.sourced_id = p.sourced_id
WHERE m.group_id = $1 ORDER BY m.number NULLS FIRST, m.learner_id
"""
_ADD_MEMBERS: Final = """
INSERT INTO group_member (group_id, learner_id, number)
SELECT g.group_id, p.learner_id, g.numbers + row_number() OVER (ORDER BY p.learner_id)
FROM learner_group g, unnest($2::uuid[]) AS fresh (learner_id) JOIN person p USING (learner_id) WHERE g.group_id = $1
ON CONFLICT DO NOTHING
"""
_LEAD: Final = "INSERT INTO group_member (group_id, learner_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_PEOPLE: Final = """
SELECT m.number, p.* FROM group_member m JOIN person p USING (learner_id)
WHERE m.group_id = $1 AND m.number IS NOT NULL
"""
_TEACHES: Final = "SELECT 1 FROM group_member WHERE group_id = $1 AND learner_id = $2 AND number IS NULL"
_TAUGHT: Final = """
SELECT 1 FROM group_member m JOIN group_member t USING (group_id)
WHERE m.learner_id = $1 AND t.learner_id = $2 AND t.number IS NULL
"""
_LOCK: Final = "SELECT 1 FROM learner_group WHERE group_id = $1 FOR UPDATE"


async def merge_classes(
    tx: Transaction,
    roster_id: str,
    classes: Iterable[tuple[str, str]],
    members: Iterable[tuple[str, str, bool]],
    now: datetime,
) -> tuple[int, int, int]:
    """Make the classes of a roster these (class, school) with these members (class, sourcedId, teaches).

    Returns how many classes were created, changed and ended. A learner keeps the number once given.
    """
    connection = await driver(tx)
    await connection.execute(_STAGE)
    await connection.copy_records_to_table("staged_class", records=classes)
    await connection.copy_records_to_table("staged_member", records=members)
    await connection.execute(_ANALYZE)
    ended = await connection.execute(_END, roster_id)
    row = await connection.fetchrow(_MERGE, roster_id, now)
    assert row is not None, "an aggregate without groups has one row"
    await connection.execute(_WANTED, roster_id)
    # Without statistics 100,000 members would be compared pair by pair.
    await connection.execute("ANALYZE wanted_member")
    await connection.execute(_LEAVE, roster_id)
    await connection.execute(_JOIN)
    await connection.execute(_COUNT, roster_id, None)
    return int(row["created"]), int(row["changed"]), int(ended.removeprefix("DELETE "))


async def add_group(tx: Transaction, row: LearnerGroupRow) -> None:
    await (await driver(tx)).execute(
        _ADD, row.group_id, row.kind, row.title, row.school_id, row.audience, row.held_on, row.created_at
    )


async def group(tx: Transaction, group_id: UUID) -> LearnerGroupRow | None:
    row = await (await driver(tx)).fetchrow(_GROUP, group_id)
    return LearnerGroupRow(**row) if row else None


async def groups_after(
    tx: Transaction, after: UUID, limit: int, *, school_id: str | None, teacher_id: UUID | None
) -> list[Record]:
    """Groups in the order of their ids, of a school and of who teaches them where these are given."""
    return await (await driver(tx)).fetch(_LIST, school_id, after, teacher_id, limit)


async def members(tx: Transaction, group_id: UUID) -> list[Record]:
    """Who teaches, then the learners by number; with names where a roster knows them."""
    return await (await driver(tx)).fetch(_MEMBERS, group_id)


async def people(tx: Transaction, group_id: UUID) -> dict[int, PersonRow]:
    """The learners by number."""
    rows = [dict(row) for row in await (await driver(tx)).fetch(_PEOPLE, group_id)]
    return {row.pop("number"): PersonRow(**row) for row in rows}


async def add_members(tx: Transaction, group_id: UUID, learner_ids: list[UUID]) -> None:
    connection = await driver(tx)
    # Numbers are counted on: two requests must not count from the same one.
    await connection.execute(_LOCK, group_id)
    await connection.execute(_ADD_MEMBERS, group_id, learner_ids)
    await connection.execute(_COUNT, None, group_id)


async def add_leader(tx: Transaction, group_id: UUID, learner_id: UUID) -> None:
    await (await driver(tx)).execute(_LEAD, group_id, learner_id)


async def teaches(tx: Transaction, group_id: UUID, learner_id: UUID) -> bool:
    return bool(await (await driver(tx)).fetchval(_TEACHES, group_id, learner_id))


async def is_taught(tx: Transaction, learner_id: UUID, teacher_id: UUID) -> bool:
    """Whether there is a group that both are in, the one learning and the other teaching."""
    return bool(await (await driver(tx)).fetchval(_TAUGHT, learner_id, teacher_id))
