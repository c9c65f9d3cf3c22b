"""A row of results: what it must say, and which completed lesson or test result it is. Decided without I/O."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any, Final, TypeAlias
from uuid import UUID

from ewaste.contracts.events.education import Assessment
from ewaste.education.assessments.model import Result
from ewaste.education.learning.model import Completion

__all__ = ["COLUMNS", "NEEDED", "Cells", "Row", "RowError", "read_row", "to_record"]

COLUMNS: Final = ("reference", "course_id", "kind", "activity", "done_at", "score", "out_of", "minutes")
NEEDED: Final = COLUMNS[:5]
Cells: TypeAlias = Mapping[str, str]
"""By column; an empty cell is an empty text."""

_LESSON: Final = "lesson"
_KINDS: Final = (_LESSON, Assessment.PRE_TEST.value, Assessment.POST_TEST.value, Assessment.QUIZ.value)
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_REFERENCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}")
_NUMBER: Final = re.compile(r"[0-9]{1,6}([.][0-9]{1,6})?")
_BANGKOK: Final = timezone(timedelta(hours=7))
_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2200, 1, 1, tzinfo=UTC)
_BUDDHIST_YEARS: Final = range(2500, 2700)
_MOST_MINUTES: Final = 1_440


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong; `row` is the line of a CSV file, or the place in a JSON array, from 1."""

    row: int
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class Row:
    """A result as the file tells it; `reference` is the learner's, or the learner's pseudonym."""

    number: int
    reference: str
    course_id: str
    kind: str
    activity: str
    done_at: datetime
    score_basis_points: int | None
    duration_seconds: int | None


class _Wrong(ValueError):
    """A cell can't be read: tell its column and go on with the others."""


def read_row(number: int, cells: Cells) -> Row | list[RowError]:
    """The row, or everything that is wrong with it."""
    found: dict[str, Any] = {}
    errors: list[RowError] = []
    for column, read in _READERS.items():
        try:
            found[column] = read(cells)
        except _Wrong as wrong:
            errors.append(RowError(number, column, str(wrong)))
    if errors:
        return errors
    return Row(
        number=number,
        reference=found["reference"],
        course_id=found["course_id"],
        kind=found["kind"],
        activity=found["activity"],
        done_at=found["done_at"],
        score_basis_points=found["score"],
        duration_seconds=found["minutes"],
    )


def _form(column: str, pattern: re.Pattern[str], wanted: str) -> Callable[[Cells], str]:
    def read(cells: Cells) -> str:
        said = _needed(cells, column)
        if not pattern.fullmatch(said):
            raise _Wrong(f"{said[:40]!r} is no {wanted}")
        return said

    return read


def _needed(cells: Cells, column: str) -> str:
    said = cells.get(column, "")
    if not said:
        raise _Wrong("is empty")
    return said


def _kind(cells: Cells) -> str:
    said = _needed(cells, "kind")
    if said not in _KINDS:
        raise _Wrong(f"{said[:40]!r} is not one of {', '.join(_KINDS)}")
    return said


def _moment(cells: Cells) -> datetime:
    """A day is its noon in Thailand; a time needs its offset."""
    said = _needed(cells, "done_at")
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        raise _Wrong(
            f"{said[:40]!r} is no day such as 2026-11-22, nor a time such as 2026-11-22T08:30:00+07:00"
        ) from None
    if found.year in _BUDDHIST_YEARS:
        raise _Wrong(f"{said[:40]!r} is a Buddhist year; write {found.year - 543}")
    if len(said) == len("2026-11-22"):
        found = datetime.combine(date.fromisoformat(said), time(12), _BANGKOK)
    if found.tzinfo is None:
        raise _Wrong(f"{said[:40]!r} has no offset; write it as {said[:19]}+07:00")
    if not _FIRST <= found < _LAST:
        raise _Wrong(f"{said[:40]!r} is not between 2000 and 2200")
    return found.astimezone(UTC)


def _score(cells: Cells) -> int | None:
    """Points of how many, as a share; a lesson may have none."""
    said = cells.get("score", "")
    if not said:
        if cells.get("kind", _LESSON) in (_LESSON, ""):
            return None
        raise _Wrong("is empty; a test needs its points")
    points, most = _number(said), _number(_full(cells))
    if points > most or not most:
        raise _Wrong(f"{said[:40]} is more than out_of, {cells['out_of'][:40]}")
    return int((points / most * 10_000).to_integral_value())


def _full(cells: Cells) -> str:
    if not cells.get("out_of"):
        raise _Wrong("out_of is empty; a score needs the points of the whole")
    return cells["out_of"]


def _minutes(cells: Cells) -> int | None:
    said = cells.get("minutes", "")
    if not said:
        return None
    minutes = _number(said)
    if minutes > _MOST_MINUTES:
        raise _Wrong(f"{said[:40]} is longer than a day")
    return int((minutes * 60).to_integral_value())


def _number(said: str) -> Decimal:
    if not _NUMBER.fullmatch(said):
        raise _Wrong(f"{said[:40]!r} is no number such as 8 or 7.5")
    return Decimal(said)


_READERS: Final[Mapping[str, Callable[[Cells], object]]] = {
    "reference": _form(
        "reference", _REFERENCE, "reference: letters A-Z, digits and ._:/- without spaces, never a name"
    ),
    "course_id": _form("course_id", _IDENTIFIER, "course's id; see GET /courses"),
    "kind": _kind,
    "activity": _form("activity", _IDENTIFIER, "id of a lesson or a test; see GET /courses"),
    "done_at": _moment,
    "score": _score,
    "minutes": _minutes,
}


def to_record(row: Row, learner_id: UUID) -> Completion | Result:
    """The completed lesson, or the result of the test."""
    if row.kind == _LESSON:
        return Completion(
            learner_id=learner_id,
            lesson_id=row.activity,
            completed_at=row.done_at,
            course_id=row.course_id,
            score_basis_points=row.score_basis_points,
            duration_seconds=row.duration_seconds,
        )
    assert row.score_basis_points is not None, "a test without points was refused when the row was read"
    return Result(
        learner_id=learner_id,
        course_id=row.course_id,
        assessment_id=row.activity,
        kind=Assessment(row.kind),
        score_basis_points=row.score_basis_points,
        dimensions=(),
        scored_at=row.done_at,
    )
