"""Nobody recovers fewer than five learners from what is ever shown, by subtracting whatever from whatever.

The reader here is the strongest: it keeps every answer ever given, of every breakdown and filter, after every batch;
knows which learners are in which group and which groups are empty; and may add and subtract them all. What it must not
find is a combination that depends on at least one and fewer than five learners.
"""

from datetime import date
from fractions import Fraction
from itertools import combinations

from ewaste.education.wellness.tallies import By, Leaf, Pile, group_by, put, roll_up
from hypothesis import given, settings
from hypothesis import strategies as st

FEWEST = 5
START, END = date(2026, 11, 1), date(2027, 4, 30)
LEAVES = [
    Leaf("index.after", "example", START, END, khwaeng, school, audience, band)
    for khwaeng, school, audience, band in (
        ("", "cm-school-01", "pupil", "10-12"),
        ("", "cm-school-01", "pupil", "13-15"),
        ("", "cm-school-01", "teacher", "23-59"),
        ("", "cm-school-02", "pupil", "10-12"),
        ("kawila", "", "elderly", "60+"),
        ("kawila", "", "public", "60+"),
        ("mengrai", "", "public", "23-59"),
    )
]
# Each batch: leaves of learners who are new. Learners are numbered as they come.
BATCHES = st.lists(st.lists(st.integers(0, len(LEAVES) - 1), min_size=1, max_size=6), min_size=1, max_size=7)


class Book:
    """What the tables hold, with each learner's own place in the vectors: a sum shows exactly who is in it."""

    def __init__(self, learners: int) -> None:
        self.learners = learners
        self.shown: dict[Leaf, list[int]] = {}
        self.waiting: dict[Leaf, Pile] = {}

    def add(self, piles: dict[Leaf, Pile]) -> None:
        """As `storage.add` does in SQL (held to this by `test_api.py`)."""
        for leaf, pile in piles.items():
            for learner in sorted(pile.learners):
                put(self.waiting, leaf, self.one(int(learner)), [learner], FEWEST)
            if len(self.waiting[leaf].learners) >= FEWEST:
                vector = self.waiting.pop(leaf).vector
                self.shown[leaf] = [a + b for a, b in zip(self.shown.get(leaf, self.none), vector, strict=True)]

    def end(self) -> None:
        """The period is over."""
        for leaf, pile in roll_up(self.waiting, FEWEST).items():
            if len(pile.learners) >= FEWEST:
                self.shown[leaf] = [a + b for a, b in zip(self.shown.get(leaf, self.none), pile.vector, strict=True)]
        self.waiting = {}

    def answers(self) -> list[tuple[int, ...]]:
        """Every breakdown, of everybody and of each part alone."""
        rows = [(leaf, vector, False) for leaf, vector in self.shown.items()]
        parts = [lambda leaf: True, *(lambda leaf, n=n, v=v: leaf[n] == v for n in range(4, 8) for v in _VALUES[n])]
        return [
            tuple(sums.vector)
            for keep in parts
            for by in By
            for sums in group_by([row for row in rows if keep(row[0])], by).values()
        ]

    @property
    def none(self) -> list[int]:
        return [0] * self.learners

    def one(self, learner: int) -> list[int]:
        return [int(place == learner) for place in range(self.learners)]


_VALUES = {n: sorted({leaf[n] for leaf in LEAVES}) for n in range(4, 8)}


@settings(max_examples=60, deadline=None)
@given(BATCHES, st.booleans())
def test_no_combination_of_answers_depends_on_fewer_than_five(batches: list[list[int]], over: bool) -> None:
    learners = sum(len(batch) for batch in batches)
    book, seen, number = Book(learners), set(), 0
    for batch in batches:
        piles: dict[Leaf, Pile] = {}
        for place in batch:
            put(piles, LEAVES[place], book.one(number), [str(number)], FEWEST * 2)
            number += 1
        book.add(piles)
        seen |= set(book.answers())
    if over:
        book.end()
        seen |= set(book.answers())

    assert lightest(seen, learners) >= FEWEST


def lightest(answers: set[tuple[int, ...]], learners: int) -> int:
    """Learners on whom the lightest combination depends that isn't zero; exact.

    Learners whose columns are alike in every answer can't be told apart: they are one column that weighs their number.
    A combination on fewer than five stands on at most four columns, so those sets are tried one by one.
    """
    columns: dict[tuple[int, ...], int] = {}
    for column in zip(*answers, strict=True) if answers else ():
        if any(column):
            columns[column] = columns.get(column, 0) + 1
    light = [column for column, weight in columns.items() if weight < FEWEST]
    whole = rank(list(columns))
    for size in range(1, FEWEST):
        for some in combinations(light, size):
            weight = sum(columns[one] for one in some)
            # A combination that is zero on all other columns exists just where leaving these out lowers the rank.
            if weight < FEWEST and rank([one for one in columns if one not in some]) < whole:
                return weight
    return FEWEST


def rank(columns: list[tuple[int, ...]]) -> int:
    rows = [[Fraction(value) for value in column] for column in columns]
    found = 0
    for place in range(len(rows[0]) if rows else 0):
        pivot = next((n for n in range(found, len(rows)) if rows[n][place]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for n in range(found + 1, len(rows)):
            factor = rows[n][place] / rows[found][place]
            if factor:
                rows[n] = [a - factor * b for a, b in zip(rows[n], rows[found], strict=True)]
        found += 1
    return found


def test_the_reader_of_this_test_is_not_blind() -> None:
    """Plain suppression of small cells, without the rest of it, falls at once."""
    total, school_one = (1,) * 8, (1,) * 5 + (0,) * 3
    assert lightest({total, school_one}, 8) == 3
    assert lightest({(1,) * 5 + (0,), (1,) * 6}, 6) == 1
    assert lightest({(1,) * 5}, 5) == 5


def test_what_is_left_of_a_period_waits_together_until_it_is_five() -> None:
    waiting = {leaf: Pile([1], {str(n)}) for n, leaf in enumerate(LEAVES)}
    waiting[LEAVES[1]] = Pile([3], {"x", "y", "z"})

    rolled = roll_up(waiting, FEWEST)

    assert {(leaf.school_id, leaf.audience, leaf.age_band): pile.vector for leaf, pile in rolled.items()} == {
        ("cm-school-01", "*", "*"): [5],
        ("*", "*", "*"): [4],
    }
    assert sum(pile.vector[0] for pile in rolled.values()) == 9, "nobody is lost, and nobody counts twice"
