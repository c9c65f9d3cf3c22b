"""From facts to tallies, a batch at a time: each fact counts once, whoever sends it again.

The relay publishes in the order of `sequence`, and a producer that is idempotent keeps that order in each partition. So
one high-water mark per partition tells a repeated fact from a new one, however long ago it was first sent.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from ewaste.contracts.events.education import Assessment, Dimension, Occasion
from ewaste.education.people.model import School
from ewaste.education.wellness import storage
from ewaste.education.wellness.facts import CohortPart, Heard, Lesson, Scored, heard_facts
from ewaste.education.wellness.periods import Period, Periods, local_day
from ewaste.education.wellness.scoring import Scoring
from ewaste.education.wellness.storage import Half
from ewaste.education.wellness.tallies import Kind, Leaf, Pile, add_to, gain_vector, index_vector
from ewaste.evidence.ledger.record import Record
from ewaste.runtime.database import Transaction

__all__ = ["Counter"]

_DIMENSIONS: Final = tuple(Dimension)
_INDEX: Final = {Occasion.BEFORE: Kind.BEFORE, Occasion.AFTER: Kind.AFTER, Occasion.CHECK: Kind.CHECK}
_GAIN: Final = {"wellness": Kind.WELLNESS_GAIN, "test": Kind.TEST_GAIN}
_TESTS: Final = {Assessment.PRE_TEST: Occasion.BEFORE, Assessment.POST_TEST: Occasion.AFTER}


class Counter:
    """What `on_records` of the subscription runs."""

    def __init__(self, source: str, scoring: Scoring, periods: Periods, schools: Mapping[str, School]) -> None:
        self._source = source
        self._scoring = scoring
        self._periods = periods
        self._khwaeng = {school.school_id: school.khwaeng or "" for school in schools.values()}

    async def count(self, tx: Transaction, records: Sequence[Record]) -> None:
        """Count what these records tell; in the transaction that moves the consumer's positions."""
        facts = await _fresh(tx, list(heard_facts(records, self._source)))
        piles: dict[Leaf, Pile] = {}
        scored: list[tuple[Scored, Heard]] = []
        for fact in facts:
            if isinstance(fact.data, Lesson):
                self._lesson(piles, fact, fact.data)
            else:
                scored.append((fact.data, fact))
        if scored:
            await self._index(tx, piles, scored)
            await self._gains(tx, piles, scored)
        await storage.add(tx, piles, self._fewest)

    @property
    def _fewest(self) -> int:
        return self._scoring.shown.fewest_learners

    def _lesson(self, piles: dict[Leaf, Pile], fact: Heard, lesson: Lesson) -> None:
        score, seconds = lesson.score_basis_points, lesson.duration_seconds
        vector = (1, int(score is not None), score or 0, (score or 0) ** 2, int(seconds is not None), seconds or 0)
        leaf = self._leaf(Kind.LESSONS, self._periods.of(fact.time), lesson.cohort)
        add_to(piles, leaf, vector, lesson.learner_id, self._fewest)

    async def _index(self, tx: Transaction, piles: dict[Leaf, Pile], scored: Iterable[tuple[Scored, Heard]]) -> None:
        """A learner's first complete answers of a period and occasion."""
        found: dict[tuple[str, date, UUID], tuple[Leaf, list[int]]] = {}
        for one, fact in scored:
            scores = _scores(one) if one.kind is Assessment.WELLNESS else None
            if scores is not None:
                kind = _INDEX[one.occasion or Occasion.CHECK]
                period = self._periods.of(fact.time)
                found.setdefault(
                    (kind.value, period.start, one.learner_id), (self._leaf(kind, period, one.cohort), scores)
                )
        for key in await storage.count(tx, found):
            leaf, scores = found[key]
            add_to(piles, leaf, index_vector(self._scoring, scores), str(key[2]), self._fewest)

    async def _gains(self, tx: Transaction, piles: dict[Leaf, Pile], scored: Iterable[tuple[Scored, Heard]]) -> None:
        """The gain of whoever has now both been before and after, in the period of the after."""
        pairs: dict[tuple[UUID, str, str], Half] = {}
        cohorts: dict[UUID, CohortPart] = {}
        for one, fact in scored:
            sitting = _sitting(one)
            if sitting is not None:
                measure, occasion, scores = sitting
                cohorts[one.learner_id] = one.cohort
                pair = pairs.setdefault((one.learner_id, one.course_id, measure), Half())
                _sit(pair, occasion, scores, local_day(fact.time))
        for (learner, _, measure), whole in (await storage.pair(tx, pairs)).items():
            leaf = self._leaf(_GAIN[measure], self._periods.of_day(whole.after_day), cohorts[learner])
            add_to(piles, leaf, gain_vector(whole.before, whole.after), str(learner), self._fewest)

    def _leaf(self, kind: Kind, period: Period, cohort: CohortPart) -> Leaf:
        khwaeng = cohort.khwaeng or self._khwaeng.get(cohort.school_id, "")
        return Leaf(kind.value, period.start, period.end, khwaeng, cohort.school_id, cohort.audience, cohort.age_band)


async def _fresh(tx: Transaction, facts: Sequence[Heard]) -> list[Heard]:
    """Those above the mark of their partition; moves the marks. The consumer's positions are locked meanwhile."""
    partitions = {fact.partition for fact in facts}
    if not partitions:
        return []
    marks = await storage.heard(tx, partitions)
    fresh = []
    for fact in facts:
        if fact.sequence > marks.get(fact.partition, -1):
            marks[fact.partition] = fact.sequence
            fresh.append(fact)
    await storage.hear(tx, marks)
    return fresh


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
