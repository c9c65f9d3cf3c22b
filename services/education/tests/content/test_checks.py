"""What a course must be before it is published."""

from typing import Any

import pytest
from ewaste.contracts.refusal import Refused
from ewaste.education.content.checks import check_course
from ewaste.education.content.model import Course, shown_course


def _options(right: str, options: str = "abc") -> list[dict[str, Any]]:
    return [{"option_id": one, "text_th": "ตัวเลือก", "correct": one in right} for one in options]


def _question(kind: str = "single", options: list[dict[str, Any]] | None = None, name: str = "q") -> dict[str, Any]:
    return {"question_id": name, "kind": kind, "text_th": "คำถาม", "options": options or _options("a")}


def _course(*questions: dict[str, Any], **frame: Any) -> Course:
    frames = [{"frame_id": "f", "title_th": "กรอบ", "questions": questions, **frame}]
    lesson = {"lesson_id": "l", "title_th": "บทเรียน", "frames": frames}
    module = {"module_id": "m", "pillar": "practice", "title_th": "ฝึก", "lessons": [lesson]}
    return Course.model_validate({"course_id": "c", "course_version": 1, "title_th": "หลักสูตร", "modules": [module]})


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (_question("single", _options("")), "0 options are correct"),
        (_question("single", _options("ab")), "2 options are correct"),
        (_question("multiple", _options("")), "no option is correct"),
        (_question("true_false"), "two options"),
        (_question("true_false", _options("ab", "ab")), "one of them correct"),
        (_question("ordering"), "without `correct`"),
        (_question("ordering", _options("", "ab")), "3 options or more"),
        (_question("single", _options("a", "aA")), "option_id a stands twice"),
    ],
)
def test_a_question_can_be_answered(question: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said) as refused:
        check_course(_course(_question(name="fine"), question))

    assert refused.value.field == "modules.0.lessons.0.frames.0.questions.1.options"


def test_a_question_stands_once_in_a_lesson_and_a_test() -> None:
    with pytest.raises(Refused, match="question_id q stands twice in lesson l"):
        check_course(_course(_question(), _question()))
    test = Course.model_validate(_course().model_dump() | {"post_test": [_question(), _question()]})
    with pytest.raises(Refused, match="question_id q stands twice") as refused:
        check_course(test)
    assert refused.value.field == "post_test"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a <b>bold</b> word", "prose-html"),
        ("<div>\n\nx", "prose-html"),
        ("![](x.png)", "prose-image"),
        ("[x](http://example.org)", "prose-link"),
        ("[x](javascript:alert)", "prose-link"),
        ("- [x](data:text/html,a)", "prose-link"),
    ],
)
def test_a_text_holds_only_what_every_page_shows(text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        check_course(_course(text_th=text))

    assert (refused.value.code, refused.value.field) == (code, "modules.0.lessons.0.frames.0.text_th")


def test_a_text_may_have_lists_emphasis_and_safe_links() -> None:
    check_course(_course(text_th="## หัวข้อ\n\n1. **หนึ่ง** < สอง & 3\n2. [สอง](https://example.org) [โทร](tel:1441)"))


def test_what_is_shown_has_no_key_and_its_options_tell_nothing_by_their_order() -> None:
    course = _course(*(_question("ordering", _options("", "abcdef"), f"q{n}") for n in range(5)))

    shown = shown_course(course)

    orders = ["".join(option.option_id for option in one.options)
              for one in shown.modules[0].lessons[0].frames[0].questions]  # fmt: skip
    assert {tuple(sorted(order)) for order in orders} == {tuple("abcdef")}
    assert "abcdef" not in orders
    assert "correct" not in shown.model_dump_json()
