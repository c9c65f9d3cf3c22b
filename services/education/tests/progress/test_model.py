"""Nothing is shown of fewer than five learners."""

from ewaste.education.progress.model import Group, suppressed
from hypothesis import given
from hypothesis import strategies as st

NUMBERS = st.integers(1, 30)
GROUPS = st.lists(st.builds(Group, st.just("pupil"), st.text(), st.text(), NUMBERS, NUMBERS, NUMBERS))


@given(GROUPS)
def test_a_group_is_whole_from_five_learners_on_and_bare_below(groups: list[Group]) -> None:
    for group, shown in zip(groups, suppressed(groups), strict=True):
        assert group.learners is not None
        if group.learners >= 5:
            assert shown == group
        else:
            assert (shown.learners, shown.learners_completed, shown.lessons_completed) == (None, None, None)
        assert shown.suppressed is (group.learners < 5)
        assert (shown.school_id, shown.grade) == (group.school_id, group.grade)
