"""The questionnaire as data: seven dimensions, each with items, answered from 0 to 4."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

from ewaste.contracts.events.education import Dimension
from ewaste.contracts.fields import Identifier, Text
from ewaste.contracts.refusal import Refused
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

__all__ = ["MOST_POINTS", "DimensionItems", "Item", "Questionnaire", "check_answers", "read_questionnaire"]

MOST_POINTS: Final = 4
"""Of one answer; 0 is the least."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Item(_Part):
    item_id: Identifier
    text_th: Text
    text_en: Text | None = None
    reversed: bool = False
    """Always doing it is the careless answer."""

    def points(self, answer: int) -> int:
        return MOST_POINTS - answer if self.reversed else answer


class DimensionItems(_Part):
    dimension: Dimension
    title_th: Text
    title_en: Text | None = None
    items: Annotated[tuple[Item, ...], Field(min_length=1, max_length=50)]


class Questionnaire(_Part):
    questionnaire_id: Identifier
    example: bool
    """Our own items, not the official questionnaire."""
    title_th: Text
    title_en: Text | None = None
    choices_th: Annotated[tuple[Text, ...], Field(min_length=MOST_POINTS + 1, max_length=MOST_POINTS + 1)]
    choices_en: Annotated[tuple[Text, ...], Field(min_length=MOST_POINTS + 1, max_length=MOST_POINTS + 1)]
    dimensions: Annotated[tuple[DimensionItems, ...], Field(min_length=len(Dimension), max_length=len(Dimension))]

    @property
    def items(self) -> tuple[Item, ...]:
        """All items in the order of the file, which is the order of kept answers."""
        return tuple(item for one in self.dimensions for item in one.items)

    @model_validator(mode="after")
    def _each_once(self) -> "Questionnaire":
        missing = set(Dimension) - {one.dimension for one in self.dimensions}
        if missing:
            raise ValueError(f"no items for {', '.join(sorted(missing))}: the index has seven dimensions")
        ids = [item.item_id for item in self.items]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"item {', '.join(twice)} stands twice; give each an id of its own")
        return self


def read_questionnaire(file: Path | None = None) -> Questionnaire:
    """The questionnaire in `file`, our example without one. Raises ValueError that names what is wrong."""
    source = file or files("ewaste.education.wellness").joinpath("questionnaire.toml")
    try:
        return Questionnaire.model_validate(tomllib.loads(source.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ValueError(f"questionnaire {source}: {error}; see wellness/questionnaire.toml for the form") from error


def check_answers(questionnaire: Questionnaire, answers: Mapping[str, int]) -> list[int]:
    """The answers in the order of the items; raises `Refused` that names an unknown or a missing item."""
    known = [item.item_id for item in questionnaire.items]
    for item_id in answers:
        if item_id not in known:
            detail = (
                f"questionnaire {questionnaire.questionnaire_id} has no item {item_id}; GET /wellness/questionnaire"
            )
            raise Refused("item-unknown", detail, field=f"answers.{item_id}")
    for item_id in known:
        if item_id not in answers:
            detail = f"item {item_id} has no answer; send one from 0 to {MOST_POINTS} for every item"
            raise Refused("item-missing", detail, field=f"answers.{item_id}")
    return [answers[item_id] for item_id in known]
