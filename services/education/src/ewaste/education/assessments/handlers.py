"""Use cases of assessments. The caller owns the transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.education.assessments import storage
from ewaste.education.assessments.model import Result, check_result, check_same, to_fact
from ewaste.education.learning.model import Enrolment, check_time
from ewaste.education.learning.storage import enrolments_of
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact, Outbox

__all__ = ["Scored", "score_assessments"]


@dataclass(frozen=True, slots=True)
class Scored:
    """A result as it stands: where `repeated`, as it was recorded the first time."""

    result: Result
    repeated: bool


async def score_assessments(
    tx: Transaction, outbox: Outbox, results: Sequence[Result], now: datetime
) -> list[Scored | Refused]:
    """One answer per result, in order. The same result again is accepted without a second fact."""
    enrolments = await enrolments_of(tx, (r.learner_id for r in results))
    placed = [_place(r, enrolments, now) for r in results]
    pairs = [(r, e) for r, e in zip(results, placed, strict=True) if isinstance(e, Enrolment)]
    first: dict[storage.ResultKey, tuple[Result, Enrolment]] = {}
    for result, enrolment in pairs:
        first.setdefault(result.key, (result, enrolment))
    new = await storage.add_results(tx, [result for result, _ in first.values()]) if first else set()
    stands = {key: pair[0] for key, pair in first.items()} | await storage.results(tx, first.keys() - new)
    facts = [Fact(to_fact(r, e.cohort), r.scored_at) for key, (r, e) in first.items() if key in new]
    await outbox.add(tx, *facts)
    return [e if isinstance(e, Refused) else _scored(r, stands[r.key]) for r, e in zip(results, placed, strict=True)]


def _place(result: Result, enrolments: Mapping[UUID, Sequence[Enrolment]], now: datetime) -> Enrolment | Refused:
    """The enrolment that gives the cohort: the newest version of the course that the learner takes."""
    try:
        check_time(result.scored_at, now, "scored_at")
        check_result(result)
    except Refused as refusal:
        return refusal
    fitting = [e for e in enrolments.get(result.learner_id, ()) if e.course_id == result.course_id]
    if not fitting:
        detail = f"learner {result.learner_id} is not enrolled in {result.course_id}; enrol first"
        return Refused("not-enrolled", detail, field="course_id", status=NOT_FOUND)
    return max(fitting, key=lambda e: e.course_version)


def _scored(sent: Result, stands: Result) -> Scored | Refused:
    try:
        check_same(sent, stands)
    except Refused as refusal:
        return refusal
    return Scored(stands, repeated=stands is not sent)
