"""Which lessons of a course help with which dimension: data, applied to the course that the learner takes."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Annotated, Final

from ewaste.contracts.events.education import Dimension, Pillar
from ewaste.contracts.fields import Identifier
from ewaste.education.content.model import Course, Lesson
from ewaste.education.wellness.scoring import Level, Scores, Scoring
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

__all__ = ["Advice", "advice_table", "recommended"]

_MOST_LESSONS: Final = 3
"""Of one dimension: a list that nobody finishes helps nobody."""


class Advice(BaseModel):
    """For one dimension: these lessons where the course has them, else those of its modules of these pillars."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lessons: tuple[Identifier, ...]
    pillars: Annotated[tuple[Pillar, ...], Field(min_length=1)]


@cache
def advice_table() -> Mapping[Dimension, Advice]:
    """As of `recommendations.toml`."""
    text = files("ewaste.education.wellness").joinpath("recommendations.toml").read_text("utf-8")
    return TypeAdapter(dict[Dimension, Advice]).validate_python(tomllib.loads(text))


def recommended(scoring: Scoring, scores: Scores, course: Course) -> list[tuple[Dimension, Lesson]]:
    """Lessons for every dimension below the advanced level, the weakest first, each lesson once."""
    weak = sorted(
        (one for one in Dimension if scoring.level(scores[one]) is not Level.ADVANCED), key=scores.__getitem__
    )
    found: dict[str, tuple[Dimension, Lesson]] = {}
    for dimension in weak:
        for lesson in _lessons_for(advice_table()[dimension], course):
            found.setdefault(lesson.lesson_id, (dimension, lesson))
    return list(found.values())


def _lessons_for(advice: Advice, course: Course) -> Sequence[Lesson]:
    named = {lesson.lesson_id: lesson for lesson in course.lessons}
    chosen = [named[one] for one in advice.lessons if one in named]
    of_pillars = [one for module in course.modules if module.pillar in advice.pillars for one in module.lessons]
    return (chosen or of_pillars)[:_MOST_LESSONS]
