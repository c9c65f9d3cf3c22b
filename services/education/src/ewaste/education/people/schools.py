"""The municipality's schools, shipped as data."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from ewaste.contracts.events.dropoff import Khwaeng
from ewaste.contracts.events.education import Grade
from ewaste.education.people.model import School

__all__ = ["municipal_schools"]


@cache
def municipal_schools() -> Mapping[str, School]:
    """The 11 schools by id, as of `schools.csv`; an empty `last_grade` there means no limit is known."""
    text = files("ewaste.education.people").joinpath("schools.csv").read_text("utf-8")
    return {
        row["school_id"]: School(
            school_id=row["school_id"],
            name_th=row["name_th"],
            last_grade=Grade(row["last_grade"]) if row["last_grade"] else None,
            note=row["note"] or None,
            khwaeng=Khwaeng(row["khwaeng"]) if row["khwaeng"] else None,
        )
        for row in csv.DictReader(text.splitlines())
    }
