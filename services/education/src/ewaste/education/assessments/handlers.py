"""Use cases of assessments. The caller owns the transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from ewaste.contracts.events.education import Assessment
from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.education.assessments import storage
from ewaste.education.assessments.model import Result, check_result, check_same, to_fact
from ewaste.education.learning.advance import advance
from ewaste.education.learning.model import CompletionRule, Enrolment, check_time
from ewaste.education.learning.storage import enrolments_of
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact, Outbox

__all__ = ["Scored", "score_assessments"]


@dataclass(frozen=True, slots=True)
class Scored:
    """A result as it stands: where `repeated`, as it was recorded the first time."""

    result: Result
    repeated: bool


@dataclass(frozen=True, slots=True)
class _Placed:
    """A result that names its version, and the enrolment that gives the cohort."""

    result: Result
    enrolment: Enrolment


async def score_assessments(
    tx: Transaction, outbox: Outbox, rule: CompletionRule, results: Sequence[Result], now: datetime
) -> list[Scored | Refused]:
    """One answer per result, in order. The same result again is accepted without a second fact.

    A post-test that is passed may complete the course: then enrolments stay locked until the transaction ends.
    """
    lock = any(r.kind is Assessment.POST_TEST for r in results)
    enrolments = await enrolments_of(tx, (r.learner_id for r in results), lock=lock)
    placed = [_place(r, enrolments, now) for r in results]
    first: dict[storage.ResultKey, _Placed] = {}
    for one in placed:
        if isinstance(one, _Placed):
            first.setdefault(one.result.key, one)
    new = await storage.add_results(tx, [one.result for one in first.values()]) if first else set()
    stands = {key: one.result for key, one in first.items()} | await storage.results(tx, first.keys() - new)
    await _tell(tx, outbox, rule, [one for key, one in first.items() if key in new])
    return [one if isinstance(one, Refused) else _scored(one.result, stands[one.result.key]) for one in placed]


async def _tell(tx: Transaction, outbox: Outbox, rule: CompletionRule, new: Sequence[_Placed]) -> None:
    await outbox.add(tx, *(Fact(to_fact(one.result, one.enrolment.cohort), one.result.scored_at) for one in new))
    tested = {one.enrolment.key: one.enrolment for one in new if one.result.kind is Assessment.POST_TEST}
    if tested:
        await advance(tx, outbox, rule, tested, {})


def _place(result: Result, enrolments: Mapping[UUID, Sequence[Enrolment]], now: datetime) -> _Placed | Refused:
    """With the version that is named, or the newest of the course that the learner takes."""
    try:
        check_time(result.scored_at, now, "scored_at")
        check_result(result)
    except Refused as refusal:
        return refusal
    fitting = [
        e for e in enrolments.get(result.learner_id, ())
        if e.course_id == result.course_id and result.course_version in (None, e.course_version)
    ]  # fmt: skip
    if not fitting:
        version = f" version {result.course_version}" if result.course_version else ""
        detail = f"learner {result.learner_id} is not enrolled in {result.course_id}{version}; enrol first"
        return Refused("not-enrolled", detail, field="course_id", status=NOT_FOUND)
    enrolment = max(fitting, key=lambda e: e.course_version)
    return _Placed(replace(result, course_version=enrolment.course_version), enrolment)


def _scored(sent: Result, stands: Result) -> Scored | Refused:
    try:
        check_same(sent, stands)
    except Refused as refusal:
        return refusal
    return Scored(stands, repeated=stands is not sent)
