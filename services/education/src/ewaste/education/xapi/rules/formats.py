"""Simple values: texts with a form, numbers, times, durations, language maps and extensions (part two, section 4)."""

import math
import re
from datetime import UTC, datetime
from typing import Final

from ewaste.education.xapi.rules.shape import Check, Invalid, Value, anything, at, fields, shown

__all__ = [
    "boolean",
    "duration",
    "duration_seconds",
    "extensions",
    "iri",
    "language",
    "language_map",
    "moment",
    "number",
    "text",
    "timestamp",
    "uuid",
    "version",
]

# RFC 9562 (which replaces RFC 4122): a version from 1 to 8 and the variant 10x.
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}")
# RFC 3987 with a scheme; what may not stand in it unescaped is refused, the rest is its owner's.
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\u0000-\u001f\u007f]+")
_TIMESTAMP: Final = re.compile(r"\d{4}-?\d{2}-?\d{2}T\d{2}:?\d{2}(:?\d{2}([.,]\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)", re.ASCII)
_NEGATIVE_ZERO: Final = re.compile(r"-00(:?00)?$")
# ISO 8601:2004 section 4.4.3.2; a fraction only in the smallest unit that is given.
_DURATION: Final = re.compile(
    r"P(?=[0-9T])(?:(?P<weeks>\d+(?:[.,]\d+)?)W|"
    r"(?:(?P<years>\d+(?:[.,]\d+)?)Y)?(?:(?P<months>\d+(?:[.,]\d+)?)M)?(?:(?P<days>\d+(?:[.,]\d+)?)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+(?:[.,]\d+)?)H)?(?:(?P<minutes>\d+(?:[.,]\d+)?)M)?(?:(?P<seconds>\d+(?:[.,]\d+)?)S)?)?)",
    re.ASCII,
)
_SECONDS: Final = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
# RFC 5646: language with its extensions, script, region, variants, extensions and private use; or private use alone.
_LANGUAGE: Final = re.compile(
    r"(?:(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4}|[A-Za-z]{5,8})(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|\d{3}))?"
    r"(?:-(?:[A-Za-z0-9]{5,8}|\d[A-Za-z0-9]{3}))*(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8})+)*"
    r"(?:-[xX](?:-[A-Za-z0-9]{1,8})+)?|[xXiI](?:-[A-Za-z0-9]{1,8})+)",
    re.ASCII,
)
_VERSION: Final = re.compile(r"1\.0(\.\d+)?", re.ASCII)


def text(value: Value, path: str) -> None:
    if not isinstance(value, str):
        raise Invalid(path, f"must be a text, not {shown(value)}")
    if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Invalid(path, "holds U+0000 or half of a surrogate pair: no text can be stored with it")


def boolean(value: Value, path: str) -> None:
    if not isinstance(value, bool):
        raise Invalid(path, f"must be true or false, not {shown(value)}")


def number(value: Value, path: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Invalid(path, f"must be a number, not {shown(value)}")


def _form(pattern: re.Pattern[str], wanted: str) -> Check:
    def check(value: Value, path: str) -> None:
        text(value, path)
        if not pattern.fullmatch(value):
            raise Invalid(path, f"must be {wanted}, not {shown(value)}")

    return check


uuid: Final = _form(_UUID, "a UUID such as fd41c918-b88b-4b20-a0a5-a4c32391aaa0")
iri: Final = _form(_IRI, "an IRI with its scheme, such as https://lms.example/course/1")
language: Final = _form(_LANGUAGE, "a language tag of RFC 5646, such as th or en-GB")
duration: Final = _form(_DURATION, "a duration of ISO 8601, such as PT4M30S")
version: Final = _form(_VERSION, "1.0 or 1.0.x")


def timestamp(value: Value, path: str) -> None:
    """A time with its offset; one without could be anywhere in a day."""
    text(value, path)
    try:
        if not _TIMESTAMP.fullmatch(value) or _NEGATIVE_ZERO.search(value):
            raise ValueError(value)
        moment(value)
    except (ValueError, OverflowError):
        wanted = "a time of ISO 8601 with its offset, such as 2026-11-22T08:00:00+07:00"
        raise Invalid(path, f"must be {wanted}, not {shown(value)}") from None


def moment(value: str) -> datetime:
    """A `timestamp` in UTC; beyond microseconds it is cut. Raises ValueError, OverflowError."""
    return datetime.fromisoformat(value.replace(",", ".")).astimezone(UTC)


def duration_seconds(value: str) -> int | None:
    """A `duration` in whole seconds; None where it has years or months, which have no length of their own."""
    found = _DURATION.fullmatch(value)
    parts = {name: part for name, part in found.groupdict().items() if part} if found else {}
    if not parts or not parts.keys() <= _SECONDS.keys():
        return None
    seconds = sum(float(part.replace(",", ".")) * _SECONDS[name] for name, part in parts.items())
    return round(seconds) if math.isfinite(seconds) else None


def language_map(value: Value, path: str) -> None:
    if not isinstance(value, dict):
        raise Invalid(path, f"must be an object of language tags and texts, not {shown(value)}")
    for tag, said in value.items():
        language(tag, at(path, tag))
        text(said, at(path, tag))


def extensions(value: Value, path: str) -> None:
    if not isinstance(value, dict):
        raise Invalid(path, f"must be an object whose keys are IRIs, not {shown(value)}")
    for key in value:
        iri(key, at(path, key))
    fields(value, path, dict.fromkeys(value, anything))
