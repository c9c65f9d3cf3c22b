"""Results of tests and their dimensions; writes take whole arrays."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final, TypeAlias
from uuid import UUID

from ewaste.contracts.events.education import Assessment, Dimension, DimensionScore
from ewaste.education.assessments.gain import TestResult
from ewaste.education.assessments.model import Result
from ewaste.education.storage import Table
from ewaste.runtime.database import Transaction, driver, write_rows
from ewaste.runtime.tables import moment
from sqlmodel import Field

__all__ = ["AssessmentResultRow", "DimensionResultRow", "ResultKey"]

ResultKey: TypeAlias = tuple[UUID, str, str]
"""Learner, course, assessment."""


class AssessmentResultRow(Table, table=True):
    __tablename__: ClassVar[Any] = "assessment_result"

    learner_id: UUID = Field(primary_key=True)
    course_id: str = Field(primary_key=True)
    assessment_id: str = Field(primary_key=True)
    course_version: int
    kind: str
    score_basis_points: int
    scored_at: datetime = Field(sa_column=moment())


class DimensionResultRow(Table, table=True):
    __tablename__: ClassVar[Any] = "dimension_result"

    learner_id: UUID = Field(primary_key=True)
    course_id: str = Field(primary_key=True)
    assessment_id: str = Field(primary_key=True)
    dimension: str = Field(primary_key=True)
    score_basis_points: int


# In the order of the key: two requests over the same results wait for each other instead of deadlocking.
_ADD: Final = """
INSERT INTO assessment_result (learner_id, course_id, assessment_id, course_version, kind, score_basis_points,
                               scored_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::int[], $7::timestamptz[])
  AS fresh (learner_id, course_id, assessment_id) ORDER BY learner_id, course_id, assessment_id
ON CONFLICT DO NOTHING RETURNING learner_id, course_id, assessment_id
"""
_ADD_DIMENSIONS: Final = """
INSERT INTO dimension_result (learner_id, course_id, assessment_id, dimension, score_basis_points)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[])
"""
_STORED: Final = """
SELECT a.*, d.dimension, d.score_basis_points AS dimension_score FROM assessment_result a
JOIN unnest($1::uuid[], $2::text[], $3::text[]) AS asked (learner_id, course_id, assessment_id)
USING (learner_id, course_id, assessment_id)
LEFT JOIN dimension_result d USING (learner_id, course_id, assessment_id)
"""


_TESTS: Final = """
SELECT learner_id, course_version, kind, score_basis_points, scored_at FROM assessment_result
WHERE course_id = $1 AND learner_id = ANY($2::uuid[]) AND kind IN ('pre_test', 'post_test')
"""
_PASSED: Final = """
SELECT r.learner_id, r.course_id, r.course_version, min(r.scored_at) AS passed_at FROM assessment_result r
JOIN unnest($1::uuid[], $2::text[], $3::int[]) AS asked (learner_id, course_id, course_version)
USING (learner_id, course_id, course_version)
WHERE r.kind = 'post_test' AND r.score_basis_points >= $4 GROUP BY r.learner_id, r.course_id, r.course_version
"""


async def add_results(tx: Transaction, results: Sequence[Result]) -> set[ResultKey]:
    """Store the results with their dimensions; returns the keys that were new."""
    connection = await driver(tx)
    rows = await connection.fetch(
        _ADD,
        [r.learner_id for r in results],
        [r.course_id for r in results],
        [r.assessment_id for r in results],
        [r.course_version for r in results],
        [r.kind.value for r in results],
        [r.score_basis_points for r in results],
        [r.scored_at for r in results],
    )
    new = {(row["learner_id"], row["course_id"], row["assessment_id"]) for row in rows}
    scores = [
        (*r.key, one.dimension.value, one.score_basis_points) for r in results if r.key in new for one in r.dimensions
    ]
    await write_rows(tx, _ADD_DIMENSIONS, scores)
    return new


async def passed(
    tx: Transaction, enrolments: Iterable[tuple[UUID, str, int]], pass_mark: int
) -> dict[tuple[UUID, str, int], datetime]:
    """When the post-test was first passed, by learner, course and version; those who have not are missing."""
    asked = list(enrolments)
    rows = await (await driver(tx)).fetch(_PASSED, *([key[n] for key in asked] for n in range(3)), pass_mark)
    return {(row["learner_id"], row["course_id"], row["course_version"]): row["passed_at"] for row in rows}


async def tests_of(
    tx: Transaction, course_id: str, learner_ids: Iterable[UUID]
) -> dict[tuple[UUID, int], list[TestResult]]:
    """The results of pre-tests and post-tests of a course, by learner and version."""
    found: dict[tuple[UUID, int], list[TestResult]] = {}
    for row in await (await driver(tx)).fetch(_TESTS, course_id, sorted(set(learner_ids))):
        result = TestResult(Assessment(row["kind"]), row["score_basis_points"], row["scored_at"])
        found.setdefault((row["learner_id"], row["course_version"]), []).append(result)
    return found


async def results(tx: Transaction, keys: Iterable[ResultKey]) -> dict[ResultKey, Result]:
    """The stored results under these keys."""
    asked = list(keys)
    found: dict[ResultKey, Result] = {}
    for row in await (await driver(tx)).fetch(_STORED, *([key[n] for key in asked] for n in range(3))):
        key = (row["learner_id"], row["course_id"], row["assessment_id"])
        scores = found[key].dimensions if key in found else ()
        if row["dimension"] is not None:
            score = DimensionScore(dimension=Dimension(row["dimension"]), score_basis_points=row["dimension_score"])
            scores = (*scores, score)
        found[key] = Result(
            *key, Assessment(row["kind"]), row["score_basis_points"], scores, row["scored_at"], row["course_version"]
        )
    return found
