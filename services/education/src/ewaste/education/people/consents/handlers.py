"""Use cases of consent. The caller owns the transaction.

Consent is asked of everybody whom this service knows as a person (rosters, invitations, evenings). Who came with a
caller's own reference is known to that caller alone, who holds the consent.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from ewaste.contracts.events.education import AgeBand, Audience, Grade
from ewaste.contracts.refusal import CONFLICT, NOT_FOUND, Refused
from ewaste.education.people import storage as people
from ewaste.education.people.consents import storage
from ewaste.education.people.consents.model import FORBIDDEN, GivenBy, Policy, Purpose, Who, age_rule, check_giver
from ewaste.education.people.consents.storage import NewConsent
from ewaste.education.people.groups import storage as groups
from ewaste.education.people.signin.handlers import may_teach
from ewaste.education.people.signin.storage import Signed
from ewaste.education.people.storage import PersonRow
from ewaste.runtime.database import Transaction

__all__ = ["consent_refusal", "give_consent", "missing_consents", "name_for_certificate", "person_for",
           "require_consent", "withdraw_consent"]  # fmt: skip

_SAID: Final = {
    Purpose.LEARNING_RECORD: "nothing is recorded",
    Purpose.WELLNESS_QUESTIONNAIRE: "the questionnaire is not opened",
    Purpose.CERTIFICATE_NAME: "the certificate stays without a name",
}


async def give_consent(
    tx: Transaction,
    policy: Policy,
    signed: Signed,
    learners: Sequence[PersonRow],
    purpose: Purpose,
    given_by: GivenBy,
    text_version: str,
    age_years: int | None,
    now: datetime,
) -> None:
    """Record a consent of each learner; the same again changes nothing. Raises `Refused`, and then for nobody."""
    _check_version(policy, purpose, text_version)
    consents = []
    for person in learners:
        _check_recorder(signed, person, given_by)
        rule = age_rule(policy, _who(person), age_years)
        check_giver(policy, purpose, rule, given_by)
        consents.append(NewConsent(person.learner_id, purpose, given_by, rule, text_version))
    await storage.give(tx, consents, signed.learner_id, now)


async def withdraw_consent(tx: Transaction, signed: Signed, learner_id: UUID, purpose: Purpose, now: datetime) -> None:
    """From now on it is not there; what was recorded before stays lawful and stays. Raises `Refused`."""
    await person_for(tx, signed, learner_id)
    await storage.withdraw(tx, learner_id, purpose, signed.learner_id, now)


async def person_for(tx: Transaction, signed: Signed, learner_id: UUID) -> PersonRow:
    """The learner, where it is the signed-in or somebody whom the signed-in teaches. Raises `Refused`."""
    person = await people.person(tx, learner_id)
    allowed = person is not None and (
        signed.learner_id == learner_id
        or signed.audience == Audience.STAFF
        or (may_teach(signed) and await groups.is_taught(tx, learner_id, signed.learner_id))
    )
    if person is None or not allowed:
        detail = f"no learner {learner_id} of yours; check the id"
        raise Refused("learner-unknown", detail, field="learner_id", status=NOT_FOUND)
    return person


async def missing_consents(tx: Transaction, learner_id: UUID) -> list[Purpose]:
    """The purposes that a person has not consented to."""
    return [purpose for purpose in Purpose if await storage.missing(tx, [learner_id], purpose)]


async def require_consent(tx: Transaction, learner_id: UUID, purpose: Purpose) -> None:
    """Raise `Refused` (403 consent-missing) where a person has not consented or has withdrawn."""
    if await storage.missing(tx, [learner_id], purpose):
        raise consent_refusal(purpose)


def consent_refusal(purpose: Purpose) -> Refused:
    detail = f"there is no consent to {purpose}: {_SAID[purpose]}; POST /learners/{{learner_id}}/consents records one"
    return Refused("consent-missing", detail, field="learner_id", status=FORBIDDEN)


async def name_for_certificate(tx: Transaction, learner_id: UUID) -> tuple[str, str]:
    """Given and family name, for a certificate and nothing else. Raises `Refused` without consent or name."""
    await require_consent(tx, learner_id, Purpose.CERTIFICATE_NAME)
    found = await people.name(tx, learner_id)
    if found is None:
        detail = f"no name is known of learner {learner_id}; write it on the certificate by hand"
        raise Refused("name-unknown", detail, field="learner_id", status=NOT_FOUND)
    return found


def _check_version(policy: Policy, purpose: Purpose, text_version: str) -> None:
    current = policy.purposes[purpose].text_version
    if text_version != current:
        detail = f"the text in force is {current}; show that one (GET /consents/policy) and ask again"
        raise Refused("text-outdated", detail, field="text_version", status=CONFLICT)


def _check_recorder(signed: Signed, person: PersonRow, given_by: GivenBy) -> None:
    if signed.learner_id == person.learner_id and given_by is GivenBy.PARENT:
        detail = "a parent's consent is recorded by a teacher who has it on paper"
        raise Refused("consent-not-theirs", detail, field="given_by", status=FORBIDDEN)


def _who(person: PersonRow) -> Who:
    return Who(
        audience=Audience(person.audience),
        grade=Grade(person.grade) if person.grade else None,
        age_band=AgeBand(person.age_band) if person.age_band else None,
    )
