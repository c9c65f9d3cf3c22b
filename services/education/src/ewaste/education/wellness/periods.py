"""Periods of the index: every day is in one, and they never overlap, so that no two of them subtract."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final

__all__ = ["Period", "Periods", "local_day"]

_BANGKOK: Final = timedelta(hours=7)
_SCHOOL_YEAR_BEGINS: Final = 5
"""Month: Thai schools begin in May."""


@dataclass(frozen=True, slots=True)
class Period:
    start: date
    end: date
    """The last day."""


@dataclass(frozen=True, slots=True)
class Periods:
    """Of so many months, counted from the beginning of the school year: 6 gives May-October and November-April."""

    months: int = 6

    def __post_init__(self) -> None:
        if self.months not in (1, 2, 3, 4, 6, 12):
            raise ValueError(f"a period of {self.months} months: say 1, 2, 3, 4, 6 or 12, so that years are whole")

    def of(self, moment: datetime) -> Period:
        """The period of the moment's day in Thailand."""
        return self.of_day(local_day(moment))

    def of_day(self, day: date) -> Period:
        return _period(day, self.months)


def local_day(moment: datetime) -> date:
    """The day in Thailand (UTC+7 all year)."""
    return ((moment.replace(tzinfo=None) - (moment.utcoffset() or timedelta())) + _BANGKOK).date()


@cache
def _period(day: date, months: int) -> Period:
    since = (day.year * 12 + day.month - _SCHOOL_YEAR_BEGINS) // months * months + _SCHOOL_YEAR_BEGINS
    return Period(_first_day(since), _first_day(since + months) - timedelta(days=1))


def _first_day(month: int) -> date:
    year, rest = divmod(month - 1, 12)
    return date(year, rest + 1, 1)
