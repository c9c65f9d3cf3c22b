"""Dates as people in Chiang Mai read them."""

from datetime import UTC, date, datetime

import pytest
from ewaste.web.dates import english_date, english_datetime, machine_time, thai_date, thai_datetime


def test_thai_dates_are_in_the_buddhist_era() -> None:
    assert thai_date(date(2026, 11, 22)) == "22 พฤศจิกายน 2569"
    assert english_date(date(2026, 11, 22)) == "22 November 2026"


def test_a_moment_is_told_in_thai_time_also_past_midnight_and_new_year() -> None:
    moment = datetime(2026, 12, 31, 17, 5, tzinfo=UTC)
    assert thai_datetime(moment) == "1 มกราคม 2570 เวลา 00:05 น."
    assert english_datetime(moment) == "1 January 2027, 00:05"
    assert thai_date(moment) == "1 มกราคม 2570"
    assert machine_time(moment) == "2026-12-31T17:05:00Z"


def test_a_leap_day_keeps_its_day_in_the_buddhist_era() -> None:
    assert thai_date(date(2028, 2, 29)) == "29 กุมภาพันธ์ 2571"
    assert machine_time(date(2028, 2, 29)) == "2028-02-29"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        thai_datetime(datetime(2026, 1, 1))  # noqa: DTZ001
