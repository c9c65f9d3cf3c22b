"""Thai days, both ends included; nonsense is told with what to write instead."""

from datetime import UTC, datetime, timedelta

import pytest
from ewaste.evidence.registers.period import BadPeriod, Period
from hypothesis import given
from hypothesis import strategies as st

_DAYS = st.dates(min_value=datetime(2001, 1, 1).date(), max_value=datetime(2190, 1, 1).date())  # noqa: DTZ001


def test_midnight_in_bangkok_is_five_in_the_afternoon_utc() -> None:
    day = Period.read("2026-11-15", "2026-11-15")
    assert day.start == datetime(2026, 11, 14, 17, tzinfo=UTC)
    assert day.end == datetime(2026, 11, 15, 17, tzinfo=UTC)
    assert day.holds(day.start)
    assert not day.holds(day.end)


@given(first=_DAYS, days=st.integers(0, 3_000), split=st.integers(0, 3_000))
def test_days_follow_on_each_other_without_gap_or_overlap(first: object, days: int, split: int) -> None:
    assert hasattr(first, "isoformat")
    last = first + timedelta(days=days)  # type: ignore[operator]
    middle = first + timedelta(days=min(split, days))  # type: ignore[operator]
    whole, early = Period(first, last), Period(first, middle)  # type: ignore[arg-type]
    assert early.start == whole.start
    if middle < last:
        assert Period(middle + timedelta(days=1), last).start == early.end
    assert (whole.end - whole.start).days == days + 1


@pytest.mark.parametrize(
    ("first", "last", "fault", "field", "says"),
    [
        ("2026-11-02", "2026-11-01", "order", "from", "swap"),
        ("2569-01-01", "2569-12-31", "year", "from", "2026 for 2569"),
        ("2026-01-01", "2743-01-01", "year", "until", "from 2000 to 2199"),
        ("0001-01-01", "2026-01-01", "year", "from", "from 2000 to 2199"),
        ("2010-01-01", "2026-01-01", "length", "until", "ten years"),
        ("2026-02-30", "2026-03-01", "day", "from", "2026-11-22"),
        ("2026-W47-7", "2026-12-01", "day", "from", "2026-11-22"),
        ("", "2026-12-01", "day", "from", "2026-11-22"),
        ("2026-11-01", "๒๐๒๖-๑๑-๓๐", "day", "until", "2026-11-22"),
    ],
)
def test_what_is_no_period_says_what_to_write(first: str, last: str, fault: str, field: str, says: str) -> None:
    with pytest.raises(BadPeriod) as bad:
        Period.read(first, last)
    assert (bad.value.fault, bad.value.field) == (fault, field)
    assert says in str(bad.value)
