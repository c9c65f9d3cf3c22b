"""From answers to scores and levels: integers only, under a configuration that names itself by its digest.

The index's own cut-offs and weights are not published: `scoring.toml` holds example values that say so.
"""

import tomllib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from ewaste.contracts.events.education import Dimension
from ewaste.contracts.fields import BasisPoints
from ewaste.education.wellness.questionnaire import MOST_POINTS, Questionnaire
from ewaste.evidence.canonical import canonical_digest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

__all__ = ["Level", "Scores", "Scoring", "dimension_scores", "read_scoring"]

Scores = dict[Dimension, int]
"""Basis points of each dimension: 10000 is 1.0000."""


class Level(StrEnum):
    IMPROVEMENT = "improvement"
    BASIC = "basic"
    ADVANCED = "advanced"


class _Shown(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    fewest_learners: Annotated[int, Field(strict=True, ge=5, le=1000)]


class Scoring(BaseModel):
    """Cut-offs and weights."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    version: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")]
    example: bool
    """The values are ours, because the index's own aren't published."""
    basic_from_basis_points: BasisPoints
    advanced_from_basis_points: BasisPoints
    weights: dict[Dimension, Annotated[int, Field(strict=True, ge=0, le=1000)]]
    shown: _Shown

    @model_validator(mode="after")
    def _sensible(self) -> "Scoring":
        if not 0 < self.basic_from_basis_points < self.advanced_from_basis_points:
            raise ValueError("the basic level begins above 0 and below the advanced one")
        missing = set(Dimension) - self.weights.keys()
        if missing or not sum(self.weights.values()):
            raise ValueError(f"give every dimension a weight, one of them above 0: {', '.join(sorted(missing))}")
        return self

    @property
    def name(self) -> str:
        """Version and the beginning of the digest: two configurations never go by one name."""
        return f"{self.version}.{self.digest[:12]}"

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON (RFC 8785)."""
        return canonical_digest(self.model_dump(mode="json"))

    def level(self, score: int) -> Level:
        if score >= self.advanced_from_basis_points:
            return Level.ADVANCED
        return Level.BASIC if score >= self.basic_from_basis_points else Level.IMPROVEMENT

    def whole(self, scores: Mapping[Dimension, int]) -> int:
        """The weighted mean of the dimensions, rounded half up."""
        total = sum(self.weights.values())
        return (2 * sum(self.weights[one] * score for one, score in scores.items()) + total) // (2 * total)


def dimension_scores(questionnaire: Questionnaire, answers: Sequence[int]) -> Scores:
    """The share of the points that could be had, per dimension, rounded half up; `answers` in the items' order."""
    rest = iter(answers)
    scores: Scores = {}
    for part in questionnaire.dimensions:
        most = MOST_POINTS * len(part.items)
        points = sum(item.points(next(rest)) for item in part.items)
        scores[part.dimension] = (2 * 10_000 * points + most) // (2 * most)
    return scores


def read_scoring(file: Path | None = None) -> Scoring:
    """The scoring in `file`, our example without one. Raises ValueError that names what is wrong."""
    source = file or files("ewaste.education.wellness").joinpath("scoring.toml")
    try:
        return Scoring.model_validate(tomllib.loads(source.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ValueError(f"scoring {source}: {error}; see wellness/scoring.toml for the form") from error
