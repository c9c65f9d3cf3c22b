"""From facts to tallies, a batch at a time: each fact counts once, whoever sends it again.

The relay publishes in the order of `sequence`, and a producer that is idempotent keeps that order in each partition. So
one high-water mark per partition tells a repeated fact from a new one, however long ago it was first sent.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from ewaste.contracts.events.education import Assessment, Dimension, Occasion
from ewaste.education.people.model import School
from ewaste.education.wellness import storage
from ewaste.education.wellness.facts import CohortPart, Lesson, Scored, hear
from ewaste.education.wellness.periods import Period, Periods, local_day
from ewaste.education.wellness.scoring import Scoring
from ewaste.education.wellness.storage import Half
from ewaste.education.wellness.tallies import Kind, Leaf, Pile, gain_vector, index_vector, put
from ewaste.evidence.ledger.record import Record
from ewaste.runtime.database import Transaction

__all__ = ["Counter"]

_DIMENSIONS: Final = tuple(Dimension)
_INDEX: Final = {Occasion.BEFORE: Kind.BEFORE, Occasion.AFTER: Kind.AFTER, Occasion.CHECK: Kind.CHECK}
_SCORED_KINDS: Final = frozenset({*_INDEX.values(), Kind.WELLNESS_GAIN})
_GAIN: Final = {"wellness": Kind.WELLNESS_GAIN, "test": Kind.TEST_GAIN}
_TESTS: Final = {Assessment.PRE_TEST: Occasion.BEFORE, Assessment.POST_TEST: Occasion.AFTER}


class Counter:
    """What `on_records` of the subscription runs."""

    def __init__(self, source: str, scoring: Scoring, periods: Periods, schools: Mapping[str, School]) -> None:
        self._source = source
        self._scoring = scoring
        self._name = scoring.name
        self._periods = periods
        self._known: dict[str, Period] = {}
        """By hour in UTC: some thousands in a year."""
        self._khwaeng = {school.school_id: school.khwaeng or "" for school in schools.values()}

    async def count(self, tx: Transaction, records: Sequence[Record]) -> None:
        """Count what these records tell; in the transaction that moves the consumer's positions, which are locked."""
        marks = await storage.heard(tx, {record.partition for record in records})
        before = dict(marks)
        lessons, scored = hear(records, self._source, marks)
        if marks == before:
            return
        await storage.hear(tx, marks)
        piles: dict[Leaf, Pile] = {}
        self._lessons(piles, lessons)
        if scored:
            await self._index(tx, piles, scored)
            await self._gains(tx, piles, scored)
        await storage.add(tx, piles, self._fewest)

    @property
    def _fewest(self) -> int:
        return self._scoring.shown.fewest_learners

    def _lessons(self, piles: dict[Leaf, Pile], lessons: Iterable[tuple[str, Lesson]]) -> None:
        """By cohort first: a leaf and a sum for each lesson would cost more than all the rest."""
        found: dict[tuple[date, CohortPart], list[Lesson]] = {}
        for time, lesson in lessons:
            start = self._period(time).start
            if (some := found.get((start, lesson.cohort))) is None:
                found[(start, lesson.cohort)] = [lesson]
            else:
                some.append(lesson)
        for (start, cohort), some in found.items():
            leaf = self._leaf(Kind.LESSONS, self._periods.of_day(start), cohort)
            put(piles, leaf, _lesson_vector(some), {one.learner_id for one in some}, self._fewest)

    def _period(self, time: str) -> Period:
        hour = time[:13]
        if (found := self._known.get(hour)) is None:
            found = self._known[hour] = self._periods.of_day(_local_day(hour))
        return found

    async def _index(self, tx: Transaction, piles: dict[Leaf, Pile], scored: Iterable[tuple[str, Scored]]) -> None:
        """A learner's first complete answers of a period and occasion."""
        found: dict[tuple[str, date, UUID], tuple[Leaf, list[int]]] = {}
        for time, one in scored:
            scores = _scores(one) if one.kind is Assessment.WELLNESS else None
            if scores is not None:
                kind = _INDEX[one.occasion or Occasion.CHECK]
                period = self._period(time)
                found.setdefault(
                    (kind.value, period.start, one.learner_id), (self._leaf(kind, period, one.cohort), scores)
                )
        for key in await storage.count(tx, found):
            leaf, scores = found[key]
            put(piles, leaf, index_vector(self._scoring, scores), {str(key[2])}, self._fewest)

    async def _gains(self, tx: Transaction, piles: dict[Leaf, Pile], scored: Iterable[tuple[str, Scored]]) -> None:
        """The gain of whoever has now both been before and after, in the period of the after."""
        pairs: dict[tuple[UUID, str, str], Half] = {}
        cohorts: dict[UUID, CohortPart] = {}
        for time, one in scored:
            sitting = _sitting(one)
            if sitting is not None:
                measure, occasion, scores = sitting
                cohorts[one.learner_id] = one.cohort
                pair = pairs.setdefault((one.learner_id, one.course_id, measure), Half())
                _sit(pair, occasion, scores, _local_day(time[:13]))
        for (learner, _, measure), whole in (await storage.pair(tx, pairs)).items():
            leaf = self._leaf(_GAIN[measure], self._periods.of_day(whole.after_day), cohorts[learner])
            put(piles, leaf, gain_vector(whole.before, whole.after), {str(learner)}, self._fewest)

    def _leaf(self, kind: Kind, period: Period, cohort: CohortPart) -> Leaf:
        khwaeng = cohort.khwaeng or self._khwaeng.get(cohort.school_id, "")
        scoring = self._name if kind in _SCORED_KINDS else ""
        return Leaf(
            kind.value, scoring, period.start, period.end, khwaeng, cohort.school_id, cohort.audience, cohort.age_band
        )


def _local_day(hour: str) -> date:
    """The day in Thailand of an hour such as 2026-11-22T08, in UTC as every envelope's time is written."""
    return local_day(datetime.fromisoformat(f"{hour}:00:00+00:00"))


def _lesson_vector(lessons: Sequence[Lesson]) -> list[int]:
    """Lessons, those with a score, its sum and sum of squares, those with a duration, its sum."""
    scores = [one.score_basis_points for one in lessons if one.score_basis_points is not None]
    seconds = [one.duration_seconds for one in lessons if one.duration_seconds is not None]
    return [len(lessons), len(scores), sum(scores), sum(n * n for n in scores), len(seconds), sum(seconds)]


def _scores(one: Scored) -> list[int] | None:
    """In the order of `MEASURES`; None unless all seven dimensions are there: anything less is another index."""
    known = {score.dimension: score.score_basis_points for score in one.dimensions}
    if any(dimension not in known for dimension in _DIMENSIONS):
        return None
    return [one.score_basis_points, *(known[dimension] for dimension in _DIMENSIONS)]


def _sitting(one: Scored) -> tuple[str, Occasion, list[int]] | None:
    """Measure, before or after, and the scores of what can be half of a gain."""
    if one.kind in _TESTS:
        return "test", _TESTS[one.kind], [one.score_basis_points]
    scores = _scores(one) if one.kind is Assessment.WELLNESS else None
    if scores is None or one.occasion not in (Occasion.BEFORE, Occasion.AFTER):
        return None
    return "wellness", one.occasion, scores


def _sit(pair: Half, occasion: Occasion, scores: list[int], day: date) -> None:
    """The first of a batch stands, as the first of all does."""
    if occasion is Occasion.BEFORE:
        pair.before = pair.before or scores
    elif pair.after is None:
        pair.after, pair.after_day = scores, day
