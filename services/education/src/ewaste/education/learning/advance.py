"""How far enrolments are, and the moment at which a course is completed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ewaste.contracts.events.education import CourseCompleted
from ewaste.education.assessments import storage as assessments
from ewaste.education.content import storage as content
from ewaste.education.learning import storage
from ewaste.education.learning.model import CompletionRule, Enrolment, EnrolmentKey
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact, Outbox

__all__ = ["advance"]


async def advance(
    tx: Transaction,
    outbox: Outbox,
    rule: CompletionRule,
    touched: Mapping[EnrolmentKey, Enrolment],
    more: Mapping[EnrolmentKey, int],
) -> dict[EnrolmentKey, Enrolment]:
    """Count `more` new lessons and complete the courses for which the rule now holds.

    The caller holds the locks of the enrolments: so of two last deeds one completes the course, and only once.
    """
    ahead = {key: replace(e, lessons_completed=e.lessons_completed + more.get(key, 0)) for key, e in touched.items()}
    moments = await _moments(tx, rule, [e for e in ahead.values() if e.completed_at is None])
    ahead |= {key: replace(ahead[key], completed_at=moment) for key, moment in moments.items()}
    await storage.advance(tx, [e for key, e in ahead.items() if e != touched[key]])
    await outbox.add(tx, *(_course_completed(ahead[key]) for key in moments))
    return ahead


async def _moments(
    tx: Transaction, rule: CompletionRule, enrolments: Sequence[Enrolment]
) -> dict[EnrolmentKey, datetime]:
    """When those courses were completed that are: at the latest lesson, or when the post-test was passed after it."""
    outlines = await content.versions_of(tx, (e.course_id for e in enrolments))
    asked = {e.key: outlines[e.course_id][e.course_version] for e in enrolments}
    done = [e for e in enrolments if rule.holds(done=e.lessons_completed, lessons=asked[e.key].lessons)]
    if not done:
        return {}
    lessons = await storage.last_completions(tx, done)
    mark = rule.post_test_basis_points
    tested = [e.key for e in done if mark is not None and asked[e.key].post_test]
    passed = await assessments.passed(tx, tested, mark) if tested and mark is not None else {}
    missing = set(tested) - passed.keys()
    return {e.key: max(lessons[e.key], passed.get(e.key, lessons[e.key])) for e in done if e.key not in missing}


def _course_completed(enrolment: Enrolment) -> Fact:
    assert enrolment.completed_at is not None, "a course is completed by a deed that has a time"
    data = CourseCompleted(
        learner_id=str(enrolment.learner_id),
        course_id=enrolment.course_id,
        course_version=enrolment.course_version,
        cohort=enrolment.cohort,
        lessons_completed=enrolment.lessons_completed,
    )
    return Fact(data, enrolment.completed_at)
