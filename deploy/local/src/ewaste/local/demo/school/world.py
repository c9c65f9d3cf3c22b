"""The sample week as data: a pure function of seed, run, week, schools and course. Every learner in it is invented.

How many pupils a school has is not published but for the whole (more than 1,300); sizes, scores and answers are drawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Final

__all__ = ["Learner", "Questions", "Week", "make_week"]

_BANGKOK: Final = timedelta(hours=7)
_AGE_BANDS: Final[Mapping[str, str]] = {
    "P4": "10-12", "P5": "10-12", "P6": "10-12", "M1": "13-15", "M2": "13-15", "M3": "13-15",
}  # fmt: skip
_EVENING: Final[Mapping[str, int]] = {"nakhon_ping": 14, "kawila": 22, "mengrai": 9, "sriwichai": 3}
"""Elderly who came, by khwaeng."""
_TEACHERS: Final = (5, 9)
_STAFF: Final = 3
_UNSENT_AFTER: Final = 4
"""The last school's line is down: so many of its answers after the course have come."""
_SCHOOL_HOURS: Final = (8, 9, 10, 13, 14)


@dataclass(frozen=True, slots=True)
class Questions:
    """What the service asks: the questionnaire's items with whether they are reversed, and the course's lessons."""

    questionnaire_id: str
    reversed_items: Mapping[str, bool]
    course_id: str
    lessons: Sequence[str]


@dataclass(frozen=True, slots=True)
class Learner:
    reference: str
    cohort: Mapping[str, str]
    skill: float
    """From 0 to 1, before the course."""
    gain: float


@dataclass(frozen=True, slots=True)
class Week:
    learners: tuple[Learner, ...]
    monday: datetime
    questions: Questions
    seed: str
    unsent: frozenset[str] = field(default_factory=frozenset)
    """References whose answers after the course have not come."""

    def enrolments(self) -> list[dict[str, Any]]:
        """One line per learner, in the order of `learners`; evenings are on Wednesday."""
        return [
            {
                "course_id": self.questions.course_id,
                "reference": one.reference,
                "cohort": dict(one.cohort),
                "enrolled_at": _text(self._first(one)),
            }
            for one in self.learners
        ]

    def wellness(self, ids: Sequence[str], occasion: str) -> list[dict[str, Any]]:
        """Answers to the questionnaire before or after; `ids` are the learners' pseudonyms in their order."""
        random = Random(f"{self.seed}/{occasion}")
        return [
            {
                "learner_id": learner_id,
                "course_id": self.questions.course_id,
                "attempt_id": f"{one.reference}-{occasion}",
                "questionnaire_id": self.questions.questionnaire_id,
                "occasion": occasion,
                "answers": self._answers(random, one.skill + (one.gain if occasion == "after" else 0)),
                "answered_at": _text(self._at(one, occasion)),
            }
            for learner_id, one in zip(ids, self.learners, strict=True)
            if occasion == "before" or one.reference not in self.unsent
        ]

    def tests(self, ids: Sequence[str], kind: str) -> list[dict[str, Any]]:
        """Results of the pre-test or post-test."""
        random = Random(f"{self.seed}/{kind}")
        after = kind == "post_test"
        return [
            {
                "learner_id": learner_id,
                "course_id": self.questions.course_id,
                "assessment_id": f"{one.reference}-{kind}",
                "kind": kind,
                "score_basis_points": _share(random, one.skill + (one.gain + 0.1 if after else -0.1)),
                "scored_at": _text(self._at(one, "after" if after else "before") - timedelta(minutes=15)),
            }
            for learner_id, one in zip(ids, self.learners, strict=True)
        ]

    def lessons(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Completed lessons with the result of their quiz; nearly everybody takes all."""
        random = Random(f"{self.seed}/lessons")
        return [
            {
                "learner_id": learner_id,
                "course_id": self.questions.course_id,
                "lesson_id": lesson,
                "score_basis_points": _share(random, one.skill + 0.2),
                "duration_seconds": random.randint(150, 420),
                "completed_at": _text(self._lesson_at(random, one, number)),
            }
            for learner_id, one in zip(ids, self.learners, strict=True)
            for number, lesson in enumerate(self.questions.lessons)
            if random.random() < 0.985
        ]

    def _answers(self, random: Random, skill: float) -> dict[str, int]:
        careful = {item: round(4 * _bounded(random.gauss(skill, 0.18))) for item in self.questions.reversed_items}
        return {item: 4 - n if self.questions.reversed_items[item] else n for item, n in careful.items()}

    def _first(self, one: Learner) -> datetime:
        return self.monday + (timedelta(days=2, hours=17) if "khwaeng" in one.cohort else timedelta(hours=8))

    def _at(self, one: Learner, occasion: str) -> datetime:
        evening = "khwaeng" in one.cohort
        length = timedelta(hours=3) if evening else timedelta(days=4, hours=6)
        return self._first(one) + (length if occasion == "after" else timedelta(minutes=20))

    def _lesson_at(self, random: Random, one: Learner, number: int) -> datetime:
        if "khwaeng" in one.cohort:
            return self._first(one) + timedelta(minutes=30 + 9 * number)
        day = number * 4 // len(self.questions.lessons)
        hour = timedelta(hours=random.choice(_SCHOOL_HOURS), seconds=random.randrange(3_000))
        return self.monday + max(timedelta(days=day) + hour, timedelta(hours=8, minutes=40))


def make_week(
    *, seed: int, run: int, monday: date, pupils: int, schools: Sequence[Mapping[str, Any]], questions: Questions
) -> Week:
    """The same arguments give the same week. References of another run never collide.

    There are at least so many `pupils`. `schools` are those of `GET /schools`: `school_id` and the `grades` that are
    taught there.
    """
    name = f"{seed}/{run}/school"
    random = Random(name)
    learners = [*_pupils(random, pupils, schools), *_teachers(random, schools), *_others(random)]
    named = tuple(
        Learner(f"week-{run:03}-{number:05}", cohort, skill, random.uniform(0.05, 0.2))
        for number, (cohort, skill) in enumerate(learners, 1)
    )
    last = schools[-1]["school_id"]
    of_last = [one.reference for one in named if one.cohort.get("school_id") == last]
    morning = datetime(monday.year, monday.month, monday.day, tzinfo=UTC) - _BANGKOK
    return Week(named, morning, questions, name, frozenset(of_last[_UNSENT_AFTER:]))


def _pupils(random: Random, pupils: int, schools: Sequence[Mapping[str, Any]]) -> list[tuple[dict[str, str], float]]:
    classes = [(school["school_id"], grade) for school in schools for grade in school["grades"]]
    each = -(-pupils // len(classes))
    return [
        (
            {"audience": "pupil", "school_id": school_id, "grade": grade, "age_band": _AGE_BANDS[grade]},
            random.gauss(0.52 + 0.02 * list(_AGE_BANDS).index(grade), 0.14),
        )
        for school_id, grade in classes
        for _ in range(each + random.randint(0, 3))
    ]


def _teachers(random: Random, schools: Sequence[Mapping[str, Any]]) -> list[tuple[dict[str, str], float]]:
    return [
        ({"audience": "teacher", "school_id": school["school_id"], "age_band": "23-59"}, random.gauss(0.7, 0.1))
        for school in schools
        for _ in range(random.randint(*_TEACHERS))
    ]


def _others(random: Random) -> list[tuple[dict[str, str], float]]:
    staff = [({"audience": "staff", "age_band": "23-59"}, random.gauss(0.68, 0.1)) for _ in range(_STAFF)]
    evening = [
        ({"audience": "elderly", "age_band": "60+", "khwaeng": khwaeng}, random.gauss(0.42, 0.13))
        for khwaeng, count in _EVENING.items()
        for _ in range(count)
    ]
    return [*staff, *evening]


def _share(random: Random, skill: float) -> int:
    """In tenths: tests have ten questions."""
    return round(10 * _bounded(random.gauss(skill, 0.12))) * 1_000


def _bounded(share: float) -> float:
    return min(1.0, max(0.0, share))


def _text(moment: datetime) -> str:
    return moment.isoformat()
