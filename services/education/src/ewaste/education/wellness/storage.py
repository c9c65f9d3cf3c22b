"""Attempts at the questionnaire, and the tallies; writes take whole arrays."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias
from uuid import UUID

from ewaste.education.wellness.tallies import Leaf, Pile
from ewaste.runtime.database import Transaction, driver, write_rows

__all__ = ["AttemptKey", "Half", "Pair", "ToldKey"]

AttemptKey: TypeAlias = tuple[UUID, str, str]
"""Learner, course, attempt."""
ToldKey: TypeAlias = tuple[str, str, date, str, str]
"""Scope, its id, start of the period, occasion, scoring."""


@dataclass(slots=True)
class Half:
    """What a batch tells of one learner's scores before and after, in the order of `MEASURES`."""

    before: list[int] | None = None
    after: list[int] | None = None
    after_day: date | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """One learner's first scores before and after, and the day of the after."""

    before: list[int]
    after: list[int]
    after_day: date


_ADD_ATTEMPTS: Final = """
INSERT INTO wellness_attempt (learner_id, course_id, attempt_id, occasion, configuration, answers)
SELECT a, b, c, d, e, f::smallint[] FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
  AS fresh (a, b, c, d, e, f)
"""
_ATTEMPTS: Final = """
SELECT learner_id, course_id, attempt_id, occasion, answers FROM wellness_attempt
JOIN unnest($1::uuid[], $2::text[], $3::text[]) AS asked (learner_id, course_id, attempt_id)
USING (learner_id, course_id, attempt_id)
"""
_OF_LEARNER: Final = """
SELECT learner_id, course_id, attempt_id FROM wellness_attempt JOIN assessment_result r USING (learner_id, course_id)
WHERE r.assessment_id = attempt_id AND learner_id = $1 ORDER BY r.scored_at DESC, attempt_id LIMIT 100
"""
_HEARD: Final = "SELECT partition, sequence FROM tally_heard WHERE partition = ANY($1::int[])"
_HEAR: Final = """
INSERT INTO tally_heard (partition, sequence) SELECT * FROM unnest($1::int[], $2::bigint[])
ON CONFLICT (partition) DO UPDATE SET sequence = excluded.sequence
"""
_COUNT: Final = """
INSERT INTO tally_counted (kind, period_start, learner_id)
SELECT * FROM unnest($1::text[], $2::date[], $3::uuid[]) AS fresh (a, b, c) ORDER BY a, b, c
ON CONFLICT DO NOTHING RETURNING kind, period_start, learner_id
"""
# Only what fills an empty place changes a row: the first scores stand, and a pair is given back once, when it is whole.
_PAIR: Final = """
INSERT INTO tally_pair AS p (learner_id, course_id, measure, before, after, after_day)
SELECT a, b, c, d::smallint[], e::smallint[], f
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[]) AS fresh (a, b, c, d, e, f)
ORDER BY a, b, c
ON CONFLICT (learner_id, course_id, measure) DO UPDATE SET
  before = coalesce(p.before, excluded.before), after = coalesce(p.after, excluded.after),
  after_day = CASE WHEN p.after IS NULL THEN excluded.after_day ELSE p.after_day END
WHERE p.before IS NULL AND excluded.before IS NOT NULL OR p.after IS NULL AND excluded.after IS NOT NULL
RETURNING learner_id, course_id, measure, before, after, after_day
"""
_LEAF: Final = "kind, scoring, period_start, period_end, khwaeng, school_id, audience, age_band"
_LEAF_ARRAYS: Final = "$1::text[], $2::text[], $3::date[], $4::date[], $5::text[], $6::text[], $7::text[], $8::text[]"
_SAME_LEAF: Final = " AND ".join(f"t.{name} = touched.{name}" for name in _LEAF.split(", "))
# In the order of the leaves: consumers that share a leaf wait for each other instead of deadlocking.
_WAIT: Final = f"""
INSERT INTO tally AS t ({_LEAF}, shown, waiting, waiting_learners)
SELECT {_LEAF}, array_fill(0::bigint, ARRAY[cardinality(v::bigint[])]), v::bigint[], l::uuid[]
FROM unnest({_LEAF_ARRAYS}, $9::text[], $10::text[]) AS fresh ({_LEAF}, v, l) ORDER BY {_LEAF}
ON CONFLICT ({_LEAF}) DO UPDATE SET
  waiting = ARRAY(SELECT a + b FROM unnest(t.waiting, excluded.waiting) WITH ORDINALITY AS u (a, b, i) ORDER BY i),
  waiting_learners = ARRAY(SELECT DISTINCT unnest(t.waiting_learners || excluded.waiting_learners))
"""
_SHOW: Final = f"""
UPDATE tally t SET
  shown = ARRAY(SELECT a + b FROM unnest(t.shown, t.waiting) WITH ORDINALITY AS u (a, b, i) ORDER BY i),
  waiting = array_fill(0::bigint, ARRAY[cardinality(t.waiting)]), waiting_learners = '{{}}'
FROM unnest({_LEAF_ARRAYS}) AS touched ({_LEAF})
WHERE cardinality(t.waiting_learners) >= $9
  AND {_SAME_LEAF}
"""
_READ: Final = f"""
SELECT {_LEAF}, shown, cardinality(waiting_learners) > 0 AS waits FROM tally
WHERE kind = ANY($1::text[]) AND ($2::date IS NULL OR $2 BETWEEN period_start AND period_end)
  AND ($3::text IS NULL OR khwaeng = $3) AND ($4::text IS NULL OR school_id = $4)
  AND ($5::text IS NULL OR audience = $5) AND ($6::text IS NULL OR age_band = $6)
ORDER BY {_LEAF}
"""
_OVER: Final = f"""
SELECT {_LEAF}, waiting, waiting_learners FROM tally
WHERE period_end < $1 AND age_band <> '*' AND waiting_learners <> '{{}}' ORDER BY {_LEAF} FOR UPDATE
"""
_EMPTY: Final = f"""
UPDATE tally t SET waiting = array_fill(0::bigint, ARRAY[cardinality(t.waiting)]), waiting_learners = '{{}}'
FROM unnest({_LEAF_ARRAYS}) AS touched ({_LEAF})
WHERE {_SAME_LEAF}
"""
_TOLD: Final = "SELECT scope, scope_id, period_start, occasion, scoring, learners FROM index_told"
_TELL: Final = """
INSERT INTO index_told (scope, scope_id, period_start, occasion, scoring, learners, told_at)
SELECT *, now() FROM unnest($1::text[], $2::text[], $3::date[], $4::text[], $5::text[], $6::bigint[])
ON CONFLICT (scope, scope_id, period_start, occasion, scoring)
DO UPDATE SET learners = excluded.learners, told_at = excluded.told_at
"""


def _array(values: Iterable[object]) -> str:
    """An array as PostgreSQL writes it: arrays of arrays would be flattened by unnest."""
    return "{" + ",".join(map(str, values)) + "}"


async def add_attempts(tx: Transaction, rows: Sequence[tuple[UUID, str, str, str, str, Sequence[int]]]) -> None:
    """Keep what was answered; the caller knows that the keys are new."""
    await write_rows(tx, _ADD_ATTEMPTS, [(*row[:5], _array(row[5])) for row in rows])


async def attempts(tx: Transaction, keys: Iterable[AttemptKey]) -> dict[AttemptKey, tuple[str, list[int]]]:
    """Occasion and answers of these attempts."""
    asked = list(keys)
    rows = await (await driver(tx)).fetch(_ATTEMPTS, *([key[n] for key in asked] for n in range(3)))
    return {(r["learner_id"], r["course_id"], r["attempt_id"]): (r["occasion"], r["answers"]) for r in rows}


async def attempts_of(tx: Transaction, learner_id: UUID) -> list[AttemptKey]:
    """The learner's last hundred, newest first."""
    rows = await (await driver(tx)).fetch(_OF_LEARNER, learner_id)
    return [(row["learner_id"], row["course_id"], row["attempt_id"]) for row in rows]


async def heard(tx: Transaction, partitions: Iterable[int]) -> dict[int, int]:
    """The highest sequence number counted, by partition; 0 and less is before the first."""
    rows = await (await driver(tx)).fetch(_HEARD, list(partitions))
    return {row["partition"]: row["sequence"] for row in rows}


async def hear(tx: Transaction, marks: Mapping[int, int]) -> None:
    await write_rows(tx, _HEAR, sorted(marks.items()))


async def count(tx: Transaction, learners: Iterable[tuple[str, date, UUID]]) -> set[tuple[str, date, UUID]]:
    """Those (kind, start of period, learner) who were not counted before."""
    asked = list(learners)
    if not asked:
        return set()
    rows = await (await driver(tx)).fetch(_COUNT, *([one[n] for one in asked] for n in range(3)))
    return {(row["kind"], row["period_start"], row["learner_id"]) for row in rows}


async def pair(tx: Transaction, pairs: Mapping[tuple[UUID, str, str], Half]) -> dict[tuple[UUID, str, str], Pair]:
    """Keep the first scores of each learner, course and measure; returns the pairs that became whole."""
    if not pairs:
        return {}
    rows = await (await driver(tx)).fetch(
        _PAIR,
        *([key[n] for key in pairs] for n in range(3)),
        [one.before and _array(one.before) for one in pairs.values()],
        [one.after and _array(one.after) for one in pairs.values()],
        [one.after_day for one in pairs.values()],
    )
    return {
        (row["learner_id"], row["course_id"], row["measure"]): Pair(row["before"], row["after"], row["after_day"])
        for row in rows
        if row["before"] is not None and row["after"] is not None
    }


async def add(tx: Transaction, piles: Mapping[Leaf, Pile], fewest: int) -> None:
    """Let the piles wait in their leaves, and show what then comes from at least `fewest` learners."""
    if piles:
        connection = await driver(tx)
        columns = _columns(piles)
        waiting = [_array(pile.vector) for pile in piles.values()]
        learners = [_array(pile.learners) for pile in piles.values()]
        await connection.execute(_WAIT, *columns, waiting, learners)
        await connection.execute(_SHOW, *columns, fewest)


async def read(
    tx: Transaction,
    kinds: Iterable[str],
    *,
    on: date | None = None,
    khwaeng: str | None = None,
    school_id: str | None = None,
    audience: str | None = None,
    age_band: str | None = None,
) -> list[tuple[Leaf, list[int], bool]]:
    """Leaf, what is shown, and whether somebody waits."""
    rows = await (await driver(tx)).fetch(_READ, list(kinds), on, khwaeng, school_id, audience, age_band)
    return [(Leaf(*(row[n] for n in range(8))), row["shown"], row["waits"]) for row in rows]


async def over(tx: Transaction, today: date) -> dict[Leaf, Pile]:
    """What waits in the leaves of periods that ended before `today`; locked."""
    rows = await (await driver(tx)).fetch(_OVER, today)
    return {
        Leaf(*(row[n] for n in range(8))): Pile(row["waiting"], {str(one) for one in row["waiting_learners"]})
        for row in rows
    }


async def empty(tx: Transaction, leaves: Iterable[Leaf]) -> None:
    """Nobody waits in these leaves any more."""
    await write_rows(tx, _EMPTY, leaves)


async def told(tx: Transaction) -> dict[ToldKey, int]:
    """Learners of each published index."""
    rows = await (await driver(tx)).fetch(_TOLD)
    return {(r["scope"], r["scope_id"], r["period_start"], r["occasion"], r["scoring"]): r["learners"] for r in rows}


async def tell(tx: Transaction, rows: Iterable[tuple[str, str, date, str, str, int]]) -> None:
    await write_rows(tx, _TELL, rows)


def _columns(piles: Mapping[Leaf, Pile]) -> list[list[object]]:
    return [list(column) for column in zip(*piles, strict=True)]
