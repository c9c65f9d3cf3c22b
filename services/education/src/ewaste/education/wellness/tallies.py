"""Sums that may be shown: they grow by five learners at a time, so that nothing subtracts to fewer.

Every contribution belongs to one **leaf**: kind, period, khwaeng, school, audience and age band. A leaf keeps what is
shown and what waits. What waits moves to what is shown when it comes from at least five learners, and all of it at
once: each such move is an *atom*. Every number that is ever published, of any group, breakdown, period or moment, is
a sum of whole atoms. So a difference of published numbers, or any other linear combination, is one of whole atoms too,
and none of fewer than five learners (property-tested in `tests/wellness/test_suppression.py`).

What a leaf has left when its period is over waits together with its like, one attribute after the other given up
(`roll_up`). A coarse atom counts for a group only where it is told to which it belongs. What stays under five is in no
sum.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from ewaste.contracts.events.education import Dimension
from ewaste.education.wellness.scoring import Level, Scoring

__all__ = ["MEASURES", "MIXED", "By", "Kind", "Leaf", "Pile", "Sums", "gain_vector", "group_by",
           "index_vector", "put", "roll_up"]  # fmt: skip

MIXED: Final = "*"
"""Where an attribute was given up; an empty text is one that isn't known."""
WHOLE: Final = "whole"
MEASURES: Final = (WHOLE, *(one.value for one in Dimension))
"""The whole score and the seven dimensions, in the order of the vectors."""
_LEVELS: Final = tuple(Level)


class Kind(StrEnum):
    """What is summed."""

    BEFORE = "index.before"
    AFTER = "index.after"
    CHECK = "index.check"
    WELLNESS_GAIN = "gain.wellness"
    TEST_GAIN = "gain.test"
    LESSONS = "lessons"


class By(StrEnum):
    """How groups are made."""

    MUNICIPALITY = "municipality"
    KHWAENG = "khwaeng"
    SCHOOL = "school"
    AUDIENCE = "audience"
    AGE_BAND = "age_band"


class Leaf(NamedTuple):
    kind: str
    scoring: str
    """The configuration of scores and levels; empty where there are none. Another one is another index."""
    period_start: date
    period_end: date
    khwaeng: str
    school_id: str
    audience: str
    age_band: str

    def value(self, by: By) -> str:
        """What the leaf is of this attribute; `MIXED` or empty where that can't be told."""
        if by is By.MUNICIPALITY:
            return "municipality"
        return str(getattr(self, "school_id" if by is By.SCHOOL else by.value))


@dataclass(slots=True)
class Pile:
    """Contributions of some learners: a vector that adds up, and who they are (five of them at most)."""

    vector: list[int]
    learners: set[str] = field(default_factory=set)


class Sums(NamedTuple):
    """What a group shows, and whether somebody waits there."""

    vector: list[int]
    waits: bool


def index_vector(scoring: Scoring, scores: Sequence[int]) -> list[int]:
    """One learner's: 1, the scores in the order of `MEASURES`, their squares, and a 1 per measure at its level."""
    levels = [scoring.level(score) for score in scores]
    return [1, *scores, *(s * s for s in scores), *(int(one is level) for one in levels for level in _LEVELS)]


def gain_vector(before: Sequence[int], after: Sequence[int]) -> list[int]:
    """One learner's: 1, the gains, their squares."""
    gains = [b - a for a, b in zip(before, after, strict=True)]
    return [1, *gains, *(gain * gain for gain in gains)]


def put(piles: dict[Leaf, Pile], leaf: Leaf, vector: Sequence[int], learners: Iterable[str], fewest: int) -> None:
    """Add contributions to the pile of their leaf; of the learners it keeps at most `fewest`: more need not be told."""
    pile = piles.setdefault(leaf, Pile([0] * len(vector)))
    pile.vector = [a + b for a, b in zip(pile.vector, vector, strict=True)]
    for learner in learners:
        if len(pile.learners) >= fewest:
            break
        pile.learners.add(learner)


def roll_up(waiting: Mapping[Leaf, Pile], fewest: int) -> dict[Leaf, Pile]:
    """Atoms of at least `fewest` learners from what waits in the leaves of a period that is over.

    Age band, audience, school and khwaeng are given up in turn; who is in an atom stays there. What is left over
    comes back under the coarsest leaf, with fewer than `fewest`: it must not be shown.
    """
    found: dict[Leaf, Pile] = {}
    left = dict(waiting)
    for attribute in ("age_band", "audience", "school_id", "khwaeng"):
        merged: dict[Leaf, Pile] = {}
        for leaf, pile in left.items():
            put(merged, _with(leaf, attribute, MIXED), pile.vector, pile.learners, fewest)
        left = {}
        for leaf, pile in merged.items():
            (found if len(pile.learners) >= fewest else left)[leaf] = pile
    return found | left


def group_by(rows: Iterable[tuple[Leaf, Sequence[int], bool]], by: By) -> dict[Leaf, Sums]:
    """The sums of each group, from rows of leaf, what is shown, and whether somebody waits.

    The key is a leaf that keeps kind, period and the attribute, all others given up.
    """
    found: dict[Leaf, Sums] = {}
    for leaf, shown, waits in rows:
        if leaf.value(by) not in (MIXED, ""):
            key = _group(leaf, by)
            known = found.get(key)
            if known is None:
                found[key] = Sums(list(shown), waits)
            else:
                total = [a + b for a, b in zip(known.vector, shown, strict=True)]
                found[key] = Sums(total, known.waits or waits)
    return found


def _group(leaf: Leaf, by: By) -> Leaf:
    bare = Leaf(leaf.kind, leaf.scoring, leaf.period_start, leaf.period_end, MIXED, MIXED, MIXED, MIXED)
    if by is By.MUNICIPALITY:
        return bare
    name = "school_id" if by is By.SCHOOL else by.value
    return _with(bare, name, getattr(leaf, name))


def _with(leaf: Leaf, attribute: str, value: str) -> Leaf:
    return Leaf(**{**leaf._asdict(), attribute: value})
