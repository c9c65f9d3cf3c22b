"""Which enrolment a lesson counts for, and when a course is completed."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from ewaste.contracts.events.education import Audience, Cohort
from ewaste.contracts.refusal import Refused
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
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LEARNER = UUID("c0a8f3d2-6b1e-4f57-9d34-2e71b5a90c68")
PUBLIC = Cohort(audience=Audience.PUBLIC)


def _in(course_id: str, version: int = 1, cohort: Cohort = PUBLIC) -> Enrolment:
    return Enrolment(LEARNER, course_id, version, cohort, NOW)


def _lesson(lesson_id: str, course_id: str | None = None, version: int | None = None) -> Completion:
    return Completion(LEARNER, lesson_id, NOW, course_id, version)


def test_the_lesson_tells_the_course() -> None:
    enrolments = [_in("a"), _in("b")]

    assert enrolment_of(_lesson("l"), enrolments, {"l": [("b", 1)]}) is enrolments[1]


def test_where_two_versions_hold_the_lesson_the_course_must_be_named() -> None:
    enrolments = [_in("a", 1), _in("a", 2)]
    holders = {"l": [("a", 1), ("a", 2)]}

    with pytest.raises(Refused) as refused:
        enrolment_of(_lesson("l"), enrolments, holders)
    assert (refused.value.code, refused.value.field) == ("course-ambiguous", "course_version")
    assert enrolment_of(_lesson("l", "a", 2), enrolments, holders) is enrolments[1]


@pytest.mark.parametrize(
    ("enrolments", "holders", "code", "field"),
    [
        ([], {"l": [("a", 1)]}, "learner-unknown", "learner_id"),
        ([_in("a")], {}, "lesson-unknown", "lesson_id"),
        ([_in("a")], {"l": [("b", 1)]}, "lesson-of-another-course", "lesson_id"),
        ([_in("a", 1)], {"l": [("a", 2)]}, "lesson-of-another-course", "lesson_id"),
    ],
)
def test_what_counts_for_nothing_is_refused(
    enrolments: list[Enrolment], holders: dict[str, list[tuple[str, int]]], code: str, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        enrolment_of(_lesson("l"), enrolments, holders)

    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_lesson_of_another_course_is_named_with_both_courses() -> None:
    with pytest.raises(Refused, match="lesson l belongs to b version 3, the learner is enrolled in a version 1"):
        enrolment_of(_lesson("l"), [_in("a")], {"l": [("b", 3)]})


def test_a_time_in_the_future_is_refused_and_a_clock_may_be_a_little_ahead() -> None:
    check_time(NOW + timedelta(minutes=5), NOW, "completed_at")
    with pytest.raises(Refused) as refused:
        check_time(NOW + timedelta(minutes=6), NOW, "completed_at")
    assert (refused.value.code, refused.value.field) == ("time-in-future", "completed_at")


@given(lessons=st.integers(1, 200), share=st.integers(1, 10_000))
def test_a_rule_holds_from_some_lesson_on_and_with_all_of_them(lessons: int, share: int) -> None:
    held = [CompletionRule(share).holds(done=done, lessons=lessons) for done in range(lessons + 1)]

    assert held == sorted(held)
    assert (held[0], held[-1]) == (False, True)


def test_by_default_all_lessons_are_needed() -> None:
    assert not CompletionRule().holds(done=199, lessons=200)


@pytest.mark.parametrize("share", [0, -1, 10_001])
def test_a_rule_that_is_nonsense_is_refused(share: int) -> None:
    with pytest.raises(ValueError, match="basis points"):
        CompletionRule(share)


@pytest.mark.parametrize(("asked", "found"), [(None, 3), (1, 1)])
def test_without_a_version_the_newest_is_taken(asked: int | None, found: int) -> None:
    assert version_for(_candidate(asked), {1: 8, 3: 8}.keys()) == found


@pytest.mark.parametrize(("versions", "field"), [({}, "course_id"), ({1: 8}, "course_version")])
def test_a_course_or_version_that_was_never_published_is_refused(versions: dict[int, int], field: str) -> None:
    with pytest.raises(Refused) as refused:
        version_for(_candidate(2), versions.keys())

    assert (refused.value.code, refused.value.field) == ("course-unknown", field)


def _candidate(version: int | None) -> Candidate:
    return Candidate(uuid4(), "a", version, PUBLIC, NOW)


def test_a_learner_stays_in_the_cohort_of_the_enrolment() -> None:
    check_same(_in("a"), _in("a"))
    with pytest.raises(Refused, match="is enrolled in a version 1 as public") as refused:
        check_same(_in("a", cohort=Cohort(audience=Audience.STAFF)), _in("a"))
    assert refused.value.status == 409
