"""Use cases of attempts. The caller owns the transaction."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from ewaste.contracts.events.education import Assessment
from ewaste.contracts.refusal import CONFLICT, NOT_FOUND, Refused
from ewaste.education.assessments.handlers import score_assessments
from ewaste.education.assessments.model import Result
from ewaste.education.attempts import storage
from ewaste.education.attempts.model import Attempt, Sheet, merged, sittings_of
from ewaste.education.content.library import Library
from ewaste.education.content.model import Course, CourseKey
from ewaste.education.learning.handlers import complete_lessons
from ewaste.education.learning.model import Completion, CompletionRule, Enrolment
from ewaste.education.learning.storage import enrolments_of
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Outbox

__all__ = ["Taken", "read_attempt", "record_attempts"]

_LONGEST: Final = timedelta(days=1)
Test: TypeAlias = tuple[UUID, CourseKey, str]
"""Learner, course and test."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An attempt as it stands after a sheet, the course that it is of, and whether the sheet began it."""

    attempt: Attempt
    course: Course
    new: bool


async def read_attempt(tx: Transaction, library: Library, attempt_id: UUID) -> Taken:
    """Raises `Refused` where it was never begun."""
    attempt = (await storage.attempts(tx, [attempt_id])).get(attempt_id)
    if attempt is None:
        detail = f"no attempt {attempt_id}; PUT it to begin"
        raise Refused("attempt-unknown", detail, field="attempt_id", status=NOT_FOUND)
    return Taken(attempt, await library.course(tx, attempt.course), new=False)


async def record_attempts(
    tx: Transaction, outbox: Outbox, rule: CompletionRule, library: Library, sheets: Sequence[Sheet], now: datetime
) -> list[Taken | Refused]:
    """One answer per sheet, in order. A refused sheet changes nothing; the others are taken together.

    The learners' enrolments stay locked: a phone that sends the same sheet twice at once is one phone.
    """
    enrolments = await enrolments_of(tx, (s.learner_id for s in sheets), lock=True)
    before = await storage.attempts(tx, (s.attempt_id for s in sheets))
    sittings = Counter(_test(a) for a in await storage.attempts_of(tx, enrolments))
    stands = dict(before)
    taken: list[Taken | Refused] = []
    for sheet in sheets:
        try:
            begun = stands.get(sheet.attempt_id) or _begin(sheet, enrolments, sittings, rule)
            course = await library.course(tx, begun.course)
            after = merged(sheet, begun, course, now)
        except Refused as refusal:
            taken.append(refusal)
            continue
        if sheet.attempt_id not in stands:
            sittings[_test(after)] += 1
        stands[sheet.attempt_id] = after
        taken.append(Taken(after, course, new=sheet.attempt_id not in before))
    after_all = await _save(tx, outbox, rule, before, stands, now)
    return [replace(t, attempt=after_all[t.attempt.attempt_id]) if isinstance(t, Taken) else t for t in taken]


def _test(attempt: Attempt) -> Test:
    return attempt.learner_id, attempt.course, attempt.test_id


def _begin(
    sheet: Sheet, enrolments: Mapping[UUID, Sequence[Enrolment]], sittings: Counter[Test], rule: CompletionRule
) -> Attempt:
    fitting = [
        e.course_version for e in enrolments.get(sheet.learner_id, ())
        if e.course_id == sheet.course_id and sheet.course_version in (None, e.course_version)
    ]  # fmt: skip
    if not fitting:
        detail = f"learner {sheet.learner_id} is not enrolled in {sheet.course_id}; enrol first"
        raise Refused("not-enrolled", detail, field="course_id", status=NOT_FOUND)
    attempt = Attempt(
        attempt_id=sheet.attempt_id,
        learner_id=sheet.learner_id,
        course_id=sheet.course_id,
        course_version=max(fitting),
        kind=sheet.kind,
        lesson_id=sheet.lesson_id,
        started_at=sheet.started_at,
    )
    most = sittings_of(rule, sheet.kind)
    if most is not None and sittings[_test(attempt)] >= most:
        detail = f"the {sheet.kind} was begun {most} times already, which is all there is; go on with those"
        raise Refused("no-more-sittings", detail, field="kind", status=CONFLICT)
    return attempt


async def _save(
    tx: Transaction,
    outbox: Outbox,
    rule: CompletionRule,
    before: Mapping[UUID, Attempt],
    stands: Mapping[UUID, Attempt],
    now: datetime,
) -> dict[UUID, Attempt]:
    fresh = [a for key, a in stands.items() if key not in before]
    finished = [a for key, a in stands.items() if a.finished_at and (key not in before or not before[key].finished_at)]
    named = await _name(tx, finished)
    await storage.add_attempts(tx, fresh)
    await storage.add_answers(tx, _new_answers(before, stands))
    await storage.finish(tx, named)
    await _tell(tx, outbox, rule, named, now)
    return {**stands, **{a.attempt_id: a for a in named}}


def _new_answers(before: Mapping[UUID, Attempt], stands: Mapping[UUID, Attempt]) -> Iterable[storage.NewAnswer]:
    for key, attempt in stands.items():
        known = before[key].answers if key in before else {}
        yield from ((key, name, answer) for name, answer in attempt.answers.items() if name not in known)


async def _name(tx: Transaction, finished: Sequence[Attempt]) -> list[Attempt]:
    """The finished attempts with the id of their result: the test's own, with a number from the second sitting on."""
    used = await storage.used_ids(tx, (a.learner_id for a in finished)) if finished else set()
    named = []
    for attempt in sorted(finished, key=lambda a: (a.finished_at, a.attempt_id)):
        number, name = 1, attempt.test_id
        while (attempt.learner_id, attempt.course_id, name) in used:
            number += 1
            name = f"{attempt.test_id}:{number}"
        used.add((attempt.learner_id, attempt.course_id, name))
        named.append(replace(attempt, assessment_id=name))
    return named


async def _tell(
    tx: Transaction, outbox: Outbox, rule: CompletionRule, finished: Sequence[Attempt], now: datetime
) -> None:
    """Score what is finished, and complete the lessons of quizzes that were good enough. Raises `Refused` for all."""
    for scored in await score_assessments(tx, outbox, rule, [_result(a) for a in finished], now) if finished else ():
        if isinstance(scored, Refused):
            raise scored
    quizzes = [_completion(a) for a in finished
               if a.kind is Assessment.QUIZ and (a.score_basis_points or 0) >= rule.quiz_basis_points]  # fmt: skip
    for completed in await complete_lessons(tx, outbox, rule, quizzes, now) if quizzes else ():
        if isinstance(completed, Refused):
            raise completed


def _result(attempt: Attempt) -> Result:
    assert attempt.finished_at is not None, "only a finished sitting has a result"
    assert attempt.assessment_id is not None, "it was named"
    assert attempt.score_basis_points is not None, "it was scored"
    return Result(
        learner_id=attempt.learner_id,
        course_id=attempt.course_id,
        assessment_id=attempt.assessment_id,
        kind=attempt.kind,
        score_basis_points=attempt.score_basis_points,
        dimensions=(),
        scored_at=attempt.finished_at,
        course_version=attempt.course_version,
    )


def _completion(attempt: Attempt) -> Completion:
    assert attempt.finished_at is not None, "only a finished quiz completes its lesson"
    assert attempt.lesson_id is not None, "a quiz is of a lesson"
    took = attempt.finished_at - attempt.started_at
    return Completion(
        learner_id=attempt.learner_id,
        lesson_id=attempt.lesson_id,
        completed_at=attempt.finished_at,
        course_id=attempt.course_id,
        course_version=attempt.course_version,
        score_basis_points=attempt.score_basis_points,
        # A phone that was put away overnight, or whose clock was set back, says nothing about how long it took.
        duration_seconds=int(took.total_seconds()) if timedelta(0) <= took < _LONGEST else None,
    )
