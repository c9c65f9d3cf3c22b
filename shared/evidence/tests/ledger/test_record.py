"""A leaf is the record, byte for byte: it comes back whole, and no two records share one."""

import struct
from hashlib import sha256

import pytest
from ewaste.evidence.ledger.record import (
    MAX_INLINE_LEAF_BYTES,
    Digest,
    DigestedRecord,
    LeafError,
    Record,
    decode_leaf,
    digest_leaf,
    encode_leaf,
    leaf_of,
    place_of_leaf,
)
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.binary(max_size=12).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
RECORDS = st.builds(
    Record,
    topic=st.text(st.characters(codec="utf-8"), max_size=20),
    partition=st.integers(-(2**31), 2**31 - 1),
    offset=st.integers(-(2**63), 2**63 - 1),
    timestamp_ms=st.integers(-(2**63), 2**63 - 1),
    key=st.none() | st.binary(max_size=20),
    headers=st.lists(st.tuples(NAMES, st.none() | st.binary(max_size=12)), max_size=4).map(tuple),
    value=st.none() | st.binary(max_size=60),
)
# Small alphabets bring neighbours that differ only in where a boundary falls.
CLOSE_RECORDS = st.builds(
    Record,
    topic=st.sampled_from(["", "a", "aa"]),
    partition=st.just(0),
    offset=st.just(0),
    timestamp_ms=st.just(0),
    key=st.sampled_from([None, b"", b"a", b"aa"]),
    headers=st.lists(st.tuples(st.sampled_from(["", "a", "aa"]), st.sampled_from([None, b"", b"a"])), max_size=2).map(
        tuple
    ),
    value=st.sampled_from([None, b"", b"a", b"aa"]),
)


def a_record(**changes: object) -> Record:
    fields: dict[str, object] = {
        "topic": "ewaste.partner.p1",
        "partition": 3,
        "offset": 42,
        "timestamp_ms": 1_700_000_000_000,
        "key": b"batch-1",
        "headers": (("jws", b"a..b"), ("empty", b""), ("null", None)),
        "value": b'{"grams":1}',
    }
    return Record(**(fields | changes))  # type: ignore[arg-type]


@given(RECORDS)
def test_every_record_comes_back_from_its_leaf(record: Record) -> None:
    assert decode_leaf(encode_leaf(record)) == record


@given(RECORDS)
def test_a_place_is_read_from_a_leaf_without_the_rest(record: Record) -> None:
    assert place_of_leaf(leaf_of(record)) == (record.topic, record.partition, record.offset)
    with pytest.raises(LeafError):
        place_of_leaf(b"\2" + leaf_of(record)[1:])
    with pytest.raises(LeafError):
        place_of_leaf(leaf_of(record)[:20])


@given(CLOSE_RECORDS, CLOSE_RECORDS)
def test_two_records_never_share_a_leaf(one: Record, other: Record) -> None:
    assert (encode_leaf(one) == encode_leaf(other)) == (one == other)


@given(RECORDS, st.data())
def test_an_accepted_leaf_encodes_back_to_the_same_bytes(record: Record, data: st.DataObject) -> None:
    leaf = bytearray(encode_leaf(record))
    leaf[data.draw(st.integers(0, len(leaf) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = decode_leaf(bytes(leaf))
    except LeafError:
        return
    assert encode_leaf(read) == leaf


@given(st.binary(max_size=120))
def test_bytes_from_anywhere_are_a_leaf_or_a_leaf_error(raw: bytes) -> None:
    try:
        read = decode_leaf(b"\x01" + raw)
    except LeafError:
        return
    assert encode_leaf(read) == b"\x01" + raw


def test_the_format_is_frozen() -> None:
    assert encode_leaf(a_record()) == b"".join(
        (
            bytes.fromhex("01 00000003 000000000000002a 0000018bcfe56800 0011 00000007 00000003 0000000b"),
            b"ewaste.partner.p1",
            b"batch-1",
            bytes.fromhex("00000003 00000004") + b"jws" + b"a..b",
            bytes.fromhex("00000005 00000000") + b"empty",
            bytes.fromhex("00000004 ffffffff") + b"null",
            b'{"grams":1}',
        )
    )


def test_a_header_name_that_is_not_utf8_survives() -> None:
    record = a_record(headers=((b"\xff\xfe".decode("utf-8", "surrogateescape"), b"x"),))
    assert b"\xff\xfe" in encode_leaf(record)
    assert decode_leaf(encode_leaf(record)) == record


@pytest.mark.parametrize("cut", range(len(encode_leaf(a_record()))))
def test_a_cut_leaf_is_refused(cut: int) -> None:
    with pytest.raises(LeafError):
        decode_leaf(encode_leaf(a_record())[:cut])


def test_bytes_after_the_record_are_refused() -> None:
    with pytest.raises(LeafError, match="where its lengths say"):
        decode_leaf(encode_leaf(a_record()) + b"\x00")


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(LeafError, match="version 2 is unknown"):
        decode_leaf(b"\x02" + encode_leaf(a_record())[1:])


@pytest.mark.parametrize(
    "lengths", [(-3, 0, 0), (0, -1, 0), (0, -3, 0), (0, 0, -3), (0, 2**31 - 1, 0), (2**31 - 1, 0, 0)]
)
def test_lengths_without_meaning_are_refused(lengths: tuple[int, int, int]) -> None:
    leaf = bytearray(encode_leaf(a_record(topic="", key=b"", headers=(), value=b"")))
    struct.pack_into(">iii", leaf, len(leaf) - 12, *lengths)
    with pytest.raises(LeafError):
        decode_leaf(bytes(leaf))


def test_a_header_by_negative_length_is_refused() -> None:
    leaf = encode_leaf(a_record(topic="", key=None, headers=(("", b""),), value=None))
    with pytest.raises(LeafError, match="header lengths"):
        decode_leaf(leaf[:-8] + struct.pack(">ii", -8, 0))


@pytest.mark.parametrize(
    "changes", [{"partition": 2**31}, {"offset": 2**63}, {"topic": "t" * 70_000}, {"topic": "\ud800"}]
)
def test_a_record_that_fits_no_leaf_is_refused_by_name(changes: dict[str, object]) -> None:
    with pytest.raises(LeafError, match="does not fit a leaf"):
        encode_leaf(a_record(**changes))


def test_a_header_name_outside_utf8_and_its_escapes_is_refused() -> None:
    with pytest.raises(LeafError, match="does not fit a leaf"):
        digest_leaf(a_record(headers=(("\ud800", b""),)))


def test_a_record_up_to_the_limit_is_held_whole() -> None:
    room = MAX_INLINE_LEAF_BYTES - len(encode_leaf(a_record(value=b"")))
    assert decode_leaf(leaf_of(a_record(value=b"v" * room))) == a_record(value=b"v" * room)
    assert isinstance(decode_leaf(leaf_of(a_record(value=b"v" * (room + 1)))), DigestedRecord)


def test_a_large_value_is_held_by_its_digest_and_the_rest_stays_readable() -> None:
    value = b"v" * 2_000_000
    read = decode_leaf(leaf_of(a_record(value=value)))
    assert read == DigestedRecord(
        "ewaste.partner.p1",
        3,
        42,
        1_700_000_000_000,
        b"batch-1",
        (("jws", b"a..b"), ("empty", b""), ("null", None)),
        Digest(sha256(value).digest(), 2_000_000),
    )
    assert encode_leaf(read) == digest_leaf(a_record(value=value))


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": (("h", b"x" * 900_000),)},
        {"headers": (("n" * 900_000, None),)},
        {"headers": (("", None),) * 100_000},
        {"key": b"k" * 900_000},
        {"key": b"k" * 5_000, "headers": (("h", b"x" * 59_000),), "value": None},
    ],
)
def test_no_hostile_record_makes_a_leaf_over_the_limit(changes: dict[str, object]) -> None:
    record = a_record(**changes)
    leaf = leaf_of(record)
    assert len(leaf) <= MAX_INLINE_LEAF_BYTES
    assert encode_leaf(decode_leaf(leaf)) == leaf == digest_leaf(record)


def test_a_changed_record_does_not_match_its_leaf_by_digest() -> None:
    headers = (("h", b"x" * 70_000),)
    changed = (("h", b"x" * 69_999 + b"y"),)
    assert leaf_of(a_record(headers=headers)) != leaf_of(a_record(headers=changed))
    assert leaf_of(a_record(value=b"v" * 70_000)) != leaf_of(a_record(value=b"w" * 70_000))
    assert leaf_of(a_record(key=b"v" * 70_000)) != leaf_of(a_record(key=b"w" * 70_000))


@pytest.mark.parametrize(("raw", "length"), [(b"x" * 31, 1), (b"x" * 33, 1), (b"", 0), (b"x" * 32, -1)])
def test_a_digest_of_another_kind_is_refused(raw: bytes, length: int) -> None:
    with pytest.raises(LeafError, match="no SHA-256 digest"):
        Digest(raw, length)
