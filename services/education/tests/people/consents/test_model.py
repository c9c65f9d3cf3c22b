"""Who may consent: under ten a parent, up to twenty as the policy says for each purpose, then oneself."""

from pathlib import Path

import pytest
from ewaste.contracts.events.education import AgeBand, Audience, Grade
from ewaste.contracts.refusal import Refused
from ewaste.education.people.consents.model import (
    AgeRule,
    GivenBy,
    Purpose,
    Who,
    age_rule,
    check_giver,
    policy_from,
)

POLICY = policy_from()


def _pupil(grade: Grade) -> Who:
    return Who(audience=Audience.PUPIL, grade=grade)


@pytest.mark.parametrize(
    ("who", "age", "rule"),
    [
        (_pupil(Grade.P4), None, AgeRule.CHILD),
        (_pupil(Grade.P4), 10, AgeRule.MINOR),
        (_pupil(Grade.P5), None, AgeRule.MINOR),
        (_pupil(Grade.P5), 9, AgeRule.CHILD),
        (_pupil(Grade.M3), 20, AgeRule.ADULT),
        (Who(audience=Audience.PUBLIC, age_band=AgeBand.FROM_19), None, AgeRule.MINOR),
        (Who(audience=Audience.PUBLIC, age_band=AgeBand.FROM_23), None, AgeRule.ADULT),
        (Who(audience=Audience.TEACHER), None, AgeRule.ADULT),
        (Who(audience=Audience.ELDERLY), None, AgeRule.ADULT),
    ],
)
def test_whose_rule_holds(who: Who, age: int | None, rule: AgeRule) -> None:
    assert age_rule(POLICY, who, age) is rule


def test_of_whom_nothing_is_known_the_age_is_asked() -> None:
    with pytest.raises(Refused, match="age-missing"):
        age_rule(POLICY, Who(audience=Audience.PUBLIC), None)


@pytest.mark.parametrize(
    ("purpose", "rule", "given_by", "allowed"),
    [
        (Purpose.LEARNING_RECORD, AgeRule.CHILD, GivenBy.SELF, False),
        (Purpose.LEARNING_RECORD, AgeRule.CHILD, GivenBy.PARENT, True),
        (Purpose.LEARNING_RECORD, AgeRule.MINOR, GivenBy.SELF, True),
        (Purpose.WELLNESS_QUESTIONNAIRE, AgeRule.MINOR, GivenBy.SELF, False),
        (Purpose.WELLNESS_QUESTIONNAIRE, AgeRule.MINOR, GivenBy.PARENT, True),
        (Purpose.CERTIFICATE_NAME, AgeRule.ADULT, GivenBy.SELF, True),
        (Purpose.CERTIFICATE_NAME, AgeRule.ADULT, GivenBy.PARENT, False),
    ],
)
def test_who_may_give_it(purpose: Purpose, rule: AgeRule, given_by: GivenBy, allowed: bool) -> None:
    if allowed:
        check_giver(POLICY, purpose, rule, given_by)
        return
    with pytest.raises(Refused) as refused:
        check_giver(POLICY, purpose, rule, given_by)
    assert (refused.value.status, refused.value.field) == (403, "given_by")


def test_the_shipped_policy_says_that_it_is_an_example() -> None:
    assert POLICY.sample


def test_a_policy_without_a_purpose_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text("sample = false\nown_from_years = 10\nadult_from_years = 20\n[youngest_age]\n[purposes]\n")

    with pytest.raises(ValueError, match="learning_record"):
        policy_from(file)
