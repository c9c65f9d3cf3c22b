"""Dates as people in Chiang Mai read them: Thai time, and in Thai the Buddhist era (2026 is 2569).

Moments are stored in UTC. Thailand has had one offset and no summer time since 1920, and no time-zone data are needed.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from ewaste.web.language import Language

__all__ = ["BANGKOK", "english_date", "english_datetime", "machine_time", "say_date", "say_datetime", "thai_date",
           "thai_datetime"]  # fmt: skip

BANGKOK: Final = timezone(timedelta(hours=7), "Asia/Bangkok")
_BUDDHIST_ERA: Final = 543
_THAI_MONTHS: Final = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
    "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip
# Not strftime: its month names follow the server's locale.
_ENGLISH_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def thai_date(when: date | datetime) -> str:
    """As `22 พฤศจิกายน 2569`; a moment is taken to Thai time first. Raises ValueError for a time without a zone."""
    day = _day(when)
    return f"{day.day} {_THAI_MONTHS[day.month - 1]} {day.year + _BUDDHIST_ERA}"


def english_date(when: date | datetime) -> str:
    """As `22 November 2026`; else as `thai_date`."""
    day = _day(when)
    return f"{day.day} {_ENGLISH_MONTHS[day.month - 1]} {day.year}"


def thai_datetime(when: datetime) -> str:
    """As `22 พฤศจิกายน 2569 เวลา 17:03 น.`, Thai time."""
    return f"{thai_date(when)} เวลา {_in_bangkok(when):%H:%M} น."


def english_datetime(when: datetime) -> str:
    """As `22 November 2026, 17:03`, Thai time."""
    return f"{english_date(when)}, {_in_bangkok(when):%H:%M}"


def say_date(when: date | datetime, language: Language) -> str:
    return thai_date(when) if language is Language.THAI else english_date(when)


def say_datetime(when: datetime, language: Language) -> str:
    return thai_datetime(when) if language is Language.THAI else english_datetime(when)


def machine_time(when: date | datetime) -> str:
    """For `<time datetime>`: the moment in UTC, or the day."""
    if not isinstance(when, datetime):
        return when.isoformat()
    return _in_bangkok(when).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(when: date | datetime) -> date:
    return _in_bangkok(when).date() if isinstance(when, datetime) else when


def _in_bangkok(when: datetime) -> datetime:
    if when.tzinfo is None:
        raise ValueError(f"{when} has no time zone; give a moment in UTC")
    return when.astimezone(BANGKOK)
