"""What a course must be before it can be taught."""

from datetime import UTC, datetime
from typing import Any

import pytest
from ewaste.contracts.events.education import Pillar
from ewaste.contracts.ids import uuid7
from ewaste.contracts.refusal import Refused
from ewaste.contracts.registry import TYPES_BY_NAME, read_event, write_event
from ewaste.education.content.checks import check_course, check_same
from ewaste.education.content.model import Course, to_fact
from ewaste.education.content.sample import sample_course
from pydantic import ValidationError


def _course(lessons: list[str], modules: int = 1, **more: Any) -> Course:
    return Course.model_validate(
        {
            "course_id": "c",
            "course_version": 1,
            "title_th": "ชื่อ",
            "modules": [
                {
                    "module_id": f"m-{number}",
                    "pillar": "practice",
                    "title_th": "ชื่อ",
                    "lessons": [{"lesson_id": one, "title_th": "ชื่อ"} for one in lessons],
                }
                for number in range(modules)
            ],
            **more,
        }
    )


def test_the_fact_is_the_outline_and_never_the_text() -> None:
    course = sample_course().course

    fact = to_fact(course)

    assert [lesson.lesson_id for module in fact.modules for lesson in module.lessons] == [
        lesson.lesson_id for lesson in course.lessons
    ]
    assert course.lessons[0].text_th
    assert course.lessons[0].text_th[:20] not in fact.model_dump_json()


def test_the_sample_course_says_that_it_is_one_covers_the_four_pillars_and_is_whole_in_both_languages() -> None:
    course = sample_course().course

    check_course(course)
    assert course.sample
    assert "ตัวอย่าง" in course.title_th
    assert {module.pillar for module in course.modules} == set(Pillar)
    assert all(lesson.text_th and lesson.text_en and lesson.title_en for lesson in course.lessons)


def test_a_lesson_id_that_stands_twice_is_named_with_its_place() -> None:
    with pytest.raises(Refused) as refused:
        check_course(_course(["a"], modules=2))

    assert (refused.value.code, refused.value.field) == ("id-repeated", "modules.1.lessons.0.lesson_id")


def test_a_module_and_a_lesson_may_share_an_id() -> None:
    check_course(_course(["m-0"]))


def test_a_course_has_no_more_lessons_than_one_event_can_tell() -> None:
    modules = _course([f"l{number}" for number in range(100)], modules=3)

    with pytest.raises(Refused, match="at most 200"):
        check_course(modules.model_copy(update={"modules": _unique(modules)}))


def _unique(course: Course) -> tuple[Any, ...]:
    return tuple(
        module.model_copy(
            update={
                "lessons": tuple(
                    lesson.model_copy(update={"lesson_id": f"{module.module_id}-{lesson.lesson_id}"})
                    for lesson in module.lessons
                )
            }
        )
        for module in course.modules
    )


def test_the_longest_course_fits_one_event() -> None:
    long = {"title_th": "𝒜" * 200, "title_en": "𝒜" * 200}
    modules = [
        {
            "module_id": f"{m:056}", "pillar": "participation", **long,
            "lessons": [{"lesson_id": f"{m * 10 + n:056}", **long} for n in range(10)],
        }
        for m in range(20)
    ]  # fmt: skip
    course = Course.model_validate(
        {"course_id": "c" * 64, "course_version": 1_000_000, "sample": True, **long, "modules": modules}
    )
    check_course(course)

    event_type = TYPES_BY_NAME["ewaste.education.CoursePublished.v1"]
    value = write_event(event_type, to_fact(course), id=uuid7(), source="urn:ewaste:x", time=datetime.now(UTC))

    assert read_event(value).data == to_fact(course)


def test_a_published_version_stays_as_it_is() -> None:
    check_same(_course(["a"]), _course(["a"]))
    with pytest.raises(Refused, match="next course_version") as refused:
        check_same(_course(["a"]), _course(["a"], title_en="Other"))
    assert refused.value.status == 409


@pytest.mark.parametrize("title", ["", " ", "a\x00b", "a\nb"])
def test_a_title_is_text_on_one_line(title: str) -> None:
    with pytest.raises(ValidationError):
        _course(["a"], title_th=title)


def test_a_text_has_paragraphs_and_no_control_characters() -> None:
    lesson = {"lesson_id": "a", "title_th": "ก", "text_th": "หนึ่ง\n\nสอง\t"}
    module = {"module_id": "m", "pillar": "practice", "title_th": "ก", "lessons": [lesson]}
    read = _course(["x"], modules=1).model_dump() | {"modules": [module]}

    assert Course.model_validate(read).lessons[0].text_th == "หนึ่ง\n\nสอง"
    lesson["text_th"] = "a\x00"
    with pytest.raises(ValidationError):
        Course.model_validate(read)
