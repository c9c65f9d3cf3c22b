"""Bitstring Status List v1.0: at least 131,072 entries, bits from the left, the same bytes for the same statuses."""

import base64
import gzip
from datetime import UTC, datetime

import pytest
from ewaste.evidence.certificates.credential import certificate_credential
from ewaste.evidence.certificates.status_entry import LIST_ENTRIES, place_of
from ewaste.evidence.certificates.status_list import (
    StatusUnknown,
    encode_bits,
    read_status_list,
    status_list_credential,
    statuses_of,
)
from hypothesis import given, settings
from hypothesis import strategies as some

URL = "https://trace.example"
NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)


@settings(max_examples=20, deadline=None)
@given(some.sets(some.integers(0, LIST_ENTRIES - 1), max_size=30))
def test_what_is_set_is_read_back_and_nothing_else(indices: set[int]) -> None:
    listed = status_list_credential("suspension", 0, indices, valid_from=NOON, url=URL)
    found = read_status_list(listed)
    assert {index for index in range(LIST_ENTRIES) if found.is_set(index)} == indices


def test_any_gzip_reader_finds_the_first_entry_in_the_left_most_bit() -> None:
    encoded = encode_bits([0, 15, LIST_ENTRIES - 1])
    assert encoded.startswith("u")
    assert "=" not in encoded
    bits = gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=="))
    assert len(bits) == 16_384
    assert (bits[0], bits[1], bits[-1]) == (0b1000_0000, 0b0000_0001, 0b0000_0001)


def test_neither_time_nor_machine_is_in_the_bytes() -> None:
    header = base64.urlsafe_b64decode(encode_bits([7])[1:17])[:10]
    assert header == b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"


def test_ordinals_fill_one_list_after_the_other_and_never_share_a_place() -> None:
    assert place_of(LIST_ENTRIES - 1) == (0, LIST_ENTRIES - 1)
    assert place_of(LIST_ENTRIES) == (1, 0)
    ordinals = range(LIST_ENTRIES - 2, LIST_ENTRIES + 2)
    assert len({place_of(ordinal) for ordinal in ordinals}) == len(ordinals)
    with pytest.raises(ValueError, match="from 0"):
        place_of(-1)


def test_a_list_holds_only_its_own_ordinals() -> None:
    second = read_status_list(status_list_credential("revocation", 1, [0, LIST_ENTRIES + 4], valid_from=NOON, url=URL))
    assert [index for index in range(10) if second.is_set(index)] == [4]


def test_a_credential_finds_its_status_in_the_lists_that_it_names() -> None:
    credential = certificate_credential(b"{}", certificate_id="c", issued_at=NOON, ordinal=3, url=URL)
    suspended = read_status_list(status_list_credential("suspension", 0, [3], valid_from=NOON, url=URL))
    elsewhere = read_status_list(
        status_list_credential("revocation", 0, [3], valid_from=NOON, url="https://other.example")
    )
    assert statuses_of(credential, [suspended]) == {"suspension": True, "revocation": None}
    assert statuses_of(credential, [elsewhere]) == {"suspension": None, "revocation": None}
    replaced = read_status_list(status_list_credential("revocation", 0, [], valid_from=NOON, url=URL))
    assert statuses_of(credential, [suspended, replaced]) == {"suspension": True, "revocation": False}


def test_another_purpose_is_refused() -> None:
    with pytest.raises(ValueError, match="suspension, revocation"):
        status_list_credential("refresh", 0, [], valid_from=NOON, url=URL)


@pytest.mark.parametrize(
    "encoded",
    [
        "", "H4sI", "zH4sI", "u!!", "uH4sI",
        "u" + base64.urlsafe_b64encode(gzip.compress(b"\0" * 100)).decode(),
        "u" + base64.urlsafe_b64encode(gzip.compress(b"\0" * 5_000_000)).decode(),
    ],
)  # fmt: skip
def test_a_list_that_is_broken_too_short_or_too_long_says_nothing(encoded: str) -> None:
    listed = status_list_credential("suspension", 0, [], valid_from=NOON, url=URL)
    listed["credentialSubject"]["encodedList"] = encoded
    with pytest.raises(StatusUnknown):
        read_status_list(listed)


def test_an_index_past_the_list_is_not_a_status() -> None:
    found = read_status_list(status_list_credential("suspension", 0, [], valid_from=NOON, url=URL))
    with pytest.raises(StatusUnknown):
        found.is_set(LIST_ENTRIES)
