"""Which records of a batch are new is decided from the stored positions alone."""

import pytest
from ewaste.evidence.ledger.record import Record
from ewaste.runtime.positions import OffsetGap, _continue
from hypothesis import given
from hypothesis import strategies as st

PARTITIONS = (("a", 0), ("a", 1), ("b", 0))


def record(partition: tuple[str, int], offset: int) -> Record:
    return Record(partition[0], partition[1], offset, 0, None, (), b"")


@given(st.data())
def test_however_fetches_overlap_each_record_is_new_once_and_in_order(data: st.DataObject) -> None:
    """Fetches begin anywhere up to the position, as after a rebalance; they may mix partitions in any way."""
    stored = {partition: data.draw(st.integers(0, 20)) for partition in PARTITIONS}
    first, seen = dict(stored), {partition: [] for partition in PARTITIONS}
    for _ in range(data.draw(st.integers(1, 6))):
        runs = []
        for partition in data.draw(st.sets(st.sampled_from(PARTITIONS))):
            start = data.draw(st.integers(0, stored[partition]))
            runs += [record(partition, start + n) for n in range(data.draw(st.integers(0, 12)))]
        fresh, stored = _continue("consumer", runs, stored)
        for one in fresh:
            seen[one.topic, one.partition].append(one.offset)
    for partition, offsets in seen.items():
        assert offsets == list(range(first[partition], stored[partition]))


@given(position=st.integers(0, 1000), missing=st.integers(1, 1000), before=st.integers(0, 5))
def test_a_missing_record_is_never_stepped_over(position: int, missing: int, before: int) -> None:
    partition = PARTITIONS[0]
    run = [record(partition, position + n) for n in range(before)]
    with pytest.raises(OffsetGap, match=f"{missing} records are missing") as caught:
        _continue("consumer", [*run, record(partition, position + before + missing)], {partition: position})
    assert caught.value.expected == position + before


def test_a_gap_says_where_and_what_to_do() -> None:
    assert str(OffsetGap("dropoff.progress", ("ewaste.logistics", 4), 7, 10)).startswith(
        "dropoff.progress: ewaste.logistics partition 4 continues at offset 10, expected 7: 3 records are missing."
    )
    assert "ends at offset 3, but 7 was reached: the broker lost 4 records" in str(OffsetGap("c", ("t", 0), 7, 3))
