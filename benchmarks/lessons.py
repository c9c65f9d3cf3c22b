"""A simulated term of lessons through the real broker into the education service, beside raw limits in the same run.

The term: learners of many schools complete 40 lessons each, nearly all in school hours, and answer the wellness
questionnaire before and after. Two things are measured, each beside what this machine does at best with the same bytes:

(a) publishing: facts into the outbox, numbered, sent and stamped by the relay; beside the outbox's rows written with
    COPY and sent by a bare idempotent producer (`raw_publish`);
(b) projecting: the index by school, gains and lessons, as the service's worker keeps them; beside draining the topic
    and writing each batch at once, with one multi-row INSERT (`raw_insert`) or one COPY (`raw_copy`), nothing else.

While (b) runs, a reader asks for the index by school; how often it was told another one, and how long the slowest
answer took, is printed. Run: `python benchmarks/lessons.py --events 1000000 --schools 11`.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

import asyncpg
import pipeline
from aiokafka import AIOKafkaProducer
from ewaste.contracts.envelope import with_sequence
from ewaste.contracts.events.education import (
    AgeBand,
    Assessment,
    AssessmentScored,
    Audience,
    Cohort,
    Dimension,
    DimensionScore,
    Grade,
    LessonCompleted,
    Occasion,
)
from ewaste.contracts.fields import Context
from ewaste.contracts.topics import TOPICS, topic_of
from ewaste.education.app import build_app
from ewaste.education.settings import Settings
from ewaste.education.wellness import storage
from ewaste.education.wellness.index import index_groups
from ewaste.education.wellness.scoring import read_scoring
from ewaste.education.wellness.tallies import By, Kind
from ewaste.local.infra import Infra
from ewaste.runtime.app import App, Role
from ewaste.runtime.outbox import Fact, Outbox
from ewaste.runtime.testing import Stack, prepared
from rich.console import Console
from rich.progress import Progress

_TOPIC: Final = topic_of(Context.EDUCATION)
_CONSOLE: Final = Console(stderr=True)
_LESSONS: Final = 40
_AT_ONCE: Final = 2_000
_TERM_BEGINS: Final = datetime(2026, 11, 2, tzinfo=UTC)
# Of a hundred lessons so many begin in each hour of a Thai day (UTC+7): school, then homework.
_HOURS: Final = {8: 8, 9: 16, 10: 18, 11: 12, 13: 16, 14: 14, 15: 6, 18: 3, 19: 4, 20: 3}
_GRADES: Final = (Grade.P4, Grade.P5, Grade.P6, Grade.M1, Grade.M2, Grade.M3)


@dataclass(frozen=True)
class Plan:
    events: int
    schools: int
    rounds: int

    @property
    def learners(self) -> int:
        """Each has 40 lessons and two questionnaires."""
        return max(1, self.events // (_LESSONS + 2))


def term(plan: Plan) -> Iterator[Fact]:
    """The term's facts in the order of time; the same plan gives the same term, but for event ids."""
    random = Random(7)
    learners = [
        (str(UUID(int=random.getrandbits(128), version=4)), _cohort(random, plan)) for _ in range(plan.learners)
    ]
    days = [_TERM_BEGINS + timedelta(days=n) for n in range(140) if (_TERM_BEGINS + timedelta(days=n)).weekday() < 5]
    each = -(-plan.events // len(days))
    told = 0
    for number, day in enumerate(days):
        moments = sorted(_moment(random, day) for _ in range(min(each, plan.events - told)))
        for place, moment in enumerate(moments):
            learner_id, cohort = learners[random.randrange(len(learners))]
            yield Fact(_data(random, learner_id, cohort, number * 2 // len(days), place), moment)
        told += len(moments)


def _cohort(random: Random, plan: Plan) -> Cohort:
    # Few schools are large and many are small.
    school = min(int(random.paretovariate(1.1)) - 1, plan.schools - 1) if plan.schools > 1 else 0
    if random.random() < 0.6:
        school = random.randrange(plan.schools)
    grade = random.choice(_GRADES)
    band = AgeBand.FROM_10 if grade.startswith("P") else AgeBand.FROM_13
    return Cohort(audience=Audience.PUPIL, school_id=f"school-{school:05}", grade=grade, age_band=band)


def _moment(random: Random, day: datetime) -> datetime:
    hour = random.choices(list(_HOURS), list(_HOURS.values()))[0]
    return day + timedelta(hours=hour - 7, seconds=random.randrange(3600))


def _data(random: Random, learner_id: str, cohort: Cohort, half: int, place: int) -> LessonCompleted | AssessmentScored:
    if place % (_LESSONS + 2) < 2:
        scores = [min(10_000, random.randrange(2_000, 9_000) + 1_000 * half) for _ in Dimension]
        return AssessmentScored(
            learner_id=learner_id,
            course_id="cyber-sample",
            assessment_id=f"wellness-{half}-{place}",
            kind=Assessment.WELLNESS,
            cohort=cohort,
            score_basis_points=sum(scores) // len(scores),
            dimensions=tuple(
                DimensionScore(dimension=one, score_basis_points=n) for one, n in zip(Dimension, scores, strict=True)
            ),
            occasion=Occasion.AFTER if half else Occasion.BEFORE,
        )
    return LessonCompleted(
        learner_id=learner_id,
        course_id="cyber-sample",
        course_version=1,
        lesson_id=f"lesson-{place % _LESSONS}",
        cohort=cohort,
        score_basis_points=random.randrange(4_000, 10_001),
        duration_seconds=random.randrange(120, 420),
    )


@dataclass
class Published:
    """How long the facts took into the outbox, and until all were acknowledged by the broker and stamped."""

    lessons: int = 0
    written_seconds: float = 0.0
    published_seconds: float = 0.0


async def publish(app: App, plan: Plan) -> Published:
    """Tell the term as handlers do. What making it up costs is not counted."""
    watcher = await asyncpg.connect(app.settings.service_database_url.replace("+asyncpg", ""))
    outbox, facts = Outbox(app.settings), term(plan)

    async def published() -> int:
        return int(await watcher.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NOT NULL"))

    found, made = Published(), 0.0
    with Progress(console=_CONSOLE, transient=True) as bar:
        task = bar.add_task("telling the term", total=plan.events)
        async with app.running(Role.RELAY):
            began = time.perf_counter()
            for start in range(0, plan.events, _AT_ONCE):
                making = time.perf_counter()
                batch = [next(facts) for _ in range(min(_AT_ONCE, plan.events - start))]
                found.lessons += sum(isinstance(fact.data, LessonCompleted) for fact in batch)
                made += time.perf_counter() - making
                async with app.database.transaction() as tx:
                    await outbox.add(tx, *batch)
                bar.update(task, advance=len(batch))
            found.written_seconds = time.perf_counter() - began - made
            while await published() < plan.events:  # noqa: ASYNC110 - the count is in the database
                await asyncio.sleep(0.1)
            found.published_seconds = time.perf_counter() - began - made
    await watcher.close()
    return found


async def raw_publish(stack: Stack, app: App, plan: Plan) -> float:
    """The same bytes, COPYed into a table with the outbox's key and sent by a bare producer to another topic."""
    watcher = await asyncpg.connect(app.settings.service_database_url.replace("+asyncpg", ""))
    await watcher.execute("CREATE TABLE raw_outbox (position bigint PRIMARY KEY, topic text, key text, payload bytea)")
    producer = AIOKafkaProducer(
        bootstrap_servers=stack.kafka_servers, acks="all", enable_idempotence=True, linger_ms=5,
        max_batch_size=262_144, compression_type="lz4",
    )  # fmt: skip
    await producer.start()
    seconds = 0.0
    for start in range(0, plan.events, _AT_ONCE):
        rows = await watcher.fetch(
            "SELECT position, aggregatetype, aggregateid, payload FROM outbox WHERE position > $1 "
            "ORDER BY position LIMIT $2", start, _AT_ONCE,
        )  # fmt: skip
        began = time.perf_counter()
        await watcher.copy_records_to_table("raw_outbox", records=[tuple(row) for row in rows])
        sent = [
            await producer.send(f"{_TOPIC}.raw", with_sequence(row["payload"], row["position"]),
                                key=row["aggregateid"].encode())
            for row in rows
        ]  # fmt: skip
        await asyncio.gather(*sent)
        seconds += time.perf_counter() - began
    await producer.stop()
    await watcher.execute("DROP TABLE raw_outbox")
    await watcher.close()
    return plan.events / seconds


@dataclass
class Watched:
    """What a reader of the index saw while the term ran through."""

    answers: int = 0
    changes: int = 0
    slowest_ms: float = 0.0
    _last: object = None

    async def look(self, app: App) -> None:
        began = time.perf_counter()
        async with app.database.transaction() as tx:
            rows = await storage.read(tx, [Kind.BEFORE, Kind.AFTER])
        seen = [(one.group_id, one.kind, one.learners) for one in index_groups(rows, By.SCHOOL, read_scoring(), ())]
        self.answers += 1
        self.changes += seen != self._last
        self.slowest_ms = max(self.slowest_ms, 1000 * (time.perf_counter() - began))
        self._last = seen


async def ours(stack: Stack, plan: Plan, lessons: int) -> tuple[float, Watched]:
    """The education service's worker as it ships, on a fresh database."""
    app = build_app(await prepared(stack, Settings, city="term"))
    watcher = await asyncpg.connect(app.settings.service_database_url.replace("+asyncpg", ""))
    watched = Watched()

    async def projected() -> int:
        return int(
            await watcher.fetchval(
                "SELECT coalesce(sum(next_offset), 0) FROM position WHERE consumer = 'education.wellness'"
            )
        )

    async with app.running(Role.WORKER):
        while not (first := await projected()):  # noqa: ASYNC110 - the count is in the database
            await asyncio.sleep(0.01)
        began = looked = time.perf_counter()
        while await projected() < plan.events:
            await asyncio.sleep(0.05)
            if time.perf_counter() > looked + 0.5:
                await watched.look(app)
                looked = time.perf_counter()
        seconds = time.perf_counter() - began
        await watched.look(app)
    counted = await watcher.fetchval("SELECT sum(shown[1] + waiting[1]) FROM tally WHERE kind = 'lessons'")
    assert counted == lessons, f"{counted} lessons counted of {lessons}"
    await watcher.close()
    return (plan.events - first) / seconds, watched


async def run(stack: Stack, plan: Plan) -> dict[str, Any]:
    """Publish once, then rounds of all projections in turn, so that a slow minute hits each of them."""
    app = build_app(await prepared(stack, Settings, city="term"))
    told = await publish(app, plan)
    bare = await raw_publish(stack, app, plan)
    await app.database.close()
    raw = pipeline.Plan(plan.events, 0, plan.rounds)
    limits: dict[str, Callable[[], Awaitable[float]]] = {
        "raw_insert": lambda: pipeline.raw_insert(stack, raw, _TOPIC),
        "raw_copy": lambda: pipeline.raw_copy(stack, raw, _TOPIC),
    }
    measured: dict[str, list[float]] = {"ours": [], **{name: [] for name in limits}}
    watched = Watched()
    for _ in range(plan.rounds):
        speed, watched = await ours(stack, plan, told.lessons)
        measured["ours"].append(speed)
        for name, limit in limits.items():
            measured[name].append(await limit())
    median = {name: statistics.median(values) for name, values in measured.items()}
    return {
        "events": plan.events,
        "learners": plan.learners,
        "schools": plan.schools,
        "rounds": plan.rounds,
        "publishing": {
            "into_outbox_per_second": round(plan.events / told.written_seconds),
            "published_per_second": round(plan.events / told.published_seconds),
            "raw_publish_per_second": round(bare),
            "published_over_raw": round(plan.events / told.published_seconds / bare, 3),
        },
        "projecting": {
            "events_per_second": {name: [round(v) for v in sorted(values)] for name, values in measured.items()},
            "ours_over_raw_insert": round(median["ours"] / median["raw_insert"], 3),
            "ours_over_raw_copy": round(median["ours"] / median["raw_copy"], 3),
        },
        "index_by_school_meanwhile": {
            "answers": watched.answers,
            "answers_that_differed": watched.changes,
            "slowest_answer_ms": round(watched.slowest_ms),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--schools", type=int, default=11)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with Infra() as infra:
        infra.create_topics([*TOPICS, replace(TOPICS[0], name=f"{_TOPIC}.raw")])
        stack = Stack(infra.kafka_servers, infra.database_url)
        result = asyncio.run(run(stack, Plan(options.events, options.schools, options.rounds)))
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
