"""Age rules and purposes of consent; decided here without I/O, from a policy that is data."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from ewaste.contracts.events.education import AgeBand, Audience, Grade
from ewaste.contracts.fields import Identifier
from ewaste.contracts.refusal import Refused
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["FORBIDDEN", "AgeRule", "GivenBy", "Policy", "Purpose", "Who", "age_rule", "check_giver", "policy_from"]

FORBIDDEN = 403
_AGES = {
    AgeBand.FROM_10: 10, AgeBand.FROM_13: 13, AgeBand.FROM_16: 16, AgeBand.FROM_19: 19, AgeBand.FROM_23: 23,
    AgeBand.FROM_60: 60,
}  # fmt: skip
_ADULTS = frozenset({Audience.TEACHER, Audience.STAFF, Audience.ELDERLY})


class Purpose(StrEnum):
    """What is asked for apart from everything else."""

    LEARNING_RECORD = "learning_record"
    WELLNESS_QUESTIONNAIRE = "wellness_questionnaire"
    CERTIFICATE_NAME = "certificate_name"


class GivenBy(StrEnum):
    SELF = "self"
    PARENT = "parent"


class MayGive(StrEnum):
    """Who consents for somebody between the two ages of the policy."""

    SELF = "self"
    PARENT = "parent"
    SELF_OR_PARENT = "self_or_parent"


class AgeRule(StrEnum):
    CHILD = "child"
    MINOR = "minor"
    ADULT = "adult"


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class PurposePolicy(_Frozen):
    text_version: Identifier
    before_adult: MayGive
    """Who consents for somebody who is no child and no adult."""
    text_th: Annotated[str, Field(min_length=1, max_length=4_000)]
    text_en: Annotated[str, Field(min_length=1, max_length=4_000)]


class Policy(_Frozen):
    sample: bool
    """The values are examples of this project, not the city's."""
    own_from_years: Annotated[int, Field(ge=0, le=30)]
    """Below this a parent consents."""
    adult_from_years: Annotated[int, Field(ge=0, le=30)]
    youngest_age: Mapping[Grade, Annotated[int, Field(ge=0, le=30)]]
    purposes: Mapping[Purpose, PurposePolicy]


class Who(_Frozen):
    """What is known of a person's age."""

    audience: Audience
    grade: Grade | None = None
    age_band: AgeBand | None = None


@cache
def policy_from(path: Path | None = None) -> Policy:
    """The policy in a TOML file, that of this package without one. Raises OSError, ValueError."""
    source = path or files("ewaste.education.people.consents").joinpath("policy.toml")
    policy = Policy.model_validate(tomllib.loads(source.read_text("utf-8")))
    if missing := set(Purpose) - policy.purposes.keys():
        raise ValueError(f"the policy says nothing of {', '.join(sorted(missing))}; add [purposes.…] for each")
    return policy


def age_rule(policy: Policy, who: Who, age_years: int | None) -> AgeRule:
    """By the age that is told, else the youngest that the person may have. Raises `Refused` where nothing is known."""
    if who.audience in _ADULTS:
        return AgeRule.ADULT
    known = _youngest(policy, who) if age_years is None else age_years
    if known is None:
        raise Refused("age-missing", "nothing is known of the age; send age_years, it is not kept", field="age_years")
    if known < policy.own_from_years:
        return AgeRule.CHILD
    return AgeRule.MINOR if known < policy.adult_from_years else AgeRule.ADULT


def _youngest(policy: Policy, who: Who) -> int | None:
    if who.grade is not None:
        return policy.youngest_age.get(who.grade)
    return _AGES[who.age_band] if who.age_band is not None else None


def check_giver(policy: Policy, purpose: Purpose, rule: AgeRule, given_by: GivenBy) -> None:
    """Raise `Refused` where somebody else must consent."""
    before_adult = policy.purposes[purpose].before_adult
    if rule is AgeRule.ADULT and given_by is GivenBy.PARENT:
        raise _other("an adult consents alone; send given_by self")
    if rule is AgeRule.CHILD and given_by is GivenBy.SELF:
        detail = f"who may be under {policy.own_from_years} can't consent alone; ask a parent"
        raise _other(f"{detail}, or send age_years if the person is older")
    if rule is AgeRule.MINOR and before_adult not in (given_by, MayGive.SELF_OR_PARENT):
        raise _other(f"for {purpose} the policy asks for the consent of: {before_adult}")


def _other(detail: str) -> Refused:
    return Refused("consent-not-theirs", detail, field="given_by", status=FORBIDDEN)
