"""The sample course as a pupil takes it, from the pre-test to its completion."""

from typing import Any
from uuid import uuid4

from ewaste.contracts.events.education import CourseCompleted, LessonCompleted
from ewaste.education.attempts.scoring import right_options
from ewaste.education.content.questions import Question
from ewaste.education.content.sample import sample_course

PUPIL = {"audience": "pupil", "school_id": "cm-school-01", "grade": "M1"}


def _line(learner_id: str, kind: str, questions: tuple[Question, ...], lesson_id: str | None = None) -> dict[str, Any]:
    return {
        "attempt_id": str(uuid4()), "learner_id": learner_id, "course_id": "cyber-sample", "kind": kind,
        "lesson_id": lesson_id, "finished_at": "2026-11-02T03:00:00Z",
        "answers": [{"question_id": one.question_id, "chosen": right_options(one)} for one in questions],
    }  # fmt: skip


async def test_a_pupil_takes_the_sample_course(school: Any) -> None:
    course = sample_course().course
    await school.http.post("/courses/sample")
    enrolled = await school.http.post("/enrolments", json={"course_id": "cyber-sample", "cohort": PUPIL})
    learner_id = enrolled.json()["learner_id"]
    quizzes = [_line(learner_id, "quiz", one.questions, one.lesson_id) for one in course.lessons]
    tests = [_line(learner_id, "pre_test", course.pre_test[:3]), _line(learner_id, "post_test", course.post_test)]

    answer = await school.http.post("/attempts/bulk", json={"lines": [tests[0], *quizzes, tests[1]]})

    results = [line["receipt"]["score_basis_points"] for line in answer.json()["lines"]]
    assert results == [2_500, *[10_000] * 12, 10_000]
    facts = await school.facts(learner_id=learner_id)
    assert sum(isinstance(fact, LessonCompleted) for fact in facts) == 12
    assert [type(fact) for fact in facts if isinstance(fact, CourseCompleted)] == [CourseCompleted]
    gain = (await school.http.get(f"/learners/{learner_id}/gain?course_id=cyber-sample")).json()
    assert [one["normalised_gain_basis_points"] for one in gain] == [10_000]
    shown = (await school.http.get("/courses/cyber-sample")).json()
    media = shown["modules"][0]["lessons"][0]["frames"][0]["media"]
    assert (await school.http.get(f"/media/{media['sha256']}")).headers["content-type"] == "image/svg+xml"
