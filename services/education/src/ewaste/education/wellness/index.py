"""What a group is told of itself: means with intervals, shares of levels, gains; from sums of whole atoms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from ewaste.contracts.events.education import Dimension
from ewaste.education.wellness.intervals import mean_interval, rounded_mean, wilson_interval
from ewaste.education.wellness.national import NationalFigures
from ewaste.education.wellness.scoring import Level, Scoring
from ewaste.education.wellness.tallies import MEASURES, MIXED, By, Leaf, Sums, group_by

__all__ = ["Comparison", "Estimate", "Group", "LessonCount", "Measured", "Share", "gain_groups", "index_groups",
           "lesson_groups"]  # fmt: skip

_LEVELS: Final = tuple(Level)
_PLACES: Final = len(MEASURES)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Basis points, with the 95 % interval."""

    basis_points: int
    low_basis_points: int
    high_basis_points: int


@dataclass(frozen=True, slots=True)
class Share:
    """Learners at one level."""

    level: Level
    learners: int
    share: Estimate


@dataclass(frozen=True, slots=True)
class Comparison:
    """The newest national figure that was published for this."""

    year: int
    basis_points: int
    difference_basis_points: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of a group: the whole score or a dimension."""

    measure: str
    mean: Estimate
    level: Level | None = None
    """Of the mean; None for a gain, and where other cut-offs were in force than today's."""
    levels: tuple[Share, ...] = ()
    national: Comparison | None = None


@dataclass(frozen=True, slots=True)
class LessonCount:
    lessons: int
    mean_score_basis_points: int | None
    mean_duration_seconds: int | None


@dataclass(frozen=True, slots=True)
class Group:
    """A group in a period. Where `suppressed`, fewer than five learners can be told apart from others: no numbers."""

    by: By
    group_id: str
    period_start: date
    period_end: date
    kind: str
    configuration: str = ""
    """By which scores and levels were made; empty where there are none."""
    learners: int | None = None
    measures: tuple[Measured, ...] = ()
    lessons: LessonCount | None = None

    @property
    def suppressed(self) -> bool:
        return self.learners is None and self.lessons is None


Row = tuple[Leaf, Sequence[int], bool]


def index_groups(rows: Iterable[Row], by: By, scoring: Scoring, national: Sequence[NationalFigures]) -> list[Group]:
    """The index of every group that has learners."""
    return [
        _group(leaf, by, sums, _index(scoring, national, leaf.scoring, sums.vector) if sums.vector[0] else ())
        for leaf, sums in group_by(rows, by).items()
    ]


def gain_groups(rows: Iterable[Row], by: By) -> list[Group]:
    """How much higher the scores were afterwards, per learner."""
    return [
        _group(leaf, by, sums, _gains(sums.vector) if sums.vector[0] else ())
        for leaf, sums in group_by(rows, by).items()
    ]


def lesson_groups(rows: Iterable[Row], by: By) -> list[Group]:
    """Completed lessons. How many learners they are of isn't told: a learner has many."""
    found = []
    for leaf, (vector, _) in group_by(rows, by).items():
        count, scored, total, _, timed, seconds = vector
        lessons = LessonCount(count, _mean(total, scored), _mean(seconds, timed)) if count else None
        found.append(_bare(leaf, by, lessons=lessons))
    return found


def _group(leaf: Leaf, by: By, sums: Sums, measures: tuple[Measured, ...]) -> Group:
    return _bare(leaf, by, learners=sums.vector[0] or None, measures=measures)


def _bare(
    leaf: Leaf,
    by: By,
    *,
    learners: int | None = None,
    measures: tuple[Measured, ...] = (),
    lessons: LessonCount | None = None,
) -> Group:
    kind = leaf.kind.partition(".")[2] or leaf.kind
    group_id = leaf.value(by)
    assert group_id != MIXED, "a group is made of what is told apart"
    return Group(by, group_id, leaf.period_start, leaf.period_end, kind, leaf.scoring, learners, measures, lessons)


def _index(
    scoring: Scoring, national: Sequence[NationalFigures], own: str, vector: Sequence[int]
) -> tuple[Measured, ...]:
    n, totals, squares, levels = _parts(vector)
    name, found = scoring.name, []
    for place, measure in enumerate(MEASURES):
        mean = _estimate(n, totals[place], squares[place])
        counts = levels[place * len(_LEVELS) : (place + 1) * len(_LEVELS)]
        shares = tuple(Share(level, k, _share(n, k)) for level, k in zip(_LEVELS, counts, strict=True))
        level = scoring.level(mean.basis_points) if own == name else None
        found.append(Measured(measure, mean, level, shares, _compare(national, measure, mean.basis_points)))
    return tuple(found)


def _gains(vector: Sequence[int]) -> tuple[Measured, ...]:
    places = (len(vector) - 1) // 2
    n, totals, squares = vector[0], vector[1 : 1 + places], vector[1 + places :]
    return tuple(
        Measured(measure, _estimate(n, total, square, least=-10_000))
        for measure, total, square in zip(MEASURES, totals, squares, strict=False)
    )


def _parts(vector: Sequence[int]) -> tuple[int, Sequence[int], Sequence[int], Sequence[int]]:
    return vector[0], vector[1 : 1 + _PLACES], vector[1 + _PLACES : 1 + 2 * _PLACES], vector[1 + 2 * _PLACES :]


def _estimate(n: int, total: int, squares: int, *, least: int = 0) -> Estimate:
    interval = mean_interval(n, total, squares, least=least)
    return Estimate(rounded_mean(total, n), interval.low, interval.high)


def _share(n: int, k: int) -> Estimate:
    interval = wilson_interval(n, k)
    return Estimate(rounded_mean(10_000 * k, n), interval.low, interval.high)


def _mean(total: int, n: int) -> int | None:
    return rounded_mean(total, n) if n else None


def _compare(national: Sequence[NationalFigures], measure: str, own: int) -> Comparison | None:
    for figures in reversed(national):
        published = (
            figures.dimension_basis_points[Dimension(measure)]
            if measure in set(Dimension)
            else figures.mean_basis_points
        )
        if published is not None:
            return Comparison(figures.year, published, own - published)
    return None
