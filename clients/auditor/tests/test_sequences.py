"""Numbers of one source may arrive in any order; none may be missing, and none be given twice."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from ewaste.auditor.findings import Code
from ewaste.auditor.verify import verify
from ewaste.contracts.envelope import source_of
from ewaste.contracts.events.dropoff import BagInstalled
from ewaste.contracts.events.recycler import LoadRejected, RejectionReason
from ewaste.contracts.fields import Context
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Books = Any
Save = Callable[[Books], Path]
DROPOFF = source_of("cm", Context.DROPOFF)


def installed(books: Books, count: int) -> None:
    for number in range(count):
        books.say(Context.DROPOFF, BagInstalled(bag_id=f"B-{number}", point_id="P-1"))


def reordered(books: Books, order: list[int]) -> None:
    """The same events, each on a partition of its own, in this order."""
    records = [books.records[each] for each in order]
    times = [each.timestamp_ms for each in books.records]
    books.records[:] = [
        msgspec.structs.replace(each, partition=at, offset=0, timestamp_ms=times[at]) for at, each in enumerate(records)
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(order=st.permutations(range(8)))
def test_any_order_is_clean(new_books: Callable[[], Books], save: Save, order: list[int]) -> None:
    books = new_books()
    installed(books, 8)
    reordered(books, order)

    report = verify(save(books))

    assert report.clean, report.findings.kept
    assert report.numbers.sources == {DROPOFF: 8}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(order=st.permutations(range(12)), gone=st.sets(st.integers(0, 8), min_size=1, max_size=4))
def test_exactly_the_missing_numbers_are_told(
    new_books: Callable[[], Books], save: Save, order: list[int], gone: set[int]
) -> None:
    books = new_books()
    installed(books, 14)
    # The last two stay last: the highest number is there, and a gap can no longer be late.
    reordered(books, [*(each for each in order if each not in gone), 12, 13])

    told = set()
    for finding in verify(save(books)).findings.kept:
        assert finding.code is Code.SEQUENCE_MISSING
        numbers = [int(word) for word in finding.message.split() if word.isdigit()]
        told |= set(range(numbers[0], numbers[-1] + 1))
    assert told == {each + 1 for each in gone}


def test_a_number_that_may_still_arrive_is_no_finding(new_books: Callable[[], Books], save: Save) -> None:
    books = new_books()
    installed(books, 3)
    reordered(books, [0, 2])

    report = verify(save(books))

    assert report.clean
    assert [(each.code, f"{DROPOFF}: the event with sequence 2 " in each.message) for each in report.open] == [
        (Code.SEQUENCE_MISSING, True)
    ]


def test_one_number_for_two_events_is_a_finding(new_books: Callable[[], Books], save: Save) -> None:
    books = new_books()
    installed(books, 2)
    books._sequences[DROPOFF] = 1
    installed(books, 1)

    (finding,) = verify(save(books)).findings.kept

    assert finding.code is Code.SEQUENCE_REPEATED
    assert finding.place is not None
    assert finding.place.index == 2


def test_an_event_of_a_service_without_a_number_is_a_finding(new_books: Callable[[], Books], save: Save) -> None:
    books = new_books()
    installed(books, 1)
    record = books.records[0]
    value = b"{" + (record.value or b"").partition(b",")[2]
    books.put(record.topic, "B-0", value.replace(b'"id":"0000', b'"id":"0100'))

    assert [each.code for each in verify(save(books)).findings.kept] == [Code.SEQUENCE_NONE]


def test_a_partners_own_gap_is_told_and_is_no_finding(books: Books, save: Save) -> None:
    books._sequences["urn:ewaste:partner:green-metals"] += 5
    books.accept(
        LoadRejected(load_id="L-2", partner_id="green-metals", facility_id="F-1", reason=RejectionReason.NO_CAPACITY)
    )
    installed(books, 3)

    report = verify(save(books))

    assert report.clean
    assert [each.code for each in report.open] == [Code.SEQUENCE_MISSING]
