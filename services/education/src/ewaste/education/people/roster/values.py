"""Is a cell what its column says? Each check gives what to do, or None where the cell is right."""

import re
from datetime import date
from typing import Final

from ewaste.education.people.roster.binding import Column, Kind

__all__ = ["check_cell", "check_moment", "check_sourced_id", "parts"]

_LONGEST: Final = 4_000
# A list has commas between its ids, and an id is written into addresses and logs of others: no spaces, no controls.
_SOURCED_ID: Final = re.compile(r"[^\s,\"\u0000-\u0020\u007f-\u00a0]{1,255}")
_CONTROL: Final = re.compile(r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ud800-\udfff]")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")
_YEAR: Final = re.compile(r"[0-9]{4}")
_EXTENSION: Final = re.compile(r"ext:[A-Za-z0-9._-]{1,60}")
_USER_ID: Final = re.compile(r"\{[^:{}]+:[^{}]+\}")
_FIRST_BUDDHIST_YEAR: Final = 2400


def parts(cell: str) -> tuple[str, ...]:
    """The values of a list, without the spaces around them."""
    return tuple(one for one in (part.strip() for part in cell.split(",")) if one) if cell else ()


def check_sourced_id(cell: str) -> str | None:
    if _SOURCED_ID.fullmatch(cell):
        return None
    return "write an id of 1 to 255 characters without spaces and commas"


def check_moment(cell: str) -> str | None:
    """A `dateTime` of the binding: UTC, ISO 8601."""
    if _MOMENT.fullmatch(cell) and _calendar(cell[:10]) is None:
        return None
    return "write date and time in UTC, as 2026-05-16T08:30:00Z"


def check_cell(column: Column, cell: str) -> tuple[str, str] | None:
    """Code and what to do; None where the cell is right."""
    if not cell:
        return ("value-missing", "fill this in, the binding requires it") if column.required else None
    if len(cell) > _LONGEST:
        return "value-too-long", f"shorten it to {_LONGEST} characters"
    if _CONTROL.search(cell):
        return "value-unreadable", "take the control characters out"
    for value in parts(cell) if column.many else (cell,):
        if wrong := _check_value(column, value):
            return wrong
    return None


def _check_value(column: Column, value: str) -> tuple[str, str] | None:
    return _check_word(column, value) or _check_kind(column.kind, value)


def _check_word(column: Column, value: str) -> tuple[str, str] | None:
    if column.values and value not in column.values and not (column.open and _EXTENSION.fullmatch(value)):
        allowed = ", ".join(sorted(column.values)) + (", or ext: and a word of your own" if column.open else "")
        return "value-not-allowed", f"write one of: {allowed}"
    return None


def _check_kind(kind: Kind, value: str) -> tuple[str, str] | None:
    match kind:
        case Kind.DATE if wrong := _calendar(value):
            return "date-invalid", wrong
        case Kind.YEAR if wrong := _year(value):
            return "date-invalid", wrong
        case Kind.BOOLEAN if value not in ("true", "false"):
            return "value-not-allowed", "write true or false"
        case Kind.ID if wrong := check_sourced_id(value):
            return "id-invalid", wrong
        case Kind.USER_IDS if not _USER_ID.fullmatch(value):
            return "value-not-allowed", "write each as {type:id}"
    return None


def _calendar(value: str) -> str | None:
    if not _DATE.fullmatch(value):
        return "write the date as 2026-05-16"
    if wrong := _year(value[:4]):
        return wrong
    try:
        date.fromisoformat(value)
    except ValueError:
        return "there is no such day; write the date as 2026-05-16"
    return None


def _year(value: str) -> str | None:
    if not _YEAR.fullmatch(value):
        return "write the year in four digits, as 2026"
    if int(value) >= _FIRST_BUDDHIST_YEAR:
        return "the year is of the Buddhist era; write 2026 for 2569"
    return None if int(value) >= 1900 else "write a year from 1900 on, as 2026"
