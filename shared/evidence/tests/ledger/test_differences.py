"""A copy held to the ledger: the record that differs is named, and nothing after it is accused in its place."""

from ewaste.evidence.ledger.differences import Change, Difference, differences
from hypothesis import given
from hypothesis import strategies as st

LEDGER = [bytes([n]) for n in range(20)]


def compare(copy: list[bytes]) -> list[Difference]:
    return list(differences(copy, LEDGER.__getitem__, 0, len(LEDGER)))


places = st.integers(0, len(LEDGER) - 1)


def test_the_same_has_no_difference() -> None:
    assert compare(LEDGER) == []
    assert list(differences(LEDGER[5:9], LEDGER.__getitem__, 5, 9)) == []


@given(places)
def test_one_that_was_changed(place: int) -> None:
    assert compare([*LEDGER[:place], b"x", *LEDGER[place + 1 :]]) == [Difference(place, Change.CHANGED)]


@given(places)
def test_one_that_was_taken_out(place: int) -> None:
    assert compare([*LEDGER[:place], *LEDGER[place + 1 :]]) == [Difference(place, Change.TAKEN_OUT)]


@given(st.integers(0, len(LEDGER)))
def test_one_that_was_put_in(place: int) -> None:
    assert compare([*LEDGER[:place], b"x", *LEDGER[place:]]) == [Difference(place, Change.PUT_IN)]


@given(places, places)
def test_two_that_changed_places_are_both_told_and_no_other(one: int, other: int) -> None:
    copy = list(LEDGER)
    copy[one], copy[other] = copy[other], copy[one]
    found = {each.index for each in compare(copy)}
    near = {one, other} | {min(one, other) + 2, max(one, other) + 1}
    assert bool(found) == (one != other)
    assert found <= near


@given(st.lists(st.sampled_from(LEDGER)))
def test_a_difference_is_found_whatever_was_done(copy: list[bytes]) -> None:
    assert (compare(copy) == []) == (copy == LEDGER)
