"""Use cases of the wellness room. The caller owns the transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.education.assessments import storage as assessments
from ewaste.education.assessments.model import Result
from ewaste.education.content.handlers import read_course
from ewaste.education.content.model import Course, CourseKey
from ewaste.education.learning.model import Enrolment, check_time
from ewaste.education.learning.storage import enrolments_of
from ewaste.education.people.consents.handlers import consent_refusal
from ewaste.education.people.consents.model import Purpose
from ewaste.education.people.consents.storage import missing
from ewaste.education.wellness import storage
from ewaste.education.wellness.model import Attempt, Personal, check_same, score, to_fact
from ewaste.education.wellness.questionnaire import Questionnaire
from ewaste.education.wellness.scoring import Scoring
from ewaste.education.wellness.storage import AttemptKey
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact, Outbox

__all__ = ["Form", "Taken", "results_of", "take_attempts"]


@dataclass(frozen=True, slots=True)
class Taken:
    """A result as it stands, and the course from which lessons are recommended."""

    result: Result
    course: Course
    repeated: bool


@dataclass(frozen=True, slots=True)
class Form:
    """What attempts are judged by."""

    questionnaire: Questionnaire
    scoring: Scoring


async def take_attempts(
    tx: Transaction, outbox: Outbox, form: Form, attempts: Sequence[Attempt], now: datetime
) -> list[Taken | Refused]:
    """One answer per attempt, in order. The same attempt again is accepted without a second fact."""
    enrolments = await enrolments_of(tx, (one.learner_id for one in attempts))
    barred = await missing(tx, list(enrolments), Purpose.WELLNESS_QUESTIONNAIRE)
    judged = [_judge(form, one, enrolments.get(one.learner_id, ()), barred, now) for one in attempts]
    first: dict[AttemptKey, Personal] = {}
    for one in judged:
        if isinstance(one, Personal):
            first.setdefault(one.attempt.key, one)
    new = await _keep(tx, outbox, form, list(first.values())) if first else set()
    kept = await storage.attempts(tx, first.keys() - new)
    stands = await assessments.results(tx, first.keys() - new)
    courses = await _courses(tx, (one.enrolment.course for one in first.values()))
    taken: list[Taken | Refused] = []
    for one in judged:
        if isinstance(one, Refused):
            taken.append(one)
        elif one is first[one.attempt.key] and one.attempt.key in new:
            taken.append(Taken(one.to_result(), courses[one.enrolment.course], repeated=False))
        else:
            taken.append(_again(one, first[one.attempt.key], new, kept, stands, courses))
    return taken


def _judge(
    form: Form, attempt: Attempt, enrolments: Sequence[Enrolment], barred: set[UUID], now: datetime
) -> Personal | Refused:
    fitting = [one for one in enrolments if one.course_id == attempt.course_id]
    if not fitting:
        detail = f"learner {attempt.learner_id} is not enrolled in {attempt.course_id}; enrol first"
        return Refused("not-enrolled", detail, field="course_id", status=NOT_FOUND)
    if attempt.learner_id in barred:
        return consent_refusal(Purpose.WELLNESS_QUESTIONNAIRE)
    try:
        check_time(attempt.answered_at, now, "answered_at")
        return score(form.questionnaire, form.scoring, attempt, max(fitting, key=lambda one: one.course_version))
    except Refused as refusal:
        return refusal


async def _keep(tx: Transaction, outbox: Outbox, form: Form, scored: Sequence[Personal]) -> set[AttemptKey]:
    """Store what is new and tell it; returns the keys that were."""
    new = await assessments.add_results(tx, [one.to_result() for one in scored])
    fresh = [one for one in scored if one.attempt.key in new]
    name = form.scoring.name
    await storage.add_attempts(tx, [(*one.attempt.key, one.attempt.occasion, name, one.answers) for one in fresh])
    facts = [to_fact(one.to_result(), one.enrolment.cohort, one.attempt.occasion) for one in fresh]
    await outbox.add(tx, *(Fact(fact, one.attempt.answered_at) for fact, one in zip(facts, fresh, strict=True)))
    return new


def _again(
    sent: Personal,
    first: Personal,
    new: set[AttemptKey],
    kept: Mapping[AttemptKey, tuple[str, list[int]]],
    stands: Mapping[AttemptKey, Result],
    courses: Mapping[CourseKey, Course],
) -> Taken | Refused:
    """An attempt that came before, in an earlier request or an earlier line of this one."""
    key = sent.attempt.key
    before = (first.attempt.occasion.value, list(first.answers)) if key in new else kept.get(key)
    try:
        check_same(sent, before)
    except Refused as refusal:
        return refusal
    result = first.to_result() if key in new else stands[key]
    return Taken(result, courses[sent.enrolment.course], repeated=True)


async def results_of(tx: Transaction, learner_id: UUID) -> list[Taken]:
    """The learner's results, newest first; raises `Refused` for a learner whom nobody enrolled."""
    if not await enrolments_of(tx, [learner_id]):
        detail = f"no learner {learner_id}; POST /enrolments makes one"
        raise Refused("learner-unknown", detail, field="learner_id", status=NOT_FOUND)
    keys = await storage.attempts_of(tx, learner_id)
    found = await assessments.results(tx, keys)
    courses = await _courses(tx, (_course_of(one) for one in found.values()))
    return [Taken(found[key], courses[_course_of(found[key])], repeated=True) for key in keys]


def _course_of(result: Result) -> CourseKey:
    assert result.course_version is not None, "a stored result names its version"
    return result.course_id, result.course_version


async def _courses(tx: Transaction, keys: Iterable[CourseKey]) -> dict[CourseKey, Course]:
    return {key: await read_course(tx, *key) for key in set(keys)}
