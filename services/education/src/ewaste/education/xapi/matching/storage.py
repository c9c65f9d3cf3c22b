"""What activities are here, and what became of the statements that matter."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from uuid import UUID

from asyncpg import Record
from ewaste.contracts.events.education import Assessment
from ewaste.education.xapi.matching.model import Mapping
from ewaste.education.xapi.mentions import activity_key
from ewaste.education.xapi.model import key_of
from ewaste.runtime.database import Transaction, driver, write_rows

__all__ = [
    "Outcome",
    "State",
    "counts",
    "drop_mapping",
    "learners_behind",
    "mappings_after",
    "mappings_of",
    "outcomes_before",
    "ready_for",
    "ready_now",
    "reference_behind",
    "save_mappings",
    "save_outcomes",
    "waiting_after",
]

State: TypeAlias = Literal["matched", "unmatched", "refused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a statement: a fact, waiting for a mapping or a learner, or refused for good."""

    position: int
    state: State
    reason: str | None = None
    detail: str | None = None
    reference: str | None = None
    course_id: str | None = None


_SAVE_MAPPINGS: Final = """
INSERT INTO xapi_mapping (activity_id, course_id, course_version, lesson_id, assessment_id, kind)
SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[])
  AS fresh (activity_id) ORDER BY activity_id
ON CONFLICT (activity_id) DO UPDATE SET course_id = excluded.course_id, course_version = excluded.course_version,
  lesson_id = excluded.lesson_id, assessment_id = excluded.assessment_id, kind = excluded.kind
"""
_MAPPING: Final = "activity_id, course_id, course_version, lesson_id, assessment_id, kind"
_MAPPINGS_OF: Final = f"SELECT {_MAPPING} FROM xapi_mapping WHERE activity_id = ANY($1::text[])"
_MAPPINGS_AFTER: Final = f"SELECT {_MAPPING} FROM xapi_mapping WHERE activity_id > $1 ORDER BY activity_id LIMIT $2"
_DROP_MAPPING: Final = "DELETE FROM xapi_mapping WHERE activity_id = $1 RETURNING 1"
_LEARNERS: Final = "SELECT reference, learner_id FROM learner_link WHERE reference = ANY($1::text[])"
_REFERENCE: Final = "SELECT reference FROM learner_link WHERE learner_id = $1"
_SAVE_OUTCOMES: Final = """
INSERT INTO xapi_match (position, state, reason, detail, reference, course_id)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
ON CONFLICT (position) DO UPDATE SET state = excluded.state, reason = excluded.reason, detail = excluded.detail,
  reference = excluded.reference, course_id = excluded.course_id
"""
_WAITING: Final = """
SELECT m.position, s.raw::text AS raw, s.stored, c.key, c.home_page, c.reference_prefix, c.reads_all
FROM xapi_match m JOIN xapi_statement s USING (position) JOIN xapi_client c ON c.key = s.client
WHERE m.state = 'unmatched'
"""
_LIMITED: Final = "ORDER BY m.position LIMIT $1 FOR UPDATE OF m SKIP LOCKED"
_AFTER: Final = f"{_WAITING} AND m.position > $2 {_LIMITED}"
_FOR_ACTIVITIES: Final = f"""
{_WAITING} AND EXISTS (
  SELECT 1 FROM xapi_mention a WHERE a.key = ANY($2::bytea[]) AND a.position = m.position AND a.direct
) {_LIMITED}
"""
_NOW: Final = f"""
{_WAITING} AND EXISTS (
  SELECT 1 FROM learner_link l WHERE l.reference = m.reference AND (m.reason = 'learner-unknown' OR EXISTS (
    SELECT 1 FROM enrolment e WHERE e.learner_id = l.learner_id AND e.course_id = m.course_id
  ))
) {_LIMITED}
"""
_OUTCOMES: Final = """
SELECT m.position, s.id AS statement_id, s.client, s.stored, s.raw -> 'verb' ->> 'id' AS verb,
       s.raw -> 'object' ->> 'id' AS activity_id, m.reason, m.detail
FROM xapi_match m JOIN xapi_statement s USING (position)
WHERE m.state = $1 AND ($2::bigint IS NULL OR m.position < $2) ORDER BY m.position DESC LIMIT $3
"""
_COUNTS: Final = """
SELECT state, reason, count(*) AS statements FROM xapi_match GROUP BY state, reason ORDER BY state, reason
"""


async def save_mappings(tx: Transaction, mappings: Sequence[Mapping]) -> None:
    """Add, or replace what an activity was before."""
    rows = ((m.activity_id, m.course_id, m.course_version, m.lesson_id, m.assessment_id, m.kind) for m in mappings)
    await write_rows(tx, _SAVE_MAPPINGS, rows)


async def mappings_of(tx: Transaction, activity_ids: Iterable[str]) -> dict[str, Mapping]:
    rows = await (await driver(tx)).fetch(_MAPPINGS_OF, sorted(set(activity_ids)))
    return {row["activity_id"]: _mapping(row) for row in rows}


async def mappings_after(tx: Transaction, after: str, limit: int) -> list[Mapping]:
    return [_mapping(row) for row in await (await driver(tx)).fetch(_MAPPINGS_AFTER, after, limit)]


async def drop_mapping(tx: Transaction, activity_id: str) -> bool:
    """False where there was none."""
    return await (await driver(tx)).fetchval(_DROP_MAPPING, activity_id) is not None


async def learners_behind(tx: Transaction, references: Iterable[str]) -> dict[str, UUID]:
    """The pseudonyms of those who are known under these references."""
    rows = await (await driver(tx)).fetch(_LEARNERS, sorted(set(references)))
    return {row["reference"]: row["learner_id"] for row in rows}


async def reference_behind(tx: Transaction, learner_id: UUID) -> str | None:
    found: str | None = await (await driver(tx)).fetchval(_REFERENCE, learner_id)
    return found


async def save_outcomes(tx: Transaction, outcomes: Sequence[Outcome]) -> None:
    rows = ((o.position, o.state, o.reason, o.detail, o.reference, o.course_id) for o in outcomes)
    await write_rows(tx, _SAVE_OUTCOMES, rows)


async def waiting_after(tx: Transaction, position: int, limit: int) -> list[Record]:
    """Statements that wait, in the order in which they were stored; another process doesn't take them meanwhile."""
    return await (await driver(tx)).fetch(_AFTER, limit, position)


async def ready_for(tx: Transaction, activity_ids: Iterable[str], limit: int) -> list[Record]:
    """Statements about these activities that wait."""
    keys = [key_of(activity_key(one)) for one in activity_ids]
    return await (await driver(tx)).fetch(_FOR_ACTIVITIES, limit, keys)


async def ready_now(tx: Transaction, limit: int) -> list[Record]:
    """Statements that wait for a learner who is known now, or is enrolled now."""
    return await (await driver(tx)).fetch(_NOW, limit)


async def outcomes_before(tx: Transaction, state: State, position: int | None, limit: int) -> list[Record]:
    """The newest first."""
    return await (await driver(tx)).fetch(_OUTCOMES, state, position, limit)


async def counts(tx: Transaction) -> list[Record]:
    return await (await driver(tx)).fetch(_COUNTS)


def _mapping(row: Record) -> Mapping:
    return Mapping(**{**row, "kind": Assessment(row["kind"]) if row["kind"] else None})
