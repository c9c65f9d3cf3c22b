"""Enrolments over HTTP, on the real database and broker."""

import asyncio
from typing import Any

import pytest
from ewaste.contracts.events.education import LearnerEnrolled

PUPIL = {"audience": "pupil", "school_id": "cm-school-01", "grade": "P5"}


async def test_who_enrols_gets_a_pseudonym_and_becomes_a_fact(school: Any) -> None:
    await school.publish("a")

    learner_id = await school.enrol(enrolled_at="2026-11-02T08:30:00+07:00")

    (fact,) = await school.facts(learner_id=learner_id)
    assert isinstance(fact, LearnerEnrolled)
    assert fact.cohort.model_dump(exclude_none=True) == PUPIL
    progress = (await school.http.get(f"/learners/{learner_id}/progress")).json()
    assert progress["courses"][0]["enrolled_at"] == "2026-11-02T01:30:00Z"


async def test_enrolling_again_gives_the_same_pseudonym_without_a_second_fact(school: Any) -> None:
    await school.publish("a")
    body = {"course_id": school.course_id, "cohort": PUPIL, "reference": f"{school.reference}-1"}

    first = await school.http.post("/enrolments", json=body)
    again = await school.http.post("/enrolments", json=body)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {**first.json(), "repeated": True}
    assert len(await school.facts(learner_id=first.json()["learner_id"])) == 1


async def test_a_request_without_reference_is_safe_to_resend_with_its_key(school: Any) -> None:
    await school.publish("a")
    body = {"course_id": school.course_id, "cohort": PUPIL}
    headers = {"Idempotency-Key": f"bad-line-{school.course_id}"}

    first, again = [await school.http.post("/enrolments", json=body, headers=headers) for _ in range(2)]

    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_a_learner_takes_the_next_version_under_the_same_pseudonym(school: Any) -> None:
    await school.publish("a")
    learner_id = await school.enrol()
    await school.publish("a", "b", version=2)

    assert await school.enrol(learner_id=learner_id) == learner_id

    progress = (await school.http.get(f"/learners/{learner_id}/progress")).json()
    assert [one["course_version"] for one in progress["courses"]] == [1, 2]


async def test_the_same_reference_at_the_same_moment_is_one_learner(school: Any) -> None:
    await school.publish("a")

    ids = await asyncio.gather(*(school.enrol(reference=f"{school.reference}-1") for _ in range(6)))

    assert len(set(ids)) == 1
    assert len(await school.facts(learner_id=ids[0])) == 1


async def test_two_schools_lists_in_opposite_order_do_not_block_each_other(school: Any) -> None:
    await school.publish("a")
    lines = [
        {"course_id": school.course_id, "cohort": PUPIL, "reference": f"{school.reference}-{n}"} for n in range(200)
    ]

    answers = await asyncio.gather(
        *(school.http.post("/enrolments/bulk", json={"lines": one}) for one in (lines, lines[::-1]) * 2)
    )

    assert [one.json()["accepted"] for one in answers] == [200] * 4
    found = [{line["receipt"]["learner_id"] for line in one.json()["lines"]} for one in answers]
    assert found[0] == found[1] == found[2] == found[3]


async def test_each_line_of_a_list_has_its_result(school: Any) -> None:
    await school.publish("a")
    good = {"course_id": school.course_id, "cohort": PUPIL, "reference": f"{school.reference}-1"}
    lines = [
        good,
        {**good, "reference": f"{school.reference}-2", "cohort": {**PUPIL, "school_id": "cm-school-02", "grade": "M1"}},
        {**good, "reference": f"{school.reference}-3", "cohort": {**PUPIL, "grade": "P3"}},
        {**good, "reference": f"{school.reference}-4", "course_id": "none-such"},
        {**good, "reference": f"{school.reference}-5", "name": "สมชาย"},
        good,
        {**good, "cohort": {"audience": "public"}},
        {**good, "reference": "somchai@example.com"},
        {**good, "learner_id": "00000000-0000-4000-8000-000000000000"},
        {**good, "reference": f"{school.reference}-9", "enrolled_at": "2199-01-01T00:00:00Z"},
    ]

    answer = (await school.http.post("/enrolments/bulk", json={"lines": lines})).json()

    assert (answer["accepted"], answer["refused"]) == (2, 8)
    refused = {one["line"]: (one["error"]["code"], one["error"]["field"]) for one in answer["lines"] if one["error"]}
    assert refused == {
        2: ("grade-not-taught", "cohort.grade"),
        3: ("line-invalid", "cohort.grade"),
        4: ("course-unknown", "course_id"),
        5: ("line-invalid", "name"),
        7: ("enrolled-otherwise", "cohort"),
        8: ("line-invalid", "reference"),
        9: ("line-invalid", None),
        10: ("time-in-future", "enrolled_at"),
    }
    first, same = answer["lines"][0]["receipt"], answer["lines"][5]["receipt"]
    assert same == {**first, "repeated": True}
    kept = [
        len(await school.rows(f"SELECT 1 FROM enrolment WHERE course_id = '{school.course_id}'")),
        len(await school.rows(f"SELECT 1 FROM learner_link WHERE reference LIKE '{school.reference}%'")),
    ]
    assert kept == [1, 1], "a refused line leaves nothing behind"


async def test_too_many_lines_are_refused_as_a_whole(school: Any) -> None:
    answer = await school.http.post("/enrolments/bulk", json={"lines": [{}] * 5_001})

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:ewaste:problem:too-many-lines")


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"cohort": {"audience": "pupil", "school_id": "cm-school-01"}}, 422, "cohort.grade"),
        ({"cohort": {"audience": "pupil", "grade": "P4"}}, 422, "cohort.school_id"),
        ({"cohort": {**PUPIL, "nickname": "x"}}, 422, "cohort.nickname"),
        ({"course_version": 9}, 404, "course_version"),
        ({"learner_id": "00000000-0000-4000-8000-000000000000"}, 404, "learner_id"),
        ({"enrolled_at": "0001-01-01T00:00:00+14:00"}, 422, "enrolled_at"),
    ],
)
async def test_an_enrolment_that_is_not_right_names_the_field(
    school: Any, change: dict[str, Any], status: int, field: str
) -> None:
    await school.publish("a")

    answer = await school.http.post("/enrolments", json={"course_id": school.course_id, "cohort": PUPIL, **change})

    assert answer.status_code == status, answer.text
    assert field in [one["field"] for one in answer.json()["errors"]]
