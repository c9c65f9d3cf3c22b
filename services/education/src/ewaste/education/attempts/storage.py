"""Attempts and their answers; writes take whole arrays."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, Final, TypeAlias
from uuid import UUID

from asyncpg import Record
from ewaste.contracts.events.education import Assessment
from ewaste.contracts.refusal import CONFLICT, Refused
from ewaste.education.attempts.model import Answer, Attempt
from ewaste.education.storage import Table
from ewaste.runtime.database import Transaction, driver, write_rows
from ewaste.runtime.tables import moment
from sqlalchemy import ARRAY, Column, Index, Text
from sqlmodel import Field

__all__ = ["AnswerRow", "AttemptRow", "NewAnswer"]

NewAnswer: TypeAlias = tuple[UUID, str, Answer]
"""Attempt, question, answer."""


class AttemptRow(Table, table=True):
    """One sitting; its id was made on the learner's device."""

    __tablename__: ClassVar[Any] = "attempt"
    __table_args__ = (Index("attempt_of_learner", "learner_id", "course_id"),)

    attempt_id: UUID = Field(primary_key=True)
    learner_id: UUID
    course_id: str
    course_version: int
    kind: str
    lesson_id: str | None = None
    started_at: datetime = Field(sa_column=moment())
    finished_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    assessment_id: str | None = None
    score_basis_points: int | None = None


class AnswerRow(Table, table=True):
    __tablename__: ClassVar[Any] = "answer"

    attempt_id: UUID = Field(primary_key=True)
    question_id: str = Field(primary_key=True)
    chosen: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    answered_at: datetime = Field(sa_column=moment())
    score_basis_points: int


_BY_ID: Final = "SELECT * FROM attempt WHERE attempt_id = ANY($1::uuid[])"
_OF_LEARNERS: Final = """
SELECT * FROM attempt WHERE learner_id = ANY($1::uuid[]) ORDER BY started_at, attempt_id
"""
_ANSWERS: Final = "SELECT * FROM answer WHERE attempt_id = ANY($1::uuid[]) ORDER BY answered_at, question_id"
_ADD: Final = """
INSERT INTO attempt (attempt_id, learner_id, course_id, course_version, kind, lesson_id, started_at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::text[], $6::text[], $7::timestamptz[])
  AS fresh (attempt_id) ORDER BY attempt_id
ON CONFLICT DO NOTHING RETURNING attempt_id
"""
_FINISH: Final = """
UPDATE attempt a SET finished_at = n.finished_at, assessment_id = n.assessment_id,
                     score_basis_points = n.score_basis_points
FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::int[])
  AS n (attempt_id, finished_at, assessment_id, score_basis_points)
WHERE a.attempt_id = n.attempt_id
"""
# Answers of one question differ in length, so an array of arrays is no rectangle: a separator that no id holds.
_ADD_ANSWERS: Final = """
INSERT INTO answer (attempt_id, question_id, chosen, answered_at, score_basis_points)
SELECT attempt_id, question_id, string_to_array(chosen, ' '), answered_at, score_basis_points
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::int[])
  AS n (attempt_id, question_id, chosen, answered_at, score_basis_points)
"""
_USED_IDS: Final = """
SELECT learner_id, course_id, assessment_id FROM assessment_result WHERE learner_id = ANY($1::uuid[])
"""


async def attempts(tx: Transaction, attempt_ids: Iterable[UUID]) -> dict[UUID, Attempt]:
    """The attempts with their answers, by id."""
    rows = await (await driver(tx)).fetch(_BY_ID, sorted(set(attempt_ids)))
    return await _with_answers(tx, rows)


async def attempts_of(tx: Transaction, learner_ids: Iterable[UUID]) -> list[Attempt]:
    """The learners' attempts without their answers, oldest first."""
    rows = await (await driver(tx)).fetch(_OF_LEARNERS, sorted(set(learner_ids)))
    return [_attempt(row) for row in rows]


async def used_ids(tx: Transaction, learner_ids: Iterable[UUID]) -> set[tuple[UUID, str, str]]:
    """Learner, course and assessment id of every result that these learners have."""
    rows = await (await driver(tx)).fetch(_USED_IDS, sorted(set(learner_ids)))
    return {(row["learner_id"], row["course_id"], row["assessment_id"]) for row in rows}


async def add_attempts(tx: Transaction, fresh: Sequence[Attempt]) -> None:
    """Store new attempts; raises `Refused` where another learner began one under such an id at this moment."""
    if not fresh:
        return
    rows = [(a.attempt_id, a.learner_id, *a.course, a.kind.value, a.lesson_id, a.started_at) for a in fresh]
    added = await (await driver(tx)).fetch(_ADD, *(list(column) for column in zip(*rows, strict=True)))
    missing = {a.attempt_id for a in fresh} - {row["attempt_id"] for row in added}
    if missing:
        detail = f"attempt {min(missing)} was begun elsewhere at the same moment; make a new id"
        raise Refused("attempt-otherwise", detail, field="attempt_id", status=CONFLICT)


async def add_answers(tx: Transaction, answers: Iterable[NewAnswer]) -> None:
    rows = [(a, q, " ".join(one.chosen), one.answered_at, one.score_basis_points) for a, q, one in answers]
    await write_rows(tx, _ADD_ANSWERS, rows)


async def finish(tx: Transaction, finished: Iterable[Attempt]) -> None:
    rows = [(a.attempt_id, a.finished_at, a.assessment_id, a.score_basis_points) for a in finished]
    await write_rows(tx, _FINISH, rows)


async def _with_answers(tx: Transaction, rows: Sequence[Record]) -> dict[UUID, Attempt]:
    answers: dict[UUID, dict[str, Answer]] = {row["attempt_id"]: {} for row in rows}
    for row in await (await driver(tx)).fetch(_ANSWERS, list(answers)):
        answer = Answer(tuple(row["chosen"]), row["answered_at"], row["score_basis_points"])
        answers[row["attempt_id"]][row["question_id"]] = answer
    return {row["attempt_id"]: replace(_attempt(row), answers=answers[row["attempt_id"]]) for row in rows}


def _attempt(row: Record) -> Attempt:
    return Attempt(**{**row, "kind": Assessment(row["kind"])})
