"""What answers are worth: whole numbers, and configurations that name themselves."""

from pathlib import Path

import pytest
from ewaste.contracts.events.education import Dimension
from ewaste.contracts.refusal import Refused
from ewaste.education.content.sample import sample_course
from ewaste.education.wellness.national import national_figures
from ewaste.education.wellness.questionnaire import check_answers, read_questionnaire
from ewaste.education.wellness.recommendations import advice_table, recommended
from ewaste.education.wellness.scoring import Level, Scoring, dimension_scores, read_scoring

FORM = read_questionnaire()
SCORING = read_scoring()
CAREFUL = {item.item_id: 0 if item.reversed else 4 for item in FORM.items}


def test_what_is_shipped_says_that_it_is_an_example() -> None:
    assert FORM.example
    assert SCORING.example
    assert [one.dimension for one in FORM.dimensions] == list(Dimension)


def test_careful_answers_score_the_whole_scale_and_the_middle_half_of_it() -> None:
    most = dimension_scores(FORM, check_answers(FORM, CAREFUL))
    middle = dimension_scores(FORM, [2] * len(FORM.items))

    assert set(most.values()) == {10_000}
    assert set(middle.values()) == {5_000}
    assert SCORING.whole({**middle, Dimension.CYBERSECURITY: 6_667}) == 5_238, "5238.14"


def test_levels_begin_at_their_cut_offs() -> None:
    assert [SCORING.level(score) for score in (0, 5_999, 6_000, 7_999, 8_000, 10_000)] == [
        Level.IMPROVEMENT, Level.IMPROVEMENT, Level.BASIC, Level.BASIC, Level.ADVANCED, Level.ADVANCED,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "code", "named"),
    [
        ({**CAREFUL, "use-9": 1}, "item-unknown", "use-9"),
        ({k: v for k, v in CAREFUL.items() if k != "rights-2"}, "item-missing", "rights-2"),
    ],
)
def test_an_item_that_is_unknown_or_missing_is_named(answers: dict[str, int], code: str, named: str) -> None:
    with pytest.raises(Refused) as refused:
        check_answers(FORM, answers)
    assert (refused.value.code, refused.value.field) == (code, f"answers.{named}")
    assert named in refused.value.detail


def test_another_cut_off_is_another_name(tmp_path: Path) -> None:
    changed = Scoring.model_validate({**SCORING.model_dump(), "basic_from_basis_points": 5_500})
    assert changed.name != SCORING.name
    assert changed.name.startswith("example-1.")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("digital_use = 1\n", "digital_use"),
        ("fewest_learners = 5", "fewest_learners"),
        ("basic_from_basis_points = 6000", "below the advanced"),
    ],
)
def test_a_scoring_that_makes_no_sense_is_refused_at_the_start(tmp_path: Path, change: str, named: str) -> None:
    shipped = (Path(__file__).parents[2] / "src/ewaste/education/wellness/scoring.toml").read_text("utf-8")
    instead = {"fewest_learners = 5": "fewest_learners = 4", "basic_from_basis_points = 6000":
               "basic_from_basis_points = 9000"}.get(change, "")  # fmt: skip
    file = tmp_path / "scoring.toml"
    file.write_text(shipped.replace(change, instead), "utf-8")
    with pytest.raises(ValueError, match=named):
        read_scoring(file)


def test_lessons_are_recommended_for_what_is_weak_the_weakest_first() -> None:
    scores = dict.fromkeys(Dimension, 9_000) | {Dimension.CYBERSECURITY: 3_000, Dimension.DIGITAL_RIGHTS: 7_000}
    advice = recommended(SCORING, scores, sample_course().course)

    assert list(dict.fromkeys(dimension for dimension, _ in advice)) == ["cybersecurity", "digital_rights"]
    ids = [lesson.lesson_id for _, lesson in advice]
    assert len(set(ids)) == len(ids)
    assert not recommended(SCORING, dict.fromkeys(Dimension, 10_000), sample_course().course)


def test_every_recommended_lesson_is_in_the_sample_course() -> None:
    there = {lesson.lesson_id for lesson in sample_course().course.lessons}
    assert {lesson for advice in advice_table().values() for lesson in advice.lessons} <= there
    assert set(advice_table()) == set(Dimension)


def test_national_figures_are_as_published_and_no_more() -> None:
    known = {one.year: one for one in national_figures()}
    assert (known[2025].mean_basis_points, known[2025].level_basis_points[Level.BASIC]) == (7_000, 4_627)
    assert known[2024].dimension_basis_points[Dimension.CYBERBULLYING] == 8_700
    assert known[2024].mean_basis_points is None
    assert known[2025].dimension_basis_points[Dimension.RELATIONSHIPS] is None
    assert all(one.source for one in national_figures())
