"""One value, one sequence of bytes: the examples of RFC 8785 and what has no canonical form."""

from hashlib import sha256

import pytest
import rfc8785
from ewaste.evidence.canonical import CanonicalError, canonical_digest, canonical_json, sha256_hex
from hypothesis import given
from hypothesis import strategies as st

LEAVES = st.none() | st.booleans() | st.integers(-(2**54), 2**54) | st.text() | st.floats(allow_nan=False)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def test_the_example_of_rfc_8785() -> None:
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "€$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    assert (
        canonical_json(value)
        == (
            '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
            '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
        ).encode()
    )


def test_names_are_ordered_by_utf_16() -> None:
    names = ["€", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "ö"]
    ordered = ["\\r", "1", "\u0080", "ö", "€", "\U0001f600", "\ufb33"]
    expected = "{" + ",".join(f'"{name}":0' for name in ordered) + "}"
    assert canonical_json(dict.fromkeys(names, 0)).decode() == expected


def test_the_order_in_which_a_value_was_built_does_not_show() -> None:
    assert canonical_digest({"b": 1, "a": (2,)}) == canonical_digest({"a": [2], "b": 1})


def test_a_digest_is_the_sha_256_of_the_bytes() -> None:
    assert canonical_digest({"grams": 1}) == sha256(b'{"grams":1}').hexdigest() == sha256_hex(b'{"grams":1}')


@pytest.mark.parametrize("value", [2**53, float("nan"), {1: 2}, {"a": {1, 2}}, b"x", "\ud800", {"\ud800": 1}])
def test_a_value_without_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(CanonicalError, match="no canonical JSON"):
        canonical_json(value)


@given(VALUES)
def test_the_fast_way_gives_the_bytes_of_the_library(value: object) -> None:
    try:
        expected = rfc8785.dumps(value)
    except ValueError:
        with pytest.raises(CanonicalError):
            canonical_json(value)
    else:
        assert canonical_json(value) == expected
