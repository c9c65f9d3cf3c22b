"""Who may be in which cohort."""

import pytest
from ewaste.contracts.events.education import AgeBand, Audience, Cohort, Grade
from ewaste.contracts.refusal import Refused
from ewaste.education.people.model import check_cohort
from ewaste.education.people.schools import municipal_schools

SCHOOLS = municipal_schools()


def _pupil(school: str | None = "cm-school-01", grade: Grade | None = Grade.P4, band: AgeBand | None = None) -> Cohort:
    return Cohort(audience=Audience.PUPIL, school_id=school, grade=grade, age_band=band)


@pytest.mark.parametrize(
    "cohort",
    [
        _pupil(),
        _pupil("cm-school-11", Grade.M3, AgeBand.FROM_13),
        _pupil("cm-school-02", Grade.P6),
        Cohort(audience=Audience.TEACHER, school_id="cm-school-02"),
        Cohort(audience=Audience.PUBLIC),
        Cohort(audience=Audience.STAFF, age_band=AgeBand.FROM_23),
        Cohort(audience=Audience.ELDERLY, age_band=AgeBand.FROM_60),
    ],
)
def test_cohorts_of_the_programme(cohort: Cohort) -> None:
    check_cohort(cohort, SCHOOLS)


@pytest.mark.parametrize(
    ("cohort", "code", "field"),
    [
        (_pupil(school=None), "school-missing", "cohort.school_id"),
        (_pupil(grade=None), "grade-missing", "cohort.grade"),
        (_pupil("cm-school-99"), "school-unknown", "cohort.school_id"),
        (_pupil(band=AgeBand.FROM_60), "age-band-not-for-audience", "cohort.age_band"),
        (Cohort(audience=Audience.TEACHER, grade=Grade.P4), "grade-not-for-audience", "cohort.grade"),
        (Cohort(audience=Audience.ELDERLY, age_band=AgeBand.FROM_23), "age-band-not-for-audience", "cohort.age_band"),
    ],
)
def test_cohorts_that_cannot_be_are_refused_by_field(cohort: Cohort, code: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        check_cohort(cohort, SCHOOLS)

    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.parametrize("grade", [Grade.M1, Grade.M2, Grade.M3])
def test_the_school_that_ends_with_p6_has_no_older_pupils(grade: Grade) -> None:
    with pytest.raises(Refused, match="teaches up to P6"):
        check_cohort(_pupil("cm-school-02", grade), SCHOOLS)


def test_the_municipality_has_eleven_schools() -> None:
    assert len(SCHOOLS) == 11
    assert [one.school_id for one in SCHOOLS.values() if one.last_grade] == ["cm-school-02"]
