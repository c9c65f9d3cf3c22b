"""When to stop putting records aside, and what a letter holds."""

import pytest
from ewaste.contracts.topics import MAX_RECORD_BYTES
from ewaste.evidence.ledger.record import Record
from ewaste.runtime.deadletters import DeadLetterLimit, DeadLetterLimitReached, from_dead_letter, to_dead_letter
from ewaste.runtime.inbox import Rejected
from hypothesis import given
from hypothesis import strategies as st

times = st.lists(st.tuples(st.floats(0, 50), st.integers(0, 8)), max_size=30)
names = st.binary(max_size=12).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
content = st.none() | st.binary(max_size=40)
forged = st.sampled_from(["ewaste-dead-consumer", "ewaste-dead-reason", "ewaste-hex-6162"])
records = st.builds(
    Record,
    topic=st.sampled_from(["ewaste.dropoff", "ewaste.partner.a"]),
    partition=st.integers(0, 11),
    offset=st.integers(0, 2**62),
    timestamp_ms=st.integers(-1, 2**62),
    key=content,
    headers=st.lists(st.tuples(names | forged, content)).map(tuple),
    value=content,
)


@given(most=st.integers(1, 10), seconds=st.integers(1, 60), waits=times)
def test_it_stops_exactly_when_more_than_the_limit_came_within_the_time(
    most: int, seconds: int, waits: list[tuple[float, int]]
) -> None:
    limit, now, counted = DeadLetterLimit(most, seconds), 0.0, []
    for wait, records in waits:
        now += wait
        new = [("topic", 0, len(counted) + number) for number in range(records)]
        counted += [now] * records
        too_many = sum(moment > now - seconds for moment in counted) > most
        if too_many:
            with pytest.raises(DeadLetterLimitReached):
                limit.count(new, now)
            return
        limit.count(new, now)


def test_a_record_that_is_tried_again_counts_once() -> None:
    limit = DeadLetterLimit(2)
    for now in range(100):
        limit.count([("topic", 0, 7), ("topic", 1, 7)], float(now))
    with pytest.raises(DeadLetterLimitReached, match="3 records in 3600 s"):
        limit.count([("topic", 0, 8)], 100.0)


@pytest.mark.parametrize("nonsense", [(0, 60), (-1, 60), (5, 0)])
def test_a_limit_of_nothing_is_refused(nonsense: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        DeadLetterLimit(*nonsense)


@given(record=records, reason=st.text(), detail=st.text())
def test_a_letter_gives_back_the_record_whatever_its_own_headers_are(record: Record, reason: str, detail: str) -> None:
    key, value, headers = to_dead_letter("dropoff.progress", Rejected(record, "schema", detail))
    letter = Record("ewaste.dropoff.dead", 0, 5, 9, key, tuple(headers), value)
    assert from_dead_letter(letter) == ("dropoff.progress", "schema", record)
    for name, _ in headers:
        name.encode()  # every name can be sent


@pytest.mark.parametrize("part", ["key", "value", "headers"])
def test_a_part_that_is_too_large_is_left_out_and_said(part: str) -> None:
    large = b"x" * (MAX_RECORD_BYTES + 1)
    parts = {"key": b"k", "value": b"v", "headers": (("h", b"c"),)} | {
        part: (("h", large),) if part == "headers" else large
    }
    letter = to_dead_letter("consumer", Rejected(Record("t", 0, 0, 0, **parts), "too_large", ""))
    key, value, headers = letter
    assert len(key) + len(value or b"") + sum(len(one or b"") for _, one in headers) < 10_000
    assert part in (dict(headers)["ewaste-dead-left-out"] or b"").decode()


def test_a_foreign_letter_is_told_from_ours() -> None:
    with pytest.raises((KeyError, ValueError)):
        from_dead_letter(Record("ewaste.dropoff.dead", 0, 0, 0, b"k", (("a", b"b"),), b"v"))
