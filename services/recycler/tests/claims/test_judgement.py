"""Every confirmation is of a day that its partner's licence covers, whatever it says."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from ewaste.contracts.events.recycler import RefusalReason
from ewaste.contracts.ids import uuid7
from ewaste.recycler.partners.model import Partner, Validity
from hypothesis import given
from hypothesis import strategies as st

# The licence of the test partner is of 2026; these are its edges in UTC, seven hours before those of Bangkok.
FIRST = datetime(2025, 12, 31, 17, tzinfo=UTC)
LAST = datetime(2026, 12, 31, 16, 59, 59, 999999, tzinfo=UTC)
STEP = timedelta(microseconds=1)
KINDS = ["receive", "reject", "resolve", "open", "recycle", "treat", "correct"]


def claims(recycler: Any, treated: Any, rejected: Any, resolved: Any, corrected: Any, id: UUID) -> dict[str, Any]:
    """One claim of each kind that would be accepted after `prepared`."""
    return {
        "receive": recycler.received("L2", g5=10),
        "reject": rejected(recycler, "L3"),
        "resolve": resolved(recycler, "L1", g1=10),
        "open": recycler.opened("b3", {"g3": 10}),
        "recycle": recycler.recycled("b2", {"iron": (10, "R4")}),
        "treat": treated(recycler, "t1", "mix", 5, {"cu": (5, "R4")}),
        "correct": corrected(recycler, id),
    }


def prepared(court: Any, recycler: Any) -> UUID:
    court.now = LAST + timedelta(days=9)
    received = uuid7()
    court.hears(recycler, recycler.received("L1", g1=10))
    court.hears(recycler, recycler.received("L0", g0=10), id=received)
    court.hears(recycler, recycler.opened("b1", {"g1": 10}))
    court.hears(recycler, recycler.recycled("b1", {"mix": (10, "R12")}))
    court.hears(recycler, recycler.opened("b2", {"g2": 10}))
    return received


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("time", "covered"), [(FIRST - STEP, False), (FIRST, True), (LAST, True), (LAST + STEP, False)]
)
def test_every_kind_of_claim_is_of_a_licensed_thai_day(
    court: Any, recycler: Any, treated: Any, rejected: Any, resolved: Any, corrected: Any, kind: str, time: datetime,
    covered: bool,
) -> None:  # fmt: skip
    claim = claims(recycler, treated, rejected, resolved, corrected, prepared(court, recycler))[kind]
    found = court.hears(recycler, claim, time=time)
    if covered:
        assert not isinstance(found, RefusalReason), court.refused
    else:
        assert (found, court.refused.field) == (RefusalReason.OUTSIDE_LICENCE, "time")
        assert "covers 2026-01-01 to 2026-12-31" in court.refused.detail


def test_every_licence_counts_for_its_own_days(court: Any, recycler: Any) -> None:
    court.now = datetime(2030, 1, 1, tzinfo=UTC)
    court.licences = (
        Validity(date(2026, 1, 1), date(2026, 6, 30)),
        Validity(date(2026, 9, 1), date(2027, 8, 31)),
    )
    days = {"2026-06-30": True, "2026-07-01": False, "2026-08-31": False, "2026-09-01": True, "2027-09-01": False}
    for day, licensed in days.items():
        noon = datetime.fromisoformat(f"{day}T12:00:00+07:00")
        found = court.hears(recycler, recycler.opened(f"b{day}", {"g1": 10}), time=noon)
        assert (found != RefusalReason.OUTSIDE_LICENCE) is licensed, day


def test_a_partner_whose_licences_are_all_gone_confirms_nothing(court: Any, recycler: Any) -> None:
    court.licences = ()
    assert court.hears(recycler, recycler.opened("b1", {"g1": 1})) == RefusalReason.OUTSIDE_LICENCE
    assert "covers no day" in court.refused.detail


def test_nothing_is_confirmed_before_it_happens(court: Any, recycler: Any) -> None:
    court.now = recycler.noon
    ahead = recycler.noon + timedelta(minutes=5)
    assert court.hears(recycler, recycler.opened("b1", {"g1": 1}), time=ahead).batch_id == "b1"
    assert court.hears(recycler, recycler.opened("b2", {"g1": 1}), time=ahead + STEP) == "time_in_future"


_DAYS = st.dates(date(2020, 1, 1), date(2035, 1, 1))
_BEGIN = datetime(2020, 1, 1, tzinfo=UTC)


@given(seconds=st.integers(0, 470_000_000), first=_DAYS, days=st.integers(0, 800))
def test_a_licence_covers_exactly_its_days_in_bangkok(seconds: int, first: date, days: int) -> None:
    moment = _BEGIN + timedelta(seconds=seconds)
    partner = Partner("p", (Validity(first, first + timedelta(days=days)),))
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(hours=7)
    assert partner.licensed_at(moment) == (begin <= moment < begin + timedelta(days=days + 1))
