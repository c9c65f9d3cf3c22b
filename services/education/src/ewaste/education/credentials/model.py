"""A completed course as an Open Badge 3.0 (1EdTech), secured as `vc+jwt`; decided without I/O.

Nothing in it leads to the learner's other deeds: it has an id of its own, not the pseudonym of the city's records, and
the day instead of the moment, which stands in a public record beside the pseudonym.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, Final
from uuid import UUID

from ewaste.contracts.fields import utc_text
from ewaste.education.content.model import Course
from ewaste.evidence.certificates.credential import did_web
from ewaste.evidence.certificates.status_entry import place_of, status_list_url

__all__ = ["REVOCATION", "Award", "Issuer", "award_of", "badge", "day_of", "name_on"]

REVOCATION: Final = "revocation"

_CONTEXTS: Final = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
)
_BANGKOK: Final = timezone(timedelta(hours=7))


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs: an address that others keep on paper, and a name for people."""

    url: str
    name: str


@dataclass(frozen=True, slots=True)
class Award:
    """A course that somebody completed, under an id that says nothing about who."""

    credential_id: UUID
    course_id: str
    course_version: int
    completed_on: date
    ordinal: int
    """Its random place in the status lists: one in the order of time would tell which completion it was."""
    revoked_at: datetime | None = None


def day_of(moment: datetime) -> date:
    """The day in Thailand."""
    return moment.astimezone(_BANGKOK).date()


def badge(award: Award, course: Course, issuer: Issuer, name: str | None = None) -> dict[str, Any]:
    """The credential, not yet secured; with the name that the learner chose to show, or none."""
    did = did_web(issuer.url)
    address = f"{issuer.url}/credentials/{award.credential_id}"
    began = datetime.combine(award.completed_on, time(), _BANGKOK)
    subject = f"urn:uuid:{award.credential_id}"
    return {
        "@context": list(_CONTEXTS),
        "id": address,
        "type": ["VerifiableCredential", "OpenBadgeCredential", "AchievementCredential"],
        "name": course.title_th,
        "issuer": {"id": did, "type": ["Profile"], "name": issuer.name, "url": issuer.url},
        "validFrom": utc_text(began),
        "credentialSubject": {
            "id": subject,
            "type": ["AchievementSubject"],
            **_identified(name),
            "achievement": _achievement(award, course, issuer),
        },
        "credentialStatus": _status(award, issuer),
        # The registered claims that Open Badges wants beside the credential (§8.2.4.1); each says what stands above.
        "iss": did,
        "jti": address,
        "sub": subject,
        "nbf": int(began.timestamp()),
    }


def _identified(name: str | None) -> dict[str, Any]:
    if name is None:
        return {}
    return {
        "identifier": [
            {"type": "IdentityObject", "identityType": "name", "identityHash": name, "hashed": False},
        ]
    }


def _achievement(award: Award, course: Course, issuer: Issuer) -> dict[str, Any]:
    lessons = len(course.lessons)
    pillars = " · ".join(module.title_th for module in course.modules)
    english = f" {course.title_en}." if course.title_en else ""
    sample = " หลักสูตรตัวอย่าง ไม่ใช่หลักสูตรทางการ (a sample course, not the official one)." if course.sample else ""
    return {
        "id": f"{issuer.url}/courses/{award.course_id}?version={award.course_version}",
        "type": ["Achievement"],
        "achievementType": "Course",
        "name": course.title_th,
        "description": f"{pillars}.{english}{sample}",
        "criteria": {
            "narrative": f"เรียนครบตามเกณฑ์ของหลักสูตร {lessons} บทเรียน และผ่านแบบทดสอบหลังเรียนเมื่อหลักสูตรกำหนด. "
            f"Completed the course of {lessons} lessons, and passed its final test where it has one."
        },
        "inLanguage": "th",
    }


def _status(award: Award, issuer: Issuer) -> dict[str, str]:
    number, index = place_of(award.ordinal)
    listed = status_list_url(issuer.url, REVOCATION, number)
    return {
        "id": f"{listed}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": REVOCATION,
        "statusListIndex": str(index),
        "statusListCredential": listed,
    }


def award_of(credential: Mapping[str, Any], issuer: Issuer) -> UUID | None:
    """The id of the award that a credential of ours is about; None where it is none of ours."""
    address = credential.get("id")
    prefix = f"{issuer.url}/credentials/"
    if not isinstance(address, str) or not address.startswith(prefix):
        return None
    try:
        return UUID(address.removeprefix(prefix))
    except ValueError:
        return None


def name_on(credential: Mapping[str, Any]) -> str | None:
    """The name that the learner chose to show."""
    subject = credential.get("credentialSubject")
    found = subject.get("identifier") if isinstance(subject, Mapping) else None
    first = found[0] if isinstance(found, list) and found else None
    name = first.get("identityHash") if isinstance(first, Mapping) else None
    return name if isinstance(name, str) else None
