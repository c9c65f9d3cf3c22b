"""Which grade and which audience a roster's words stand for, as data (`grades.csv`, `audiences.csv`)."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from ewaste.contracts.events.education import Audience, Grade

__all__ = ["audiences", "grades"]


@cache
def grades() -> Mapping[str, Grade]:
    """OneRoster's grade codes (CEDS: 04 to 09) and the Thai short forms, for the grades of the programme."""
    return {row["code"]: Grade(row["grade"]) for row in _rows("grades.csv")}


@cache
def audiences() -> Mapping[str, Audience | None]:
    """The audience of each role; None for those who are in a roster without learning."""
    return {row["role"]: Audience(row["audience"]) if row["audience"] else None for row in _rows("audiences.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    text = files("ewaste.education.people.roster").joinpath(name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
