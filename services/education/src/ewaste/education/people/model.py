"""Who may be in which cohort; decided here without I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ewaste.contracts.events.dropoff import Khwaeng
from ewaste.contracts.events.education import AgeBand, Audience, Cohort, Grade
from ewaste.contracts.refusal import Refused

__all__ = ["School", "check_cohort"]

_GRADES: Final = tuple(Grade)
_AGE_BANDS: Final[Mapping[Audience, frozenset[AgeBand]]] = {
    Audience.PUPIL: frozenset({AgeBand.FROM_10, AgeBand.FROM_13, AgeBand.FROM_16}),
    Audience.ELDERLY: frozenset({AgeBand.FROM_60}),
}


@dataclass(frozen=True, slots=True)
class School:
    school_id: str
    name_th: str
    last_grade: Grade | None = None
    """The highest grade taught there, None where no limit is known."""
    note: str | None = None
    khwaeng: Khwaeng | None = None
    """None where it isn't known: our sources name no school's."""

    def teaches(self, grade: Grade) -> bool:
        return self.last_grade is None or _GRADES.index(grade) <= _GRADES.index(self.last_grade)


def check_cohort(cohort: Cohort, schools: Mapping[str, School]) -> None:
    """Raise `Refused` where a cohort can't be; pupils need a school and a grade that is taught there."""
    school = _known_school(cohort, schools)
    if cohort.audience is Audience.PUPIL:
        _check_pupil(cohort, school)
    elif cohort.grade is not None:
        raise _refused("grade-not-for-audience", f"grade is for pupils; leave it out for {cohort.audience}", "grade")
    bands = _AGE_BANDS.get(cohort.audience)
    if bands and cohort.age_band is not None and cohort.age_band not in bands:
        wanted = ", ".join(sorted(bands))
        raise _refused(
            "age-band-not-for-audience", f"age band {cohort.age_band} is not one of {cohort.audience}: {wanted}",
            "age_band",
        )  # fmt: skip


def _known_school(cohort: Cohort, schools: Mapping[str, School]) -> School | None:
    if cohort.school_id is None:
        return None
    school = schools.get(cohort.school_id)
    if school is None:
        raise _refused("school-unknown", f"no school {cohort.school_id}; GET /schools lists them", "school_id")
    return school


def _check_pupil(cohort: Cohort, school: School | None) -> None:
    if school is None:
        raise _refused("school-missing", "a pupil needs a school; GET /schools lists them", "school_id")
    if cohort.grade is None:
        raise _refused("grade-missing", f"a pupil needs a grade from {_GRADES[0]} to {_GRADES[-1]}", "grade")
    if not school.teaches(cohort.grade):
        detail = f"{school.school_id} teaches up to {school.last_grade}, not {cohort.grade}; correct grade or school"
        raise _refused("grade-not-taught", detail, "grade")


def _refused(code: str, detail: str, field: str) -> Refused:
    return Refused(code, detail, field=f"cohort.{field}")
