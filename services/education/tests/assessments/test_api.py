"""Results of tests over HTTP, on the real database and broker."""

import asyncio
from typing import Any

import pytest
from ewaste.contracts.events.education import AssessmentScored, CourseCompleted, Dimension

DIMENSIONS = [{"dimension": one.value, "score_basis_points": 6000 + n} for n, one in enumerate(Dimension)]


async def _ready(school: Any) -> dict[str, Any]:
    await school.publish("a")
    return {
        "learner_id": await school.enrol(), "course_id": school.course_id, "assessment_id": "pre-test-1",
        "kind": "pre_test", "score_basis_points": 4500,
    }  # fmt: skip


async def test_a_result_becomes_a_fact_once_and_is_never_replaced(school: Any) -> None:
    body = await _ready(school)

    first = await school.http.post("/assessments", json=body)
    again = await school.http.post("/assessments", json=body)
    other = await school.http.post("/assessments", json={**body, "score_basis_points": 9000})

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert again.json() == {**first.json(), "repeated": True}
    (fact,) = await school.facts(assessment_id="pre-test-1", learner_id=body["learner_id"])
    assert isinstance(fact, AssessmentScored)
    assert (fact.score_basis_points, fact.cohort.grade) == (4500, "P5")


async def test_a_wellness_result_carries_its_dimensions(school: Any) -> None:
    body = {**await _ready(school), "assessment_id": "w", "kind": "wellness", "dimensions": DIMENSIONS}

    answers = [
        await school.http.post("/assessments", json=one) for one in (body, {**body, "dimensions": DIMENSIONS[::-1]})
    ]

    assert [one.status_code for one in answers] == [201, 200]
    (fact,) = await school.facts(learner_id=body["learner_id"], kind="wellness")
    assert [one.model_dump(mode="json") for one in fact.dimensions] == DIMENSIONS
    progress = (await school.http.get(f"/learners/{body['learner_id']}/progress")).json()
    assert [one["assessment_id"] for one in progress["assessments"]] == ["w"]


async def test_a_class_is_scored_line_by_line_also_twice_at_once(school: Any) -> None:
    body = await _ready(school)
    lines = [{**body, "assessment_id": f"quiz-{n}", "kind": "quiz"} for n in range(20)]
    bad = [
        {**body, "kind": "wellness"},
        {**body, "kind": "exam"},
        {**body, "course_id": "none-such"},
        {**body, "dimensions": [{"dimension": "luck", "score_basis_points": 1}]},
        {**body, "scored_at": "2199-01-01T00:00:00Z"},
        {**lines[0], "score_basis_points": 1},
    ]

    answers = await asyncio.gather(
        *(school.http.post("/assessments/bulk", json={"lines": one + bad}) for one in (lines, lines[::-1]))
    )

    for answer in answers:
        assert (answer.json()["accepted"], answer.json()["refused"]) == (20, 6)
        errors = [(one["error"]["code"], one["error"]["field"]) for one in answer.json()["lines"] if one["error"]]
        assert errors == [
            ("dimensions-missing", "dimensions"),
            ("line-invalid", "kind"),
            ("not-enrolled", "course_id"),
            ("line-invalid", "dimensions.0.dimension"),
            ("time-in-future", "scored_at"),
            ("assessment-taken", "assessment_id"),
        ]
    assert len(await school.facts(learner_id=body["learner_id"], kind="quiz")) == 20


async def test_a_post_test_that_another_system_scored_completes_the_course(school: Any) -> None:
    question = {"question_id": "q", "kind": "single", "text_th": "คำถาม", "options": [
        {"option_id": "a", "text_th": "ก", "correct": True}, {"option_id": "b", "text_th": "ข"},
    ]}  # fmt: skip
    for version in (1, 2):
        lesson = {"lesson_id": "a", "title_th": "บทเรียน"}
        module = {"module_id": "m", "pillar": "practice", "title_th": "ฝึก", "lessons": [lesson]}
        body = {"course_id": school.course_id, "course_version": version, "title_th": "หลักสูตร", "modules": [module]}
        await school.http.post("/courses", json={**body, "post_test": [question]})
    learner_id = await school.enrol(course_version=1)
    await school.enrol(course_version=2, learner_id=learner_id)
    body = {"learner_id": learner_id, "course_id": school.course_id, "kind": "post_test", "course_version": 1}
    done = await school.complete(learner_id, "a", course_id=school.course_id, course_version=1)

    for name, score in (("first", 6999), ("second", 7000)):
        await school.http.post("/assessments", json={**body, "assessment_id": name, "score_basis_points": score})

    assert done.json()["course_completed_at"] is None
    (completed,) = [one for one in await school.facts(learner_id=learner_id) if isinstance(one, CourseCompleted)]
    assert completed.course_version == 1, "the other version's post-test was not taken"


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"learner_id": "00000000-0000-4000-8000-000000000000"}, 404, "course_id"),
        ({"score_basis_points": "high"}, 422, "score_basis_points"),
        ({"dimensions": DIMENSIONS + DIMENSIONS[:1]}, 422, "dimensions"),
    ],
)
async def test_a_result_that_is_not_right_names_the_field(
    school: Any, change: dict[str, Any], status: int, field: str
) -> None:
    answer = await school.http.post("/assessments", json={**await _ready(school), **change})

    assert answer.status_code == status, answer.text
    assert field in [one["field"] for one in answer.json()["errors"]]
