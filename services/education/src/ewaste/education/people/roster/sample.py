"""A made-up roster of the municipality's schools, for demonstrations, tests and measurements."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Final

from ewaste.contracts.events.education import Grade
from ewaste.education.people.model import School
from ewaste.education.people.roster.binding import MANIFEST, TABLES
from ewaste.education.people.roster.manifest import write_manifest

__all__ = ["write_sample"]

_CLASS_SIZE: Final = 30
_CODES: Final = {Grade.P4: "04", Grade.P5: "05", Grade.P6: "06", Grade.M1: "07", Grade.M2: "08", Grade.M3: "09"}
_THAI: Final = {Grade.P4: "ป.4", Grade.P5: "ป.5", Grade.P6: "ป.6", Grade.M1: "ม.1", Grade.M2: "ม.2", Grade.M3: "ม.3"}
_GIVEN: Final = ("กานต์", "ขวัญ", "จันทร์", "ชมพู่", "ณิชา", "ดาว", "ต้นกล้า", "ทราย", "น้ำ", "ฝน", "พลอย", "ฟ้า")
_FAMILY: Final = "ตัวอย่าง"
"""“Example”: nobody takes a made-up pupil for a real one."""

Rows = Iterable[Sequence[str]]


def write_sample(folder: Path, pupils: int, schools: Mapping[str, School]) -> dict[str, int]:
    """Write the files and their manifest; how many rows each has. A class has up to 30 pupils and one teacher."""
    folder.mkdir(parents=True, exist_ok=True)
    classes = list(_classes(pupils, schools))
    counts = {
        "orgs": _write(folder, "orgs", _orgs(schools)),
        "academicSessions": _write(folder, "academicSessions", _sessions()),
        "courses": _write(folder, "courses", [("course-cyber", "", "อุ่นใจไซเบอร์", "CYBER", "", "org-city", "", "")]),
        "classes": _write(folder, "classes", _class_rows(classes)),
        "users": _write(folder, "users", _users(classes)),
        "roles": _write(folder, "roles", _roles(classes)),
        "enrollments": _write(folder, "enrollments", _enrollments(classes)),
    }
    with (folder / MANIFEST).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(write_manifest(frozenset(TABLES), "Sample roster", "sample"))
    return counts


def _classes(pupils: int, schools: Mapping[str, School]) -> Iterator[tuple[str, str, Grade, range]]:
    """Class, school, grade and the numbers of its pupils; schools and grades in turn."""
    places = cycle([(school, grade) for grade in Grade for school in schools.values() if school.teaches(grade)])
    starts = range(0, pupils, _CLASS_SIZE)
    for number, (start, (school, grade)) in enumerate(zip(starts, places, strict=False), 1):
        numbers = range(start + 1, min(start + _CLASS_SIZE, pupils) + 1)
        yield f"class-{number}", school.school_id, grade, numbers


def _write(folder: Path, name: str, rows: Rows) -> int:
    header = TABLES[name].header
    count = 0
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for sourced_id, *cells in rows:
            filled = (sourced_id, "", "", *cells)
            writer.writerow((*filled, *[""] * (len(header) - len(filled))))
            count += 1
    return count


def _orgs(schools: Mapping[str, School]) -> Rows:
    yield "org-city", "เทศบาลนครเชียงใหม่", "district", "", ""
    for school in schools.values():
        yield f"org-{school.school_id}", school.name_th, "school", school.school_id, "org-city"


def _sessions() -> Rows:
    yield "year-2569", "ปีการศึกษา 2569", "schoolYear", "2026-05-16", "2027-03-31", "", "2027"
    yield "term-2569-2", "ภาคเรียนที่ 2", "semester", "2026-11-01", "2027-03-31", "year-2569", "2027"


def _class_rows(classes: Iterable[tuple[str, str, Grade, range]]) -> Rows:
    for class_id, school_id, grade, _ in classes:
        number = class_id.removeprefix("class-")
        title = f"{_THAI[grade]}/{number}"
        yield class_id, title, _CODES[grade], "course-cyber", number, "homeroom", "", f"org-{school_id}", "term-2569-2"


def _users(classes: Iterable[tuple[str, str, Grade, range]]) -> Rows:
    for class_id, school_id, grade, numbers in classes:
        teacher = f"teacher-{class_id}"
        yield _user(teacher, "ครู", class_id, "", school_id)
        for number in numbers:
            given = _GIVEN[number % len(_GIVEN)]
            yield _user(f"pupil-{number}", given, str(number), _CODES[grade], school_id)


def _user(sourced_id: str, given: str, number: str, grade: str, school_id: str) -> Sequence[str]:
    start = ("true", sourced_id, "", given, f"{_FAMILY} {number}", *[""] * 6, grade)
    return (sourced_id, *start, *[""] * 6, f"org-{school_id}")


def _roles(classes: Iterable[tuple[str, str, Grade, range]]) -> Rows:
    for class_id, school_id, _, numbers in classes:
        people = [(f"teacher-{class_id}", "teacher"), *((f"pupil-{number}", "student") for number in numbers)]
        for sourced_id, role in people:
            yield f"role-{sourced_id}", sourced_id, "primary", role, "", "", f"org-{school_id}"


def _enrollments(classes: Iterable[tuple[str, str, Grade, range]]) -> Rows:
    for class_id, school_id, _, numbers in classes:
        people = [(f"teacher-{class_id}", "teacher"), *((f"pupil-{number}", "student") for number in numbers)]
        for sourced_id, role in people:
            yield f"place-{sourced_id}", class_id, f"org-{school_id}", sourced_id, role, "true"
