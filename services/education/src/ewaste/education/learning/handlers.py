"""Use cases of learning: load, decide, save, tell. The caller owns the transaction."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from ewaste.contracts.events.education import LearnerEnrolled, LessonCompleted
from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.education.content import storage as content
from ewaste.education.content.model import CourseKey, Outline
from ewaste.education.learning import storage
from ewaste.education.learning.advance import advance
from ewaste.education.learning.model import (
    Candidate,
    Completion,
    CompletionRule,
    Enrolment,
    check_same,
    check_time,
    enrolment_of,
    version_for,
)
from ewaste.education.learning.storage import ResultKey
from ewaste.education.people import storage as people
from ewaste.education.people.model import School, check_cohort
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact, Outbox

__all__ = ["Enrolled", "Recorded", "complete_lessons", "enrol_learners"]

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Enrolled:
    enrolment: Enrolment
    repeated: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """A completed lesson as it stands: where `repeated`, what was recorded the first time."""

    enrolment: Enrolment
    lesson_id: str
    completed_at: datetime
    score_basis_points: int | None
    duration_seconds: int | None
    repeated: bool


async def enrol_learners(
    tx: Transaction, outbox: Outbox, schools: Mapping[str, School], candidates: Sequence[Candidate], now: datetime
) -> list[Enrolled | Refused]:
    """One result per candidate, in order. Who is enrolled in the version already gets that answer, without a fact."""
    versions = await content.versions_of(tx, (c.course_id for c in candidates))
    known = await storage.enrolments_of(tx, (c.learner_id for c in candidates if c.learner_id))
    judged = [_judge(c, schools, versions.get(c.course_id, {}), known, now) for c in candidates]
    links = await _link(tx, judged, now)
    wanted = [one if isinstance(one, Refused) else _enrolment(one, links) for one in judged]
    first = _first_of((one.key, one) for one in wanted if isinstance(one, Enrolment))
    new = await storage.add_enrolments(tx, list(first.values())) if first else set()
    stored = await storage.enrolments_of(tx, (key[0] for key in first.keys() - new))
    stands = {**first, **{e.key: e for enrolments in stored.values() for e in enrolments if e.key not in new}}
    await outbox.add(tx, *(_enrolled(one) for key, one in first.items() if key in new))
    return [one if isinstance(one, Refused) else _enrolled_as(one, stands[one.key]) for one in wanted]


def _judge(
    candidate: Candidate,
    schools: Mapping[str, School],
    versions: Mapping[int, Outline],
    known: Mapping[UUID, list[Enrolment]],
    now: datetime,
) -> Candidate | Refused:
    try:
        check_cohort(candidate.cohort, schools)
        check_time(candidate.enrolled_at, now, "enrolled_at")
        version = version_for(candidate, versions.keys())
    except Refused as refusal:
        return refusal
    if candidate.learner_id and candidate.learner_id not in known:
        detail = f"no learner {candidate.learner_id}; leave learner_id out to get a new one"
        return Refused("learner-unknown", detail, field="learner_id", status=NOT_FOUND)
    return replace(candidate, course_version=version)


async def _link(tx: Transaction, judged: Sequence[Candidate | Refused], now: datetime) -> dict[str, UUID]:
    good = [one for one in judged if isinstance(one, Candidate)]
    proposed = _first_of((one.reference, one.fresh_id) for one in good if one.reference)
    return await people.link(tx, proposed, now) if proposed else {}


def _enrolment(candidate: Candidate, links: Mapping[str, UUID]) -> Enrolment:
    linked = links[candidate.reference] if candidate.reference else candidate.fresh_id
    assert candidate.course_version is not None, "the version was found when the candidate was judged"
    return Enrolment(
        learner_id=candidate.learner_id or linked,
        course_id=candidate.course_id,
        course_version=candidate.course_version,
        cohort=candidate.cohort,
        enrolled_at=candidate.enrolled_at,
    )


def _enrolled(enrolment: Enrolment) -> Fact:
    data = LearnerEnrolled(
        learner_id=str(enrolment.learner_id),
        course_id=enrolment.course_id,
        course_version=enrolment.course_version,
        cohort=enrolment.cohort,
    )
    return Fact(data, enrolment.enrolled_at)


def _enrolled_as(wanted: Enrolment, stands: Enrolment) -> Enrolled | Refused:
    try:
        check_same(wanted, stands)
    except Refused as refusal:
        return refusal
    return Enrolled(stands, repeated=stands is not wanted)


async def complete_lessons(
    tx: Transaction, outbox: Outbox, rule: CompletionRule, completions: Sequence[Completion], now: datetime
) -> list[Recorded | Refused]:
    """One result per completion, in order. A lesson counts once per learner and version; the first report stands.

    The enrolments stay locked until the transaction ends, so that of two last lessons one completes the course.
    """
    enrolments = await storage.enrolments_of(tx, (c.learner_id for c in completions), lock=True)
    holders = await content.courses_with(tx, (c.lesson_id for c in completions))
    placed = [_place(c, enrolments.get(c.learner_id, ()), holders, now) for c in completions]
    pairs = [(c, e) for c, e in zip(completions, placed, strict=True) if isinstance(e, Enrolment)]
    first = _first_of(((*e.key, c.lesson_id), (c, e)) for c, e in pairs)
    new = await storage.add_results(tx, list(first.values())) if first else set()
    await outbox.add(tx, *(_completed(*first[key]) for key in first if key in new))
    more = Counter(key[:3] for key in new)
    ahead = await advance(tx, outbox, rule, {e.key: e for _, e in pairs}, more)
    stored = await storage.results(tx, first.keys() - new)
    return [
        e if isinstance(e, Refused) else _recorded(c, ahead[e.key], first, stored)
        for c, e in zip(completions, placed, strict=True)
    ]


def _place(
    completion: Completion,
    enrolments: Sequence[Enrolment],
    holders: Mapping[str, Sequence[CourseKey]],
    now: datetime,
) -> Enrolment | Refused:
    try:
        check_time(completion.completed_at, now, "completed_at")
        return enrolment_of(completion, enrolments, holders)
    except Refused as refusal:
        return refusal


def _completed(completion: Completion, enrolment: Enrolment) -> Fact:
    data = LessonCompleted(
        learner_id=str(enrolment.learner_id),
        course_id=enrolment.course_id,
        course_version=enrolment.course_version,
        lesson_id=completion.lesson_id,
        cohort=enrolment.cohort,
        score_basis_points=completion.score_basis_points,
        duration_seconds=completion.duration_seconds,
    )
    return Fact(data, completion.completed_at)


def _recorded(
    completion: Completion,
    enrolment: Enrolment,
    first: Mapping[ResultKey, tuple[Completion, Enrolment]],
    stored: Mapping[ResultKey, Completion],
) -> Recorded:
    """What stands: the row of an earlier request, else the first line of this one."""
    key = (*enrolment.key, completion.lesson_id)
    stands = stored.get(key) or first[key][0]
    return Recorded(
        enrolment=enrolment,
        lesson_id=completion.lesson_id,
        completed_at=stands.completed_at,
        score_basis_points=stands.score_basis_points,
        duration_seconds=stands.duration_seconds,
        repeated=stands is not completion,
    )


def _first_of(pairs: Iterable[tuple[K, V]]) -> dict[K, V]:
    """The first value of each key, in the order of the request."""
    found: dict[K, V] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found
