"""The sample week is repeatable, has everybody of the partnership in it, and keeps what a small group is small."""

from collections import Counter
from datetime import date
from typing import Any

from ewaste.local.demo.school.world import Questions, Week, make_week

GRADES = ["P4", "P5", "P6", "M1", "M2", "M3"]
SCHOOLS: list[dict[str, Any]] = [
    {"school_id": f"cm-school-{n:02}", "grades": GRADES[:3] if n == 2 else GRADES} for n in range(1, 12)
]
QUESTIONS = Questions("wellness-example-1", {"use-1": False, "use-3": True}, "cyber-sample", ("a", "b", "c"))


def _week(seed: int = 7, run: int = 1) -> Week:
    return make_week(seed=seed, run=run, monday=date(2026, 11, 16), pupils=1_320, schools=SCHOOLS, questions=QUESTIONS)


def test_the_same_seed_gives_the_same_week_and_another_run_other_learners() -> None:
    week, ids = _week(), [one.reference for one in _week().learners]
    assert week == _week()
    assert week.lessons(ids) == _week().lessons(ids)
    assert not set(ids) & {one.reference for one in _week(run=2).learners}


def test_eleven_schools_with_more_than_1300_pupils_teachers_staff_and_an_evening() -> None:
    week = _week()
    audiences = Counter(one.cohort["audience"] for one in week.learners)
    assert audiences["pupil"] > 1_300
    assert len({one.cohort["school_id"] for one in week.learners if one.cohort["audience"] == "pupil"}) == 11
    assert {one.cohort["grade"] for one in week.learners if one.cohort.get("school_id") == "cm-school-02"
            and "grade" in one.cohort} == {"P4", "P5", "P6"}  # fmt: skip
    assert audiences["teacher"] >= 55
    assert 0 < audiences["staff"] < 5
    evening = Counter(one.cohort["khwaeng"] for one in week.learners if one.cohort["audience"] == "elderly")
    assert len(evening) == 4
    assert min(evening.values()) < 5


def test_whose_line_is_down_is_not_heard_after_the_course() -> None:
    week = _week()
    ids = [one.reference for one in week.learners]
    after = {one["learner_id"] for one in week.wellness(ids, "after")}
    of_last = {one.reference for one in week.learners if one.cohort.get("school_id") == "cm-school-11"}
    assert len(after & of_last) == 4
    assert len(week.wellness(ids, "before")) == len(ids)
    assert all(0 <= answer <= 4 for one in week.wellness(ids, "after") for answer in one["answers"].values())


def test_nothing_is_done_before_it_was_begun() -> None:
    week = _week()
    ids = [one.reference for one in week.learners]
    began = {line["reference"]: line["enrolled_at"] for line in week.enrolments()}
    before = {one["learner_id"]: one["answered_at"] for one in week.wellness(ids, "before")}
    after = {one["learner_id"]: one["answered_at"] for one in week.wellness(ids, "after")}
    for lesson in week.lessons(ids):
        learner = lesson["learner_id"]
        assert began[learner] < before[learner] < lesson["completed_at"] < after.get(learner, "9999")
