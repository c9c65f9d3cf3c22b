"""A register's period: Thai days, both ends included, as an interval of moments in UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final, Self

__all__ = ["BANGKOK", "LONGEST_DAYS", "BadPeriod", "Period"]

# Thailand has had one offset and no summer time since 1920; no time-zone data are needed.
BANGKOK: Final = timezone(timedelta(hours=7))
LONGEST_DAYS: Final = 3_660
"""Ten years: more is a slip of the pen."""
_YEARS: Final = range(2000, 2200)
_BUDDHIST_ERA: Final = 543


class BadPeriod(ValueError):
    """No such period; the message says what to write. `field` is the end at fault, `from` or `until`.

    `fault` is one of `day`, `year`, `order`, `length`.
    """

    def __init__(self, fault: str, field: str, message: str) -> None:
        super().__init__(message)
        self.fault = fault
        self.field = field


@dataclass(frozen=True, slots=True)
class Period:
    """From the first moment of Thai day `first` to the last of Thai day `last`. Raises BadPeriod."""

    first: date
    last: date

    def __post_init__(self) -> None:
        for field, day in (("from", self.first), ("until", self.last)):
            if day.year not in _YEARS:
                raise BadPeriod("year", field, f"{field} {day.isoformat()}: {_year_help(day.year)}")
        if self.first > self.last:
            raise BadPeriod("order", "from", f"from {self.first} is after until {self.last}: swap them")
        if (self.last - self.first).days >= LONGEST_DAYS:
            raise BadPeriod(
                "length", "until", f"{self.first} to {self.last} is more than ten years: ask for one decade at a time"
            )

    @classmethod
    def read(cls, first: str, last: str) -> Self:
        """The period of two days written as `2026-11-22`."""
        return cls(_day("from", first), _day("until", last))

    @property
    def start(self) -> datetime:
        """The first moment in it, UTC."""
        return datetime.combine(self.first, time(), BANGKOK).astimezone(UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it, UTC."""
        return datetime.combine(self.last + timedelta(days=1), time(), BANGKOK).astimezone(UTC)

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


def _day(field: str, text: str) -> date:
    # date.fromisoformat also takes 20261122 and 2026-W47-7, which others read otherwise.
    if len(text) == 10 and text[4] == text[7] == "-":
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise BadPeriod("day", field, f"{field} {text!r} is no day; write it as 2026-11-22")


def _year_help(year: int) -> str:
    if year - _BUDDHIST_ERA in _YEARS:
        return f"write the year of the common era, {year - _BUDDHIST_ERA} for {year} of the Buddhist era"
    return f"write a year from {_YEARS.start} to {_YEARS.stop - 1}"
