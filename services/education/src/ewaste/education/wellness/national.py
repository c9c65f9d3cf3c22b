"""The published figures of the Thailand Cyber Wellness Index; what wasn't published is None."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

from ewaste.contracts.events.education import Dimension
from ewaste.education.wellness.scoring import Level

__all__ = ["NationalFigures", "national_figures"]


@dataclass(frozen=True, slots=True)
class NationalFigures:
    """One year's, in basis points."""

    year: int
    n: int
    mean_basis_points: int | None
    level_basis_points: Mapping[Level, int | None]
    dimension_basis_points: Mapping[Dimension, int | None]
    note: str
    source: str


@cache
def national_figures() -> tuple[NationalFigures, ...]:
    """All years of `national.csv`, oldest first."""
    text = files("ewaste.education.wellness").joinpath("national.csv").read_text("utf-8")
    return tuple(_figures(row) for row in csv.DictReader(text.splitlines()))


def _figures(row: Mapping[str, str]) -> NationalFigures:
    return NationalFigures(
        year=int(row["year"]),
        n=int(row["n"]),
        mean_basis_points=_scaled(row["mean_score"], 10_000),
        level_basis_points={level: _scaled(row[f"{level}_pct"], 100) for level in Level},
        dimension_basis_points={one: _scaled(row[one], 10_000) for one in Dimension},
        note=row["note"],
        source=row["source"],
    )


def _scaled(text: str, factor: int) -> int | None:
    return int(Decimal(text) * factor) if text else None
