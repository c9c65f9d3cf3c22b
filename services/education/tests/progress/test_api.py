"""Progress over HTTP, on the real database."""

from typing import Any


def _pupils(school: Any, count: int, grade: str, school_id: str = "cm-school-01") -> list[dict[str, Any]]:
    cohort = {"audience": "pupil", "school_id": school_id, "grade": grade}
    return [{"course_id": school.course_id, "cohort": cohort} for _ in range(count)]


async def test_groups_show_their_numbers_from_five_learners_on(school: Any) -> None:
    await school.publish("a", "b")
    lines = [*_pupils(school, 5, "P5"), *_pupils(school, 4, "P6"), *_pupils(school, 6, "P5", "cm-school-02")]
    answer = await school.http.post("/enrolments/bulk", json={"lines": lines})
    learners = [one["receipt"]["learner_id"] for one in answer.json()["lines"]]
    done = [(learners[0], "a"), (learners[0], "b"), (learners[1], "a"), (learners[5], "a")]
    lessons = [{"learner_id": learner, "lesson_id": lesson} for learner, lesson in done]
    await school.http.post("/completions/bulk", json={"lines": lessons})

    groups = (await school.http.get("/progress", params={"course_id": school.course_id})).json()

    assert (groups["course_version"], groups["lessons"]) == (1, 2)
    shown = {
        (one["school_id"], one["grade"]): (one["learners"], one["learners_completed"], one["lessons_completed"])
        for one in groups["groups"]
    }
    assert shown == {
        ("cm-school-01", "P5"): (5, 1, 3),
        ("cm-school-01", "P6"): (None, None, None),
        ("cm-school-02", "P5"): (6, 0, 0),
    }
    assert [one["suppressed"] for one in groups["groups"]] == [False, True, False]


async def test_a_school_sees_its_own_groups(school: Any) -> None:
    await school.publish("a")
    lines = [*_pupils(school, 5, "P5"), *_pupils(school, 5, "P5", "cm-school-02")]
    await school.http.post("/enrolments/bulk", json={"lines": lines})

    query = {"course_id": school.course_id, "school_id": "cm-school-02"}
    groups = (await school.http.get("/progress", params=query)).json()["groups"]

    assert [one["school_id"] for one in groups] == ["cm-school-02"]


async def test_a_learner_sees_lessons_in_order(school: Any) -> None:
    await school.publish("a", "b", "c")
    learner_id = await school.enrol()
    await school.complete(learner_id, "b", completed_at="2026-11-02T02:00:00Z", score_basis_points=7000)
    await school.complete(learner_id, "a", completed_at="2026-11-01T02:00:00Z", duration_seconds=200)

    (course,) = (await school.http.get(f"/learners/{learner_id}/progress")).json()["courses"]

    assert (course["lessons"], course["lessons_completed"], course["completed_at"]) == (3, 2, None)
    assert [one["lesson_id"] for one in course["completed_lessons"]] == ["a", "b"]


async def test_unknown_learners_and_courses_are_not_found(school: Any) -> None:
    learner = await school.http.get("/learners/00000000-0000-4000-8000-000000000000/progress")
    course = await school.http.get("/progress", params={"course_id": "none-such"})

    assert (learner.status_code, course.status_code) == (404, 404)
