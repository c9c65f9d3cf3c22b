"""A record that is too large for its leaf comes back whole from the leaf and the contents kept beside it."""

import pytest
from ewaste.evidence.ledger.contents import contents_of, digests_of, is_by_digest, restored
from ewaste.evidence.ledger.record import LeafError, Record, decode_leaf, encode_leaf, leaf_of
from hypothesis import given
from hypothesis import strategies as st

SMALL = st.one_of(st.none(), st.binary(max_size=200))
LARGE = st.integers(40_000, 120_000).map(lambda size: bytes(range(256)) * (size // 256))
HEADERS = st.lists(st.tuples(st.sampled_from(["jws", "ข้อความ", "\udcff"]), SMALL | LARGE), max_size=3).map(tuple)
RECORDS = st.builds(
    Record,
    topic=st.just("ewaste.partner.green-metals"),
    partition=st.integers(0, 11),
    offset=st.integers(0, 2**40),
    timestamp_ms=st.integers(-1, 2**40),
    key=SMALL | LARGE,
    headers=HEADERS,
    value=SMALL | LARGE,
)


@given(RECORDS)
def test_leaf_and_contents_give_the_record_back(record: Record) -> None:
    leaf = leaf_of(record)
    assert restored(decode_leaf(leaf), contents_of(record, leaf)[::-1]) == record


@given(RECORDS)
def test_the_quick_look_agrees_with_decoding(record: Record) -> None:
    for leaf in (leaf_of(record), encode_leaf(record)):
        assert is_by_digest(leaf) == bool(digests_of(decode_leaf(leaf)))


def test_a_small_value_under_large_headers_is_kept_too() -> None:
    record = Record("t", 0, 0, 0, b"k", (("jws", b"x" * 70_000),), b"v")
    assert b"v" in contents_of(record, leaf_of(record))


def test_a_changed_or_missing_content_is_told() -> None:
    record = Record("t", 0, 0, 0, b"k", (), b"v" * 70_000)
    for contents in ([], [b"w" * 70_000], [b"v" * 69_999]):
        with pytest.raises(LeafError, match="are not here"):
            restored(decode_leaf(leaf_of(record)), contents)
