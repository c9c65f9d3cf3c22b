"""Rules over the whole of a roster, and who its learners are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ewaste.contracts.events.education import Audience, Grade
from ewaste.education.people.model import School
from ewaste.education.people.roster.binding import TABLES
from ewaste.education.people.roster.codes import audiences, grades
from ewaste.education.people.roster.contents import Contents, Entry
from ewaste.education.people.roster.values import parts

__all__ = ["Judged", "Member", "Person", "judge_roster"]

_GRADES: Final = f"{next(iter(Grade))} to {list(Grade)[-1]} (04 to 09)"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who learns or teaches, as the roster says."""

    sourced_id: str
    audience: Audience
    school_id: str | None
    grade: Grade | None
    enabled: bool


@dataclass(frozen=True, slots=True)
class Member:
    """Someone in a class."""

    class_id: str
    sourced_id: str
    teaches: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """Who is in the roster, by sourcedId."""

    people: dict[str, Person]
    classes: dict[str, str]
    """The school of each class."""
    members: list[Member]


def judge_roster(contents: Contents, schools: Mapping[str, School]) -> Judged:
    """Who is in it. Everything that can't be so goes to the faults of `contents`; with faults the answer is partial."""
    _check_references(contents)
    for name in ("orgs", "academicSessions"):
        _check_cycles(contents, name)
    known = _schools(contents, schools)
    people = _people(contents, known, schools)
    classes = _classes(contents, known)
    return Judged(people, classes, list(_members(contents, people, classes)))


def _tell(contents: Contents, name: str, entry: Entry, column: str, code: str, detail: str) -> None:
    """A row without a number was taken over before: what came now makes it wrong."""
    if entry.row is None:
        detail = f"a row that was taken over before: {detail}"
    contents.faults.add(TABLES[name].file, entry.row, column, code, detail)


def _check_references(contents: Contents) -> None:
    for name in TABLES:
        for entry, column, target, one in contents.references(name):
            if one not in contents.entries[target]:
                detail = f"{TABLES[target].file} has no row with this sourcedId; add it there or correct it here"
                _tell(contents, name, entry, column, "reference-dangling", detail)


def _check_cycles(contents: Contents, name: str) -> None:
    entries = contents.entries[name]
    good: set[str] = set()
    for start in entries:
        path: dict[str, None] = {}
        here: str | None = start
        while here in entries and here not in good and here not in path:
            path[here] = None
            here = contents.reference(name, entries[here], "parentSourcedId")
        if here in path:
            _tell(contents, name, entries[here], "parentSourcedId", "parent-cycle",
                  "the parents lead back to this row; empty one of them")  # fmt: skip
        good |= path.keys()


def _schools(contents: Contents, schools: Mapping[str, School]) -> dict[str, str]:
    """Which of the municipality's schools each org is: by identifier, sourcedId or Thai name."""
    names = {school.name_th: school.school_id for school in schools.values()}
    found: dict[str, str] = {}
    for sourced_id, entry in contents.entries["orgs"].items():
        kind, identifier, name = entry.facts
        if kind != "school":
            continue
        school = next((one for one in (identifier, sourced_id) if one in schools), names.get(name.strip()))
        if school is None:
            detail = "not one of the municipality's schools; write its school_id here (GET /schools lists them)"
            _tell(contents, "orgs", entry, "identifier", "school-unknown", detail)
        elif school in found.values():
            detail = "an earlier row is this school already; keep one"
            _tell(contents, "orgs", entry, "identifier", "school-repeated", detail)
        else:
            found[sourced_id] = school
    return found


def _people(contents: Contents, known: Mapping[str, str], schools: Mapping[str, School]) -> dict[str, Person]:
    roles = _primary_roles(contents)
    people: dict[str, Person] = {}
    for sourced_id, entry in contents.entries["users"].items():
        held = roles.get(sourced_id)
        if held is None:
            detail = "the user has no primary role; add one to roles.csv"
            _tell(contents, "users", entry, "sourcedId", "role-missing", detail)
            continue
        wanted = contents.reference("users", entry, "primaryOrgSourcedId")
        org, role = next((one for one in held if one[0] == wanted), held[0])
        person = _person(contents, sourced_id, entry, known.get(org), audiences().get(role))
        if person:
            people[sourced_id] = person
            _check_taught(contents, entry, person, schools)
    return people


def _primary_roles(contents: Contents) -> dict[str, list[tuple[str, str]]]:
    """The primary roles of each user: org and role. More than one in an org is a fault (binding, roles.csv)."""
    found: dict[str, list[tuple[str, str]]] = {}
    for entry in contents.entries["roles"].values():
        (user,), (org,) = entry.references[0] or ("",), entry.references[1] or ("",)
        kind, role = entry.facts
        if kind != "primary":
            continue
        held = found.setdefault(user, [])
        if role not in audiences():
            words = ", ".join(word for word in audiences() if word.startswith("ext:"))
            detail = f"of the roles of your own this service knows {words}; use one of the binding's or of these"
            _tell(contents, "roles", entry, "role", "role-unknown", detail)
        elif any(one == org for one, _ in held):
            detail = "the user has a primary role in this org on another row; make one of them secondary"
            _tell(contents, "roles", entry, "roleType", "role-repeated", detail)
        held.append((org, role))
    return found


def _person(
    contents: Contents, sourced_id: str, entry: Entry, school_id: str | None, audience: Audience | None
) -> Person | None:
    if audience is None:
        return None
    enabled = entry.facts[1] == "true"
    if audience is not Audience.PUPIL:
        return Person(sourced_id, audience, school_id, None, enabled)
    grade = _grade(contents, entry)
    if school_id is None:
        detail = "a pupil's primary role must be in a school of the municipality; correct roles.csv or orgs.csv"
        _tell(contents, "users", entry, "primaryOrgSourcedId", "school-missing", detail)
    return Person(sourced_id, audience, school_id, grade, enabled)


def _grade(contents: Contents, entry: Entry) -> Grade | None:
    codes = parts(entry.facts[0])
    found = {grades()[code] for code in codes if code in grades()}
    if len(codes) >= 1 and len(found) == 1 and all(code in grades() for code in codes):
        return found.pop()
    code, detail = (
        "grade-outside",
        f"pupils of this programme are in grades {_GRADES}; correct it, or leave the pupil out",
    )
    if not codes:
        code, detail = "grade-missing", f"a pupil needs a grade from {_GRADES}"
    elif len(found) > 1:
        code, detail = "grade-ambiguous", "a pupil is in one grade; keep the one of this year"
    _tell(contents, "users", entry, "grades", code, detail)
    return None


def _check_taught(contents: Contents, entry: Entry, person: Person, schools: Mapping[str, School]) -> None:
    if person.grade and person.school_id and not schools[person.school_id].teaches(person.grade):
        detail = f"{person.school_id} teaches up to {schools[person.school_id].last_grade}; correct grade or school"
        _tell(contents, "users", entry, "grades", "grade-not-taught", detail)


def _classes(contents: Contents, known: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for sourced_id, entry in contents.entries["classes"].items():
        org = contents.reference("classes", entry, "schoolSourcedId") or ""
        if org in known:
            found[sourced_id] = known[org]
        elif org in contents.entries["orgs"]:
            detail = "a class is held in an org of type school"
            _tell(contents, "classes", entry, "schoolSourcedId", "school-missing", detail)
    return found


def _members(contents: Contents, people: Mapping[str, Person], classes: Mapping[str, str]) -> Iterator[Member]:
    entries = contents.entries["classes"]
    for entry in contents.entries["enrollments"].values():
        (class_id, *_), (org, *_), (user, *_) = (ids or ("",) for ids in entry.references)
        if class_id in entries and contents.reference("classes", entries[class_id], "schoolSourcedId") != org:
            detail = "the class is held in another school; correct one of the two"
            _tell(contents, "enrollments", entry, "schoolSourcedId", "school-mismatch", detail)
        person = people.get(user)
        if entry.facts[0] == "student" and user in contents.entries["users"] and person is None:
            detail = "the user has no role of a learner; correct the role here or in roles.csv"
            _tell(contents, "enrollments", entry, "role", "role-mismatch", detail)
        if person and class_id in classes:
            yield Member(class_id, user, teaches=entry.facts[0] != "student")
