"""Sittings of tests and quizzes over HTTP, on the real database and broker."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import httpx
import pytest
from ewaste.contracts.events.education import AssessmentScored, CourseCompleted, LessonCompleted


def question(question_id: str, right: str = "b", kind: str = "single") -> dict[str, Any]:
    options = [
        {"option_id": one, "text_th": f"ตัวเลือก {one}", "correct": one in right, "feedback_th": f"เพราะ {one}"}
        for one in "abc"
    ]
    return {"question_id": question_id, "kind": kind, "text_th": "คำถาม", "options": options}


def _course(school: Any) -> dict[str, Any]:
    quizzes = {"l1": [question("q1"), question("q2", "ac", "multiple")], "l2": [question("q3")]}
    lessons = [
        {"lesson_id": name, "title_th": name, "frames": [{"frame_id": "f", "title_th": "กรอบ", "questions": quiz}]}
        for name, quiz in quizzes.items()
    ]
    return {
        "course_id": school.course_id, "course_version": 1, "title_th": "หลักสูตร",
        "modules": [{"module_id": "m", "pillar": "practice", "title_th": "ฝึก", "lessons": lessons}],
        "pre_test": [question("t1"), question("t2")], "post_test": [question("t1"), question("t2")],
    }  # fmt: skip


class Pupil:
    """A device that makes its own ids and sends everything it knows each time."""

    def __init__(self, school: Any, learner_id: str) -> None:
        self.school, self.learner_id = school, learner_id

    async def send(self, attempt_id: str, kind: str, answers: Sequence[tuple[str, str]] = (), **more: Any) -> Any:
        body = {
            "learner_id": self.learner_id, "course_id": self.school.course_id, "kind": kind,
            "started_at": "2026-11-02T01:00:00Z", **more,
            "answers": [{"question_id": name, "chosen": list(chosen)} for name, chosen in answers],
        }  # fmt: skip
        return await self.school.http.put(f"/attempts/{attempt_id}", json=body)

    async def done(self, kind: str, answers: Sequence[tuple[str, str]], **more: Any) -> dict[str, Any]:
        answer = await self.send(str(uuid4()), kind, answers, finished_at="2026-11-02T01:10:00Z", **more)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def facts(self) -> list[Any]:
        return list(await self.school.facts(learner_id=self.learner_id))


@pytest.fixture
async def pupil(school: Any) -> Pupil:
    answer = await school.http.post("/courses", json=_course(school))
    assert answer.status_code == 201, answer.text
    return Pupil(school, await school.enrol())


def _key_of(answer: Any) -> dict[str, Any]:
    return {one["question_id"]: one["key"] for one in answer["questions"]}


async def test_the_key_is_shown_after_the_answer_and_never_before(pupil: Pupil) -> None:
    attempt = str(uuid4())

    begun = await pupil.send(attempt, "quiz", lesson_id="l1")
    after = await pupil.send(attempt, "quiz", [("q1", "a")], lesson_id="l1")
    course = await pupil.school.http.get(f"/courses/{pupil.school.course_id}")

    assert begun.status_code == 201
    for answer in (begun, course):
        assert not any(word in answer.text for word in ('"correct"', "เพราะ", '"right"')), answer.text
    keys = _key_of(after.json())
    assert keys["q2"] is None
    assert (keys["q1"]["right"], keys["q1"]["score_basis_points"]) == (["b"], 0)
    assert keys["q1"]["feedback"][0]["feedback_th"] == "เพราะ a"
    assert "t1" not in course.text, "the tests are not for reading beforehand"


async def test_a_bad_line_may_send_everything_again_and_another_device_goes_on(pupil: Pupil) -> None:
    attempt = str(uuid4())

    first = await pupil.send(attempt, "quiz", [("q1", "b")], lesson_id="l1")
    again = await pupil.send(attempt, "quiz", [("q1", "b")], lesson_id="l1")
    elsewhere = (await pupil.school.http.get(f"/attempts/{attempt}")).json()
    whole = [("q1", "b"), ("q2", "ca")]
    finished = await pupil.send(attempt, "quiz", whole, lesson_id="l1", finished_at="2026-11-02T01:05:00Z")
    late = await pupil.send(attempt, "quiz", whole[:1], lesson_id="l1", finished_at="2026-11-02T01:06:00Z")

    assert [one.status_code for one in (first, again, finished, late)] == [201, 200, 200, 200]
    assert [one["question_id"] for one in elsewhere["questions"]] == [
        one["question_id"] for one in first.json()["questions"]
    ]
    assert elsewhere["questions"] == first.json()["questions"], "the same order of options too"
    assert late.json() == finished.json(), "the first finish stands"
    assert (finished.json()["score_basis_points"], finished.json()["assessment_id"]) == (10_000, "l1")
    facts = (await pupil.facts())[1:]
    assert [type(fact) for fact in facts] == [AssessmentScored, LessonCompleted]
    assert (facts[1].score_basis_points, facts[1].duration_seconds) == (10_000, 300)


async def test_two_devices_at_once_are_one_sitting(pupil: Pupil) -> None:
    attempt = str(uuid4())
    answers = [("q3", "b")]

    sent = await asyncio.gather(
        *(pupil.send(attempt, "quiz", answers, lesson_id="l2", finished_at="2026-11-02T01:05:00Z") for _ in range(6))
    )

    assert sorted(one.status_code for one in sent) == [200] * 5 + [201]
    assert [type(fact) for fact in await pupil.facts()][1:] == [AssessmentScored, LessonCompleted]


@pytest.mark.parametrize(
    ("answers", "status", "code", "field"),
    [
        ([("q2", "a"), ("q3", "b")], 422, "question-of-another-lesson", "answers.1.question_id"),
        ([("q2", "a"), ("q9", "b")], 422, "question-unknown", "answers.1.question_id"),
        ([("q2", "a"), ("t1", "b")], 422, "question-unknown", "answers.1.question_id"),
        ([("q2", "az")], 422, "option-unknown", "answers.0.chosen"),
        ([("q2", "a"), ("q1", "a")], 409, "answer-stands", "answers.1"),
        ([("q2", "a"), ("q2", "c")], 409, "answer-stands", "answers.1"),
    ],
)
async def test_a_wrong_answer_sheet_is_refused_whole(
    pupil: Pupil, answers: list[tuple[str, str]], status: int, code: str, field: str
) -> None:
    attempt = str(uuid4())
    await pupil.send(attempt, "quiz", [("q1", "b")], lesson_id="l1")

    answer = await pupil.send(attempt, "quiz", answers, lesson_id="l1", finished_at="2026-11-02T01:05:00Z")

    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (status, code), answer.text
    assert answer.json()["errors"][0]["field"] == field
    stands = (await pupil.school.http.get(f"/attempts/{attempt}")).json()
    assert stands["finished_at"] is None
    assert {one["question_id"] for one in stands["questions"] if one["chosen"]} == {"q1"}, "nothing half-written"
    assert len(await pupil.facts()) == 1


async def test_no_answer_after_the_finish(pupil: Pupil) -> None:
    attempt = str(uuid4())
    await pupil.send(attempt, "quiz", [("q1", "b")], lesson_id="l1", finished_at="2026-11-02T01:05:00Z")

    answer = await pupil.send(attempt, "quiz", [("q1", "b"), ("q2", "ac")], lesson_id="l1")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (409, "answers.1")
    assert "begin a new attempt" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"lesson_id": None}, 422, "lesson_id"),
        ({"lesson_id": "l9"}, 404, "lesson_id"),
        ({"kind": "pre_test"}, 422, "lesson_id"),
        ({"kind": "wellness"}, 422, "kind"),
        ({"course_id": "another"}, 404, "course_id"),
        ({"course_version": 2}, 404, "course_id"),
        ({"learner_id": "00000000-0000-4000-8000-000000000000"}, 404, "course_id"),
        ({"started_at": "2199-01-01T00:00:00Z"}, 422, "started_at"),
        ({"finished_at": "2026-11-02T00:59:00Z"}, 422, "finished_at"),
    ],
)
async def test_a_sitting_that_cannot_be_names_the_field(
    pupil: Pupil, change: dict[str, Any], status: int, field: str
) -> None:
    attempt = str(uuid4())

    answer = await pupil.send(attempt, **{"kind": "quiz", "lesson_id": "l1", **change})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field), answer.text
    assert (await pupil.school.http.get(f"/attempts/{attempt}")).status_code == 404


async def test_a_clock_that_was_set_back_does_not_keep_a_pupil_from_finishing(pupil: Pupil) -> None:
    attempt = str(uuid4())
    await pupil.send(attempt, "quiz", [("q3", "b")], lesson_id="l2")

    more = {"started_at": "2026-11-01T01:00:00Z", "finished_at": "2026-11-01T01:05:00Z"}
    answer = await pupil.send(attempt, "quiz", lesson_id="l2", **more)

    assert (answer.status_code, answer.json()["score_basis_points"]) == (200, 10_000)
    (lesson,) = [fact for fact in await pupil.facts() if isinstance(fact, LessonCompleted)]
    assert lesson.duration_seconds is None


async def test_an_attempt_is_its_learners_own(pupil: Pupil) -> None:
    attempt = str(uuid4())
    await pupil.send(attempt, "quiz", lesson_id="l1")
    other = Pupil(pupil.school, await pupil.school.enrol())

    answer = await other.send(attempt, "quiz", [("q1", "b")], lesson_id="l1")

    assert (answer.status_code, answer.json()["type"]) == (409, "urn:ewaste:problem:attempt-otherwise")


async def test_the_course_is_completed_by_its_lessons_and_a_passed_post_test_in_either_order(pupil: Pupil) -> None:
    before = await pupil.done("pre_test", [("t1", "a"), ("t2", "b")])
    failed = await pupil.done("post_test", [("t1", "a")])
    await pupil.done("quiz", [("q3", "b")], lesson_id="l2")
    await pupil.done("quiz", [("q1", "b"), ("q2", "ac")], lesson_id="l1")
    assert not any(isinstance(fact, CourseCompleted) for fact in await pupil.facts()), "the post-test was not passed"
    passed = await pupil.done("post_test", [("t1", "b"), ("t2", "b")])

    assert [one["score_basis_points"] for one in (before, failed, passed)] == [5_000, 0, 10_000]
    assert [one["assessment_id"] for one in (before, failed, passed)] == ["pre-test", "post-test", "post-test:2"]
    assert set(_key_of(before).values()) == {None}, "the post-test asks the same"
    assert set(_key_of(failed).values()) == {None}
    assert all(_key_of(passed).values())
    assert isinstance((await pupil.facts())[-1], CourseCompleted)
    url = f"/learners/{pupil.learner_id}/gain?course_id={pupil.school.course_id}"
    (gain,) = (await pupil.school.http.get(url)).json()
    assert (gain["difference_basis_points"], gain["normalised_gain_basis_points"]) == (5_000, 10_000)


async def test_a_failed_quiz_is_scored_and_may_be_taken_again(pupil: Pupil) -> None:
    failed = await pupil.done("quiz", [("q3", "a")], lesson_id="l2")
    passed = await pupil.done("quiz", [("q3", "b")], lesson_id="l2")

    assert (failed["assessment_id"], passed["assessment_id"]) == ("l2", "l2:2")
    kinds = [type(fact) for fact in await pupil.facts()][1:]
    assert kinds == [AssessmentScored, AssessmentScored, LessonCompleted]


async def test_a_pre_test_is_taken_once(pupil: Pupil) -> None:
    await pupil.done("pre_test", [("t1", "b")])

    answer = await pupil.send(str(uuid4()), "pre_test")

    assert (answer.status_code, answer.json()["type"]) == (409, "urn:ewaste:problem:no-more-sittings")
    listed = (await pupil.school.http.get(f"/learners/{pupil.learner_id}/attempts")).json()
    assert [one["score_basis_points"] for one in listed] == [5_000]


async def test_a_school_without_a_line_brings_a_week_at_once(pupil: Pupil) -> None:
    learners = [pupil.learner_id, await pupil.school.enrol()]
    lines = [
        {
            "attempt_id": str(uuid4()), "learner_id": learner, "course_id": pupil.school.course_id, "kind": "quiz",
            "lesson_id": lesson, "answers": [{"question_id": name, "chosen": ["b"]}],
            "finished_at": "2026-11-02T03:00:00Z",
        }
        for learner in learners
        for lesson, name in (("l1", "q1"), ("l2", "q3"))
    ]  # fmt: skip
    bad = {**lines[0], "attempt_id": str(uuid4()), "answers": [{"question_id": "q3", "chosen": ["b"]}]}

    async def send(some: list[dict[str, Any]]) -> httpx.Response:
        return await pupil.school.http.post("/attempts/bulk", json={"lines": [*some, bad]})

    answers = await asyncio.gather(send(lines), send(lines[::-1]))

    assert [(one.json()["accepted"], one.json()["refused"]) for one in answers] == [(4, 1)] * 2
    assert answers[0].json()["lines"][4]["error"]["code"] == "question-of-another-lesson"
    facts = await pupil.facts()
    assert [type(fact).__name__ for fact in facts].count("AssessmentScored") == 2
    assert {fact.score_basis_points for fact in facts if isinstance(fact, AssessmentScored)} == {5_000, 10_000}
