from itertools import pairwise
from uuid import RFC_4122

import pytest
from ewaste.contracts.ids import uuid7
from hypothesis import given
from hypothesis import strategies as st


def test_ids_are_version_7_and_distinct() -> None:
    made = [uuid7() for _ in range(1_000)]
    assert {one.version for one in made} == {7}
    assert {one.variant for one in made} == {RFC_4122}
    assert len(set(made)) == len(made)


@given(st.lists(st.integers(0, 2**48 - 1), min_size=2, unique=True))
def test_newer_ids_sort_after_older_ones_to_the_millisecond(milliseconds: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        made = []
        for moment in sorted(milliseconds):
            patch.setattr("ewaste.contracts.ids.time.time_ns", lambda moment=moment: moment * 1_000_000 + 999_999)
            made.append(uuid7())
    assert all(str(one) < str(other) and one < other for one, other in pairwise(made))
    assert [one.int >> 80 for one in made] == sorted(milliseconds)
