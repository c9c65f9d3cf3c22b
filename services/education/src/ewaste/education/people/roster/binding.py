"""The OneRoster 1.2 CSV binding as data: files, columns, what must be there, what refers to what.

Source: 1EdTech OneRoster CSV Binding 1.2.1, tables of the seven rostering files. `resourceSourcedIds` of users stood in
1.2.0 and moved to a file of its own in 1.2.1: it may be there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = [
    "COMMON",
    "EXTENSION",
    "FILES",
    "MANIFEST",
    "PASSWORD",
    "TABLES",
    "VERSIONS",
    "Column",
    "Kind",
    "Mode",
    "Table",
]

MANIFEST: Final = "manifest.csv"
VERSIONS: Final = frozenset({"1.2", "1.2.1"})
EXTENSION: Final = "metadata."
"""A column that a producer adds of its own starts so; it is kept and given back."""
PASSWORD: Final = "password"


class Mode(StrEnum):
    """What the manifest says of a file."""

    BULK = "bulk"
    """All there is: what is not in the file goes."""
    DELTA = "delta"
    """Only what changed: `status` says what becomes of each row."""
    ABSENT = "absent"


class Kind(StrEnum):
    TEXT = "text"
    ID = "id"
    DATE = "date"
    YEAR = "year"
    BOOLEAN = "boolean"
    USER_IDS = "user_ids"


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: Kind = Kind.TEXT
    required: bool = False
    many: bool = False
    """A list: values with commas between them."""
    refers_to: str | None = None
    """The file whose sourcedId it names."""
    values: frozenset[str] = frozenset()
    """The words of the enumeration; `ext:…` is allowed beside them where `open`."""
    open: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: tuple[Column, ...]

    @property
    def file(self) -> str:
        return f"{self.name}.csv"

    @property
    def header(self) -> tuple[str, ...]:
        """Every column in the order of the binding, with the three that all files share."""
        return (*COMMON, *(column.name for column in self.columns))


COMMON: Final = ("sourcedId", "status", "dateLastModified")


def _text(name: str, *, required: bool = False, many: bool = False) -> Column:
    return Column(name, required=required, many=many)


def _ref(name: str, to: str, *, required: bool = False, many: bool = False) -> Column:
    return Column(name, Kind.ID, required=required, many=many, refers_to=to)


def _date(name: str, *, required: bool = False) -> Column:
    return Column(name, Kind.DATE, required=required)


def _words(name: str, *words: str, is_open: bool = True) -> Column:
    return Column(name, required=True, values=frozenset(words), open=is_open)


_ORGS: Final = Table(
    "orgs",
    (
        _text("name", required=True),
        _words("type", "department", "school", "district", "local", "state", "national"),
        _text("identifier"),
        _ref("parentSourcedId", "orgs"),
    ),
)
_SESSIONS: Final = Table(
    "academicSessions",
    (
        _text("title", required=True),
        _words("type", "gradingPeriod", "semester", "schoolYear", "term"),
        _date("startDate", required=True),
        _date("endDate", required=True),
        _ref("parentSourcedId", "academicSessions"),
        Column("schoolYear", Kind.YEAR, required=True),
    ),
)
_COURSES: Final = Table(
    "courses",
    (
        _ref("schoolYearSourcedId", "academicSessions"),
        _text("title", required=True),
        _text("courseCode"),
        _text("grades", many=True),
        _ref("orgSourcedId", "orgs", required=True),
        _text("subjects", many=True),
        _text("subjectCodes", many=True),
    ),
)
_CLASSES: Final = Table(
    "classes",
    (
        _text("title", required=True),
        _text("grades", many=True),
        _ref("courseSourcedId", "courses", required=True),
        _text("classCode"),
        _words("classType", "homeroom", "scheduled"),
        _text("location"),
        _ref("schoolSourcedId", "orgs", required=True),
        _ref("termSourcedIds", "academicSessions", required=True, many=True),
        _text("subjects", many=True),
        _text("subjectCodes", many=True),
        _text("periods", many=True),
    ),
)
_USERS: Final = Table(
    "users",
    (
        Column("enabledUser", Kind.BOOLEAN, required=True),
        _text("username", required=True),
        Column("userIds", Kind.USER_IDS, many=True),
        _text("givenName", required=True),
        _text("familyName", required=True),
        _text("middleName"),
        _text("identifier"),
        _text("email"),
        _text("sms"),
        _text("phone"),
        _ref("agentSourcedIds", "users", many=True),
        _text("grades", many=True),
        _text(PASSWORD),
        _text("userMasterIdentifier"),
        _text("resourceSourcedIds", many=True),
        _text("preferredGivenName"),
        _text("preferredMiddleName"),
        _text("preferredFamilyName"),
        _ref("primaryOrgSourcedId", "orgs"),
        _text("pronouns"),
    ),
)
_ROLES: Final = Table(
    "roles",
    (
        _ref("userSourcedId", "users", required=True),
        _words("roleType", "primary", "secondary", is_open=False),
        _words(
            "role", "aide", "counselor", "districtAdministrator", "guardian", "parent", "principal", "proctor",
            "relative", "siteAdministrator", "student", "systemAdministrator", "teacher",
        ),
        _date("beginDate"),
        _date("endDate"),
        _ref("orgSourcedId", "orgs", required=True),
        _text("userProfileSourcedId"),
    ),
)  # fmt: skip
_ENROLLMENTS: Final = Table(
    "enrollments",
    (
        _ref("classSourcedId", "classes", required=True),
        _ref("schoolSourcedId", "orgs", required=True),
        _ref("userSourcedId", "users", required=True),
        _words("role", "administrator", "proctor", "student", "teacher"),
        Column("primary", Kind.BOOLEAN),
        _date("beginDate"),
        _date("endDate"),
    ),
)

TABLES: Final[Mapping[str, Table]] = {
    table.name: table for table in (_ORGS, _SESSIONS, _COURSES, _CLASSES, _USERS, _ROLES, _ENROLLMENTS)
}
"""The files that are read here, those that others refer to first."""

FILES: Final = (
    "academicSessions", "categories", "classes", "classResources", "courses", "courseResources", "demographics",
    "enrollments", "lineItemLearningObjectiveIds", "lineItems", "lineItemScoreScales", "orgs", "resources",
    "resultLearningObjectiveIds", "results", "resultScoreScales", "roles", "scoreScales", "userProfiles",
    "userResources", "users",
)  # fmt: skip
"""Every file that a manifest of 1.2 names."""
