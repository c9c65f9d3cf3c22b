"""Amounts as people read them."""

from ewaste.web.language import Language
from ewaste.web.numbers import say_grams, say_share, share_of
from hypothesis import given
from hypothesis import strategies as st


def test_grams_are_told_to_the_gram() -> None:
    assert say_grams(44_865, Language.THAI) == "44,865 กรัม"
    assert say_grams(-12, Language.ENGLISH) == "-12 g"


def test_a_share_has_two_decimals_and_its_sign() -> None:
    assert say_share(10_000) == "100.00 %"
    assert say_share(5) == "0.05 %"
    assert say_share(share_of(-12, 10_000)) == "-0.12 %"
    assert share_of(1, 20_000) == 1, "half a basis point goes away from zero"


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**9))
def test_a_share_is_the_nearest_basis_point(part: int, whole: int) -> None:
    assert 2 * abs(part * 10_000 - share_of(part, whole) * whole) <= whole
