"""Use cases of groups. The caller owns the transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from asyncpg import Record
from ewaste.contracts.events.education import AgeBand, Audience, Cohort, Grade
from ewaste.contracts.refusal import Refused
from ewaste.education.learning.handlers import Enrolled, enrol_learners
from ewaste.education.learning.model import Candidate
from ewaste.education.people import storage as people
from ewaste.education.people.consents import storage as consents
from ewaste.education.people.consents.handlers import consent_refusal
from ewaste.education.people.consents.model import Purpose
from ewaste.education.people.groups import storage
from ewaste.education.people.groups.storage import LearnerGroupRow
from ewaste.education.people.model import School, check_cohort
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Outbox

__all__ = ["Enrolled", "add_participants", "enrol_group", "open_evening"]


async def open_evening(tx: Transaction, row: LearnerGroupRow, schools: Mapping[str, School]) -> None:
    """A community evening for an audience other than pupils. Raises `Refused`."""
    audience = Audience(row.audience) if row.audience else None
    if audience in (None, Audience.PUPIL):
        raise Refused("audience-not-here", "pupils are in the classes of their roster", field="audience")
    assert audience is not None, "None was refused above"
    check_cohort(Cohort(audience=audience, school_id=row.school_id), schools)
    await storage.add_group(tx, row)


async def add_participants(
    tx: Transaction,
    group: LearnerGroupRow,
    bands: Sequence[AgeBand | None],
    schools: Mapping[str, School],
    now: datetime,
) -> None:
    """People who come without a roster: each gets a pseudonym and a number, and no name is asked. Raises `Refused`."""
    if group.kind != "evening" or group.audience is None:
        raise Refused("group-of-roster", "members of a class come from its roster; import that", field="group_id")
    for band in bands:
        check_cohort(Cohort(audience=Audience(group.audience), school_id=group.school_id, age_band=band), schools)
    proposed = {f"evening/{uuid4()}": uuid4() for _ in bands}
    links = await people.link(tx, proposed, now)
    await people.add_people(tx, group.audience, group.school_id, dict(zip(proposed, bands, strict=True)))
    await storage.add_members(tx, group.group_id, list(links.values()))


async def enrol_group(
    tx: Transaction,
    outbox: Outbox,
    schools: Mapping[str, School],
    group_id: UUID,
    course_id: str,
    course_version: int | None,
    now: datetime,
) -> list[tuple[int, Enrolled | Refused]]:
    """Enrol every learner of a group who consented to a learning record; a result by number."""
    members = [one for one in await storage.members(tx, group_id) if one["number"] is not None]
    refused = await consents.missing(tx, [one["learner_id"] for one in members], Purpose.LEARNING_RECORD)
    willing = [one for one in members if one["learner_id"] not in refused]
    candidates = [
        Candidate(
            fresh_id=one["learner_id"],
            course_id=course_id,
            course_version=course_version,
            cohort=_cohort(one),
            enrolled_at=now,
            reference=one["reference"],
        )
        for one in willing
    ]
    results = await enrol_learners(tx, outbox, schools, candidates, now) if candidates else []
    said = dict(zip((one["number"] for one in willing), results, strict=True))
    return [(one["number"], said.get(one["number"]) or consent_refusal(Purpose.LEARNING_RECORD)) for one in members]


def _cohort(member: Record) -> Cohort:
    grade, band = member["grade"], member["age_band"]
    return Cohort(
        audience=Audience(member["audience"]),
        school_id=member["school_id"],
        grade=Grade(grade) if grade else None,
        age_band=AgeBand(band) if band else None,
    )
