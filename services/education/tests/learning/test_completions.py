"""Completed lessons and courses over HTTP, on the real database and broker."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from ewaste.contracts.events.education import CourseCompleted, LessonCompleted
from ewaste.education.learning.handlers import complete_lessons
from ewaste.education.learning.model import Completion, CompletionRule
from ewaste.runtime.outbox import Outbox
from ewaste.runtime.testing import eventually

LESSONS = ("a", "b", "c", "d", "e", "f")


async def test_a_course_is_completed_with_its_last_lesson(school: Any) -> None:
    await school.publish("a", "b")
    learner_id = await school.enrol()

    first = await school.complete(learner_id, "a", completed_at="2026-11-03T02:00:00Z", score_basis_points=8000)
    last = await school.complete(learner_id, "b", completed_at="2026-11-02T02:00:00Z", duration_seconds=240)

    assert (first.status_code, first.json()["course_completed_at"]) == (201, None)
    assert last.json()["course_completed_at"] == "2026-11-03T02:00:00Z", (
        "the latest lesson, in whatever order they came"
    )
    facts = (await school.facts(learner_id=learner_id))[1:]
    assert [type(fact) for fact in facts] == [LessonCompleted, LessonCompleted, CourseCompleted]
    assert (facts[0].score_basis_points, facts[1].duration_seconds) == (8000, 240)
    assert (facts[2].lessons_completed, facts[2].cohort.school_id) == (2, "cm-school-01")


async def test_the_same_lesson_again_changes_nothing_and_shows_what_stands(school: Any) -> None:
    await school.publish("a", "b")
    learner_id = await school.enrol()

    first = await school.complete(learner_id, "a", score_basis_points=5000)
    again = await school.complete(learner_id, "a", score_basis_points=9000)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {**first.json(), "repeated": True}
    assert len(await school.facts(learner_id=learner_id, lesson_id="a")) == 1


async def test_a_course_is_completed_exactly_once_however_many_phones_send_at_once(school: Any) -> None:
    await school.publish(*LESSONS)
    learners = [await school.enrol() for _ in range(4)]

    answers = await asyncio.gather(
        *(school.complete(learner, lesson) for lesson in LESSONS for learner in learners for _ in range(3))
    )

    assert {answer.status_code for answer in answers} == {200, 201}
    for learner in learners:
        facts = [type(fact).__name__ for fact in await school.facts(learner_id=learner)]
        assert sorted(facts) == ["CourseCompleted", "LearnerEnrolled"] + ["LessonCompleted"] * len(LESSONS)
        assert facts[-1] == "CourseCompleted", "the last lesson is told before the course"


async def test_the_last_lesson_waits_for_the_one_before_it(school: Any) -> None:
    await school.publish("a", "b")
    learner_id = await school.enrol()
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    now = datetime.now(UTC)

    async with school.app.database.transaction() as tx:
        first = Completion(UUID(learner_id), "a", now)
        await complete_lessons(tx, Outbox(school.app.settings), CompletionRule(), [first], now)
        last = asyncio.create_task(school.complete(learner_id, "b"))
        await eventually(lambda: school.rows(waiting))

    assert (await last).json()["course_completed_at"]
    facts = await school.facts(learner_id=learner_id)
    assert sum(isinstance(fact, CourseCompleted) for fact in facts) == 1


async def test_lists_in_opposite_order_at_once_complete_each_course_once(school: Any) -> None:
    await school.publish(*LESSONS)
    learners = [await school.enrol() for _ in range(10)]
    lines = [{"learner_id": learner, "lesson_id": lesson} for learner in learners for lesson in LESSONS]

    answers = await asyncio.gather(
        *(school.http.post("/completions/bulk", json={"lines": one}) for one in (lines, lines[::-1]) * 3)
    )

    assert [one.json()["accepted"] for one in answers] == [len(lines)] * 6
    new = [line for one in answers for line in one.json()["lines"] if not line["receipt"]["repeated"]]
    assert len(new) == len(lines)
    facts = await school.facts(course_id=school.course_id)
    assert sum(isinstance(fact, CourseCompleted) for fact in facts) == len(learners)
    assert sum(isinstance(fact, LessonCompleted) for fact in facts) == len(lines)


async def test_each_line_of_a_list_has_its_result(school: Any) -> None:
    await school.publish("a", "b")
    other = await school.publish("x", course_id=f"{school.course_id}-2")
    learner_id = await school.enrol()
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    lines = [
        {"learner_id": learner_id, "lesson_id": "a"},
        {"learner_id": learner_id, "lesson_id": "x"},
        {"learner_id": learner_id, "lesson_id": "none"},
        {"learner_id": "00000000-0000-4000-8000-000000000000", "lesson_id": "a"},
        {"learner_id": learner_id, "lesson_id": "b", "completed_at": soon},
        {"learner_id": learner_id, "lesson_id": "b", "score_basis_points": 10_001},
        {"learner_id": learner_id, "lesson_id": "a"},
        {"learner_id": learner_id, "lesson_id": "b"},
    ]

    answer = (await school.http.post("/completions/bulk", json={"lines": lines})).json()

    assert (answer["accepted"], answer["refused"]) == (3, 5)
    errors = {one["line"]: one["error"] for one in answer["lines"] if one["error"]}
    assert {line: (error["code"], error["field"]) for line, error in errors.items()} == {
        2: ("lesson-of-another-course", "lesson_id"),
        3: ("lesson-unknown", "lesson_id"),
        4: ("learner-unknown", "learner_id"),
        5: ("time-in-future", "completed_at"),
        6: ("line-invalid", "score_basis_points"),
    }
    assert f"lesson x belongs to {other} version 1" in errors[2]["detail"]
    results = [one["receipt"] for one in answer["lines"] if one["receipt"]]
    assert [one["repeated"] for one in results] == [False, True, False]
    assert len({one["course_completed_at"] for one in results}) == 1, "the list completes the course"


async def test_two_versions_are_two_courses_to_complete(school: Any) -> None:
    await school.publish("a")
    learner_id = await school.enrol()
    await school.publish("a", "b", version=2)
    await school.enrol(learner_id=learner_id)

    ambiguous = await school.complete(learner_id, "a")
    named = await school.complete(learner_id, "a", course_id=school.course_id, course_version=1)

    assert ambiguous.json()["type"] == "urn:ewaste:problem:course-ambiguous"
    assert named.json()["course_completed_at"]
    (completed,) = [fact for fact in await school.facts(learner_id=learner_id) if isinstance(fact, CourseCompleted)]
    assert completed.course_version == 1


@pytest.mark.parametrize(
    ("lesson", "more", "status", "field"),
    [
        ("none", {}, 404, "lesson_id"),
        ("a", {"completed_at": "2199-01-01T00:00:00Z"}, 422, "completed_at"),
        ("a", {"completed_at": "2026-11-01T00:00:00"}, 422, "completed_at"),
        ("a", {"score_basis_points": 99.5}, 422, "score_basis_points"),
        ("a", {"duration_seconds": -1}, 422, "duration_seconds"),
        ("a", {"course_id": "another"}, 422, "lesson_id"),
        ("a", {"pupil": "x"}, 422, "pupil"),
    ],
)
async def test_a_completion_that_is_not_right_names_the_field(
    school: Any, lesson: str, more: dict[str, Any], status: int, field: str
) -> None:
    await school.publish("a")
    learner_id = await school.enrol()

    answer = await school.complete(learner_id, lesson, **more)

    assert answer.status_code == status, answer.text
    assert field in [one["field"] for one in answer.json()["errors"]]
    assert len(await school.facts(learner_id=learner_id)) == 1, "only the enrolment"
