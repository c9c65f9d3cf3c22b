"""Any course that can be published leaves as files and comes back the same."""

import io
from typing import Any

from ewaste.contracts.events.education import Dimension, Pillar
from ewaste.contracts.refusal import Refused
from ewaste.education.content.checks import check_course
from ewaste.education.content.files.reading import read_course_files
from ewaste.education.content.files.source import ZipSource
from ewaste.education.content.files.writing import write_zip
from ewaste.education.content.model import Course
from ewaste.education.content.questions import Kind
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=12).filter(
    str.strip
)
PROSE = st.text(
    st.one_of(
        st.sampled_from("\n\r\t#*_\"'\\=[]กำ๙ 😀"), st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))
    ),
    min_size=1,
    max_size=40,
).filter(str.strip)
IDS = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9_-]{0,8}\Z")


def _some(part: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[Any]:
    return st.lists(part, min_size=least, max_size=3)


def _part(more: dict[str, Any], maybe: dict[str, Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(more, optional=maybe)


BOTH = {"text_th": PROSE, "text_en": PROSE}
OPTION = _part({"option_id": IDS, "text_th": WORDS}, {"text_en": WORDS, "correct": st.booleans(), "feedback_th": WORDS})
QUESTION = _part(
    {"question_id": IDS, "kind": st.sampled_from(Kind), "text_th": WORDS, "options": _some(OPTION, 2)},
    {"text_en": WORDS},
)
FRAME = _part({"frame_id": IDS, "title_th": WORDS}, {"title_en": WORDS, "questions": _some(QUESTION), **BOTH})
LESSON = _part(
    {"lesson_id": IDS, "title_th": WORDS},
    {"title_en": WORDS, "dimensions": _some(st.sampled_from(Dimension)), "frames": _some(FRAME), **BOTH},
)
MODULE = _part(
    {"module_id": IDS, "pillar": st.sampled_from(Pillar), "title_th": WORDS, "lessons": _some(LESSON, 1)},
    {"title_en": WORDS},
)
COURSE = _part(
    {"course_id": IDS, "course_version": st.integers(1, 10**6), "title_th": WORDS, "modules": _some(MODULE, 1)},
    {"sample": st.booleans(), "pre_test": _some(QUESTION), "post_test": _some(QUESTION), **BOTH},
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(COURSE)
def test_there_and_back_is_the_same(written: dict[str, Any]) -> None:
    try:
        course = Course.model_validate(written)
        check_course(course)
    except Refused as refused:
        # Other refusals (a question nobody can answer) don't stand in the way of writing and reading.
        assume(refused.code not in ("id-repeated", "file-repeated"))
    except ValidationError:
        assume(False)
    file = io.BytesIO()

    write_zip(course, lambda _digest: [], file)

    assert read_course_files(ZipSource(file)).course == course
