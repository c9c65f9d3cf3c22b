"""Every fault of a roster is told by file, row and column, with what to do; no database is needed."""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from ewaste.education.people.roster.binding import TABLES
from ewaste.education.people.roster.codes import audiences, grades
from ewaste.education.people.roster.handlers import check_files
from ewaste.education.people.roster.problems import Fault, Faults, RosterRefused
from ewaste.education.people.roster.sample import write_sample
from ewaste.education.people.roster.sources import Bounds, Folder
from ewaste.education.people.schools import municipal_schools

Files = dict[str, bytes]


@pytest.fixture
def check(tmp_path: Path) -> Callable[[Mapping[str, bytes]], list[Fault]]:
    def run(files: Mapping[str, bytes]) -> list[Fault]:
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        return check_files(Folder(tmp_path), municipal_schools(), Bounds())[0].shown

    return run


def _places(faults: list[Fault]) -> list[tuple[str, int | None, str | None, str]]:
    return [(one.file, one.row, one.column, one.code) for one in faults]


def test_a_roster_without_faults(check: Any, rows: Any, files_of: Any) -> None:
    assert check(files_of(rows("a"))) == []


@pytest.mark.parametrize(
    ("file", "row", "column", "value", "code"),
    [
        ("users", 1, "sourcedId", "teacher-a", "id-repeated"),
        ("users", 0, "sourcedId", "two words", "id-invalid"),
        ("users", 0, "sourcedId", "", "id-invalid"),
        ("users", 0, "givenName", "", "value-missing"),
        ("users", 0, "enabledUser", "yes", "value-not-allowed"),
        ("users", 0, "userIds", "1234", "value-not-allowed"),
        ("users", 0, "password", "hunter2", "password-sent"),
        ("users", 0, "givenName", "a\x07b", "value-unreadable"),
        ("users", 0, "status", "active", "value-not-allowed"),
        ("users", 0, "primaryOrgSourcedId", "org-x", "reference-dangling"),
        ("users", 1, "agentSourcedIds", "mother-a, ghost", "reference-dangling"),
        ("users", 1, "grades", "03", "grade-outside"),
        ("users", 1, "grades", "10", "grade-outside"),
        ("users", 1, "grades", "KG", "grade-outside"),
        ("users", 1, "grades", "", "grade-missing"),
        ("users", 1, "grades", "05,06", "grade-ambiguous"),
        ("orgs", 0, "type", "faculty", "value-not-allowed"),
        ("orgs", 0, "parentSourcedId", "org-a", "parent-cycle"),
        ("orgs", 1, "name", "โรงเรียนอื่น", "school-unknown"),
        ("orgs", 1, "identifier", "cm-school-99", None),
        ("academicSessions", 0, "startDate", "2026-02-30", "date-invalid"),
        ("academicSessions", 0, "startDate", "16/05/2026", "date-invalid"),
        ("academicSessions", 0, "endDate", "2026-05-15", "date-invalid"),
        ("academicSessions", 0, "schoolYear", "2570", "date-invalid"),
        ("courses", 0, "orgSourcedId", "nowhere", "reference-dangling"),
        ("classes", 0, "termSourcedIds", "year-a,term-9", "reference-dangling"),
        ("classes", 0, "classType", "club", "value-not-allowed"),
        ("classes", 0, "classType", "ext:club", None),
        ("roles", 0, "role", "wizard", "value-not-allowed"),
        ("roles", 0, "role", "ext:wizard", "role-unknown"),
        ("roles", 0, "roleType", "tertiary", "value-not-allowed"),
        ("enrollments", 0, "role", "guardian", "value-not-allowed"),
        ("enrollments", 1, "classSourcedId", "class-x", "reference-dangling"),
        ("enrollments", 1, "schoolSourcedId", "city-a", "school-mismatch"),
        ("enrollments", 1, "userSourcedId", "mother-a", "role-mismatch"),
    ],
)
def test_a_fault_is_told_by_file_row_and_column(
    check: Any, rows: Any, files_of: Any, file: str, row: int, column: str, value: str, code: str | None
) -> None:
    roster = rows("a")
    roster[file][row][column] = value

    faults = check(files_of(roster))

    if code is None:
        assert faults == []
        return
    shown = "role" if code == "role-mismatch" else "identifier" if code == "school-unknown" else column
    assert (f"{file}.csv", row + 2, shown, code) in _places(faults)
    assert all(one.detail for one in faults)


def test_a_buddhist_year_is_told_with_what_to_write(check: Any, rows: Any, files_of: Any) -> None:
    roster = rows("a")
    roster["academicSessions"][0]["startDate"] = "2569-05-16"

    assert "write 2026 for 2569" in check(files_of(roster))[0].detail


def test_a_pupil_of_a_grade_that_the_school_does_not_teach(check: Any, rows: Any, files_of: Any) -> None:
    roster = rows("a")
    roster["orgs"][1]["identifier"] = "cm-school-02"
    roster["users"][1]["grades"] = "07"

    (fault,) = check(files_of(roster))

    assert (fault.row, fault.code) == (3, "grade-not-taught")
    assert "P6" in fault.detail


def test_a_user_without_a_role_and_one_with_two(check: Any, rows: Any, files_of: Any) -> None:
    roster = rows("a")
    roster["roles"][0] = {**roster["roles"][1], "sourcedId": "role-again"}

    codes = {one.code for one in check(files_of(roster))}

    assert codes == {"role-missing", "role-repeated"}


def test_excels_byte_order_mark_and_line_ends_are_taken(check: Any, rows: Any, files_of: Any) -> None:
    files = {name: b"\xef\xbb\xbf" + content for name, content in files_of(rows("a")).items()}

    assert check(files) == []


def _users(change: Callable[[bytes], bytes]) -> Callable[[Files], Files]:
    return lambda files: files | {"users.csv": change(files["users.csv"])}


def _manifest(old: bytes, new: bytes) -> Callable[[Files], Files]:
    return lambda files: files | {"manifest.csv": files["manifest.csv"].replace(old, new)}


def _without(name: str) -> Callable[[Files], Files]:
    return lambda files: {one: content for one, content in files.items() if one != name}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (_users(lambda _: "sourcedId,ชื่อ\n".encode("cp874")), ("users.csv", 1, None, "file-unreadable")),
        (_users(lambda old: old.decode().encode("utf-16")), ("users.csv", 1, None, "file-unreadable")),
        (_users(lambda old: old + b'"open'), ("users.csv", 6, None, "file-unreadable")),
        (_users(lambda old: old + b"a,b\r\n"), ("users.csv", 6, None, "row-shape")),
        (_users(lambda _: b""), ("users.csv", 1, "sourcedId", "column-missing")),
        (_users(lambda old: old.replace(b"phone", b"fone")), ("users.csv", 1, None, "column-unknown")),
        (_users(lambda old: old.replace(b"sms", b"email")), ("users.csv", 1, "email", "column-repeated")),
        (lambda f: f | {"extra.csv": b"a"}, ("manifest.csv", None, None, "file-unknown")),
        (lambda f: f | {"demographics.csv": b"a"}, ("demographics.csv", None, None, "file-unannounced")),
        (
            _manifest(b"demographics,absent", b"demographics,bulk"),
            ("manifest.csv", 10, "file.demographics", "file-not-taken"),
        ),
        (_manifest(b"users,bulk", b"users,all"), ("manifest.csv", 24, "file.users", "value-not-allowed")),
        (_manifest(b"version,1.2", b"version,1.1"), ("manifest.csv", 3, "oneroster.version", "version-unsupported")),
        (_without("users.csv"), ("users.csv", None, None, "file-missing")),
        (_without("manifest.csv"), ("manifest.csv", None, None, "manifest-missing")),
    ],
)
def test_files_that_are_not_right(check: Any, rows: Any, files_of: Any, change: Any, place: Any) -> None:
    assert place in _places(check(change(files_of(rows("a")))))


def test_no_fault_repeats_what_a_cell_holds(check: Any, rows: Any, files_of: Any) -> None:
    roster = rows("a")
    for lines in roster.values():
        for line in lines:
            line.update(dict.fromkeys(line, "สมชายผู้มีความลับ"))

    faults = check(files_of(roster))

    assert faults
    assert all("สมชาย" not in one.detail + one.place for one in faults)
    assert "สมชาย" not in str(RosterRefused(Faults(shown=faults)))


def test_all_faults_are_counted_and_the_first_shown(check: Any, rows: Any, files_of: Any, tmp_path: Path) -> None:
    roster = rows("a")
    roster["users"] += [{**roster["users"][1], "grades": "99"} for _ in range(300)]
    check(files_of(roster))

    faults, _ = check_files(Folder(tmp_path), municipal_schools(), Bounds())

    assert (faults.counts["id-repeated"], len(faults.shown)) == (300, 200)


def test_the_sample_roster_is_right(tmp_path: Path) -> None:
    counts = write_sample(tmp_path, 400, municipal_schools())

    faults, seen = check_files(Folder(tmp_path), municipal_schools(), Bounds())

    assert (faults.shown, seen) == ([], counts)
    with (tmp_path / "users.csv").open(encoding="utf-8") as file:
        users = list(csv.DictReader(file))
    assert {user["grades"] for user in users} == {"", "04", "05"}


def test_codes_are_of_the_programme() -> None:
    assert {code: grades()[code] for code in ("04", "05", "06", "07", "08", "09")} == {
        "04": "P4", "05": "P5", "06": "P6", "07": "M1", "08": "M2", "09": "M3",
    }  # fmt: skip
    (role,) = [column for column in TABLES["roles"].columns if column.name == "role"]
    assert role.values <= audiences().keys(), "every role of the binding has an audience, or none on purpose"
