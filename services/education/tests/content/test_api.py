"""Courses over HTTP, on the real database and broker."""

from typing import Any

import pytest
from ewaste.contracts.events.education import CoursePublished


def _body(school: Any, **more: Any) -> dict[str, Any]:
    lesson = {"lesson_id": "a", "title_th": "บทเรียน", "text_th": "เนื้อหา\n\nย่อหน้าที่สอง"}
    module = {"module_id": "m", "pillar": "practice", "title_th": "ฝึก", "lessons": [lesson]}
    return {
        "course_id": school.course_id, "course_version": 1, "title_th": "หลักสูตร", "modules": [module], **more,
    }  # fmt: skip


async def test_a_course_is_published_once_and_never_edited(school: Any) -> None:
    first = await school.http.post("/courses", json=_body(school))
    again = await school.http.post("/courses", json=_body(school))
    other = await school.http.post("/courses", json=_body(school, title_th="หลักสูตรที่แก้ไข"))

    assert (first.status_code, first.json()["repeated"]) == (201, False)
    assert (again.status_code, again.json()["repeated"]) == (200, True)
    assert other.status_code == 409, other.text
    assert other.json()["type"] == "urn:ewaste:problem:version-published"
    assert "next course_version" in other.json()["detail"]
    (fact,) = await school.facts(course_id=school.course_id)
    assert isinstance(fact, CoursePublished)
    assert fact.title_th == "หลักสูตร"


async def test_the_newest_version_is_shown_and_an_old_one_stays_readable(school: Any) -> None:
    await school.http.post("/courses", json=_body(school))
    await school.http.post("/courses", json=_body(school, course_version=2, title_en="Second"))

    newest = (await school.http.get(f"/courses/{school.course_id}")).json()
    first = (await school.http.get(f"/courses/{school.course_id}", params={"version": 1})).json()

    assert newest["title_en"] == "Second"
    assert "title_en" not in first
    assert first["modules"][0]["lessons"][0]["text_th"] == "เนื้อหา\n\nย่อหน้าที่สอง"
    courses = (await school.http.get("/courses", params={"limit": 500})).json()["items"]
    (listed,) = [one for one in courses if one["course_id"] == school.course_id]
    assert (listed["course_version"], listed["lessons"]) == (2, 1)


async def test_a_lesson_is_read_by_itself_and_a_numbered_version_is_kept_for_ever(school: Any) -> None:
    await school.http.post("/courses", json=_body(school))
    url = f"/courses/{school.course_id}/lessons/a"

    newest, numbered = await school.http.get(url), await school.http.get(url, params={"version": 1})

    assert numbered.json() == newest.json()
    assert numbered.json()["title_th"] == "บทเรียน"
    assert (newest.headers["cache-control"], "immutable" in numbered.headers["cache-control"]) == ("no-cache", True)
    unknown = await school.http.get(f"/courses/{school.course_id}/lessons/b")
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (404, "lesson_id")


async def test_courses_come_in_pages(school: Any) -> None:
    for letter in "bac":
        await school.publish("x", course_id=f"{school.course_id}-{letter}")
    query: dict[str, Any] = {"limit": 2}
    seen: list[str] = []

    while query.get("cursor", "first"):
        answer = (await school.http.get("/courses", params=query)).json()
        seen += [one["course_id"] for one in answer["items"]]
        query["cursor"] = answer["next_cursor"]

    assert seen == sorted(set(seen))
    assert {f"{school.course_id}-{letter}" for letter in "abc"} <= set(seen)


async def test_the_sample_course_is_published_by_one_request(school: Any) -> None:
    first = await school.http.post("/courses/sample")
    again = await school.http.post("/courses/sample")

    assert (first.status_code, again.status_code) == (201, 200)
    read = (await school.http.get(f"/courses/{first.json()['course_id']}")).json()
    assert read["sample"] is True
    assert sum(len(module["lessons"]) for module in read["modules"]) == first.json()["lessons"] == 12


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"course_version": 0}, "course_version"),
        ({"course_version": 10**9}, "course_version"),
        ({"title_th": ""}, "title_th"),
        ({"modules": []}, "modules"),
        ({"colour": "red"}, "colour"),
        ({"course_id": "มี ช่องว่าง"}, "course_id"),
    ],
)
async def test_a_course_that_is_not_right_names_the_field(school: Any, change: dict[str, Any], field: str) -> None:
    answer = await school.http.post("/courses", json=_body(school, **change))

    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert field in [one["field"] for one in answer.json()["errors"]]


@pytest.mark.parametrize("path", ["/courses/none-such", "/courses/none-such?version=3"])
async def test_a_course_that_was_never_published_is_not_found(school: Any, path: str) -> None:
    answer = await school.http.get(path)

    assert (answer.status_code, answer.json()["type"]) == (404, "urn:ewaste:problem:course-unknown")


@pytest.mark.parametrize("cursor", ["%%%", "Mw==", "IlwwMDAwIg==", "IlxkODAwIg==", "é"])
async def test_a_cursor_that_is_not_ours_is_refused(school: Any, cursor: str) -> None:
    assert (await school.http.get("/courses", params={"cursor": cursor})).status_code == 422
