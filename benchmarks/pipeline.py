"""Events per second from Kafka through the ledger and the custody projection, beside two yardsticks in the same run.

(a) the raw limit: drain the same records with aiokafka and write each batch at once, nothing else: with one multi-row
    INSERT over arrays (`raw_insert`), and with one COPY (`raw_copy`), the fastest that PostgreSQL takes;
(b) the usual design: a FastStream handler per message, decoded by pydantic, one SQLModel session and commit per event.

All three read the same topic on the same broker and write to the same PostgreSQL. Prints medians and ratios as JSON.
Run: `make bench` or `python benchmarks/pipeline.py --events 100000 --rounds 3`.
"""

import argparse
import asyncio
import json
import secrets
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from ewaste.contracts.envelope import source_of, with_sequence
from ewaste.contracts.events.dropoff import Category, Channel, ItemDropped
from ewaste.contracts.fields import Context
from ewaste.contracts.ids import uuid7
from ewaste.contracts.registry import type_for, write_event
from ewaste.contracts.topics import TOPICS, topic_of
from ewaste.local.infra import Infra
from ewaste.runtime.app import App, Role
from ewaste.runtime.testing import Stack, prepared
from ewaste.traceability.app import build_app
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.ledger.storage import head
from ewaste.traceability.settings import Settings
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from pydantic import BaseModel
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import BigInteger, Column
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlmodel import Field, SQLModel

_TOPIC = topic_of(Context.DROPOFF)
_CONSOLE = Console(stderr=True)


@dataclass(frozen=True)
class Plan:
    events: int
    usual_events: int
    rounds: int


def _value(number: int, bag: int) -> tuple[bytes, bytes]:
    data = ItemDropped(
        item_id=str(uuid7()),
        bag_id=f"bag-{bag:06}",
        point_id=f"cm-{bag % 120:03}",
        category=Category.PHONE,
        channel=Channel.APP,
        estimated_grams=90,
    )
    value = write_event(
        type_for(Context.DROPOFF, ItemDropped),
        data,
        id=uuid7(),
        source=source_of("chiangmai", Context.DROPOFF),
        time=datetime.now(UTC),
    )
    return data.bag_id.encode(), with_sequence(value, number)


async def fill(stack: Stack, events: int) -> int:
    """Publish the events; returns the mean size of a value in bytes."""
    producer = AIOKafkaProducer(
        bootstrap_servers=stack.kafka_servers, acks="all", enable_idempotence=True, linger_ms=5,
        max_batch_size=262_144, compression_type="lz4",
    )  # fmt: skip
    await producer.start()
    size = 0
    try:
        with Progress(console=_CONSOLE, transient=True) as bar:
            task = bar.add_task("publishing events", total=events)
            for start in range(0, events, 2000):
                batch = [_value(n, n // 17) for n in range(start, min(events, start + 2000))]
                size += sum(len(value) for _, value in batch)
                await asyncio.gather(*[await producer.send(_TOPIC, value, key=key) for key, value in batch])
                bar.update(task, advance=len(batch))
    finally:
        await producer.stop()
    return size // events


async def _until(total: int, count: Callable[[], Awaitable[int]]) -> None:
    while await count() < total:  # noqa: ASYNC110 - the count is in the database
        await asyncio.sleep(0.02)


async def ours(stack: Stack, plan: Plan) -> float:
    """The traceability service's worker as it ships: sequencer, ledger, custody projection."""
    app: App = build_app(await prepared(stack, Settings))
    watcher = await asyncpg.connect(app.settings.service_database_url.replace("+asyncpg", ""))

    async def projected() -> int:
        return int(await watcher.fetchval("SELECT size FROM projection WHERE name = 'custody'"))

    async with app.running(Role.WORKER):
        await _until(1, projected)
        began, first = time.perf_counter(), await projected()
        await _until(plan.events, projected)
        seconds = time.perf_counter() - began
        async with app.database.transaction() as tx:
            assert (await head(tx, Ledger.CUSTODY)).size == plan.events
    touches = await watcher.fetchval("SELECT count(*) FROM custody_touch")
    assert touches == plan.events, f"{touches} touches for {plan.events} events"
    await watcher.close()
    return (plan.events - first) / seconds


async def _fresh_table(stack: Stack, ddl: str) -> "tuple[str, asyncpg.Connection[asyncpg.Record]]":
    name = f"bench_{secrets.token_hex(4)}"
    admin = await asyncpg.connect(f"{stack.database_url}/postgres")
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    connection = await asyncpg.connect(f"{stack.database_url}/{name}")
    await connection.execute(ddl)
    return f"{stack.database_url}/{name}", connection


_RAW_TABLE = "CREATE TABLE raw (topic text, part int, off bigint, value bytea, PRIMARY KEY (topic, part, off))"


_Write = Callable[["asyncpg.Connection[asyncpg.Record]", list[tuple[Any, ...]]], Awaitable[object]]


async def _insert(connection: "asyncpg.Connection[asyncpg.Record]", rows: list[tuple[Any, ...]]) -> None:
    statement = "INSERT INTO raw SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bytea[])"
    await connection.execute(statement, *(list(column) for column in zip(*rows, strict=True)))


async def _copy(connection: "asyncpg.Connection[asyncpg.Record]", rows: list[tuple[Any, ...]]) -> None:
    await connection.copy_records_to_table("raw", columns=("topic", "part", "off", "value"), records=rows)


async def raw_insert(stack: Stack, plan: Plan, topic: str = _TOPIC) -> float:
    """Drain and write each batch with one multi-row INSERT."""
    return await _raw_limit(stack, plan, topic, _insert)


async def raw_copy(stack: Stack, plan: Plan, topic: str = _TOPIC) -> float:
    """Drain and write each batch with one COPY."""
    return await _raw_limit(stack, plan, topic, _copy)


async def _raw_limit(stack: Stack, plan: Plan, topic: str, write: _Write) -> float:
    """Nothing is decoded, checked or hashed."""
    _, connection = await _fresh_table(stack, _RAW_TABLE)
    kafka = AIOKafkaConsumer(
        bootstrap_servers=stack.kafka_servers, enable_auto_commit=False, auto_offset_reset="earliest",
        fetch_max_bytes=16_777_216, max_partition_fetch_bytes=4_194_304,
    )  # fmt: skip
    await kafka.start()
    partitions = [TopicPartition(topic, number) for number in range(12)]
    kafka.assign(partitions)
    await kafka.seek_to_beginning(*partitions)
    seen, began, first = 0, 0.0, 0
    while seen < plan.events:
        fetched = await kafka.getmany(timeout_ms=500, max_records=2000)
        rows = [(r.topic, r.partition, r.offset, r.value) for records in fetched.values() for r in records]
        if rows:
            await write(connection, rows)
            seen += len(rows)
        if rows and not began:
            # Both start the clock when the first batch is in: joining and connecting is not what is compared.
            began, first = time.perf_counter(), seen
    seconds = time.perf_counter() - began
    await kafka.stop()
    await connection.close()
    return (plan.events - first) / seconds


class _Drop(BaseModel):
    item_id: str
    bag_id: str
    point_id: str
    category: str


class _DropEvent(BaseModel):
    id: UUID
    source: str
    type: str
    time: datetime
    data: _Drop


class _UsualRow(SQLModel, table=True):
    __tablename__: ClassVar[Any] = "usual"

    event_id: UUID = Field(primary_key=True)
    item_id: str = Field(index=True)
    bag_id: str = Field(index=True)
    point_id: str
    category: str
    dropped_at: str
    offset: int = Field(sa_column=Column(BigInteger))


async def usual(stack: Stack, plan: Plan) -> float:
    """What one would write first: a handler per message and a session per event."""
    url, connection = await _fresh_table(stack, "SELECT 1")
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"))
    async with engine.begin() as ddl:
        await ddl.run_sync(SQLModel.metadata.create_all)
    broker = KafkaBroker(stack.kafka_servers, logger=None)
    done = asyncio.Event()
    progress = {"seen": 0, "began": 0.0, "ended": 0.0}

    @broker.subscriber(
        _TOPIC, group_id=f"usual-{secrets.token_hex(4)}", auto_offset_reset="earliest", ack_policy=AckPolicy.ACK
    )
    async def on_drop(event: _DropEvent, message: KafkaMessage) -> None:
        progress["began"] = progress["began"] or time.perf_counter()
        record: Any = message.raw_message
        async with AsyncSession(engine) as session:
            session.add(
                _UsualRow(
                    event_id=event.id,
                    dropped_at=event.time.isoformat(),
                    offset=record.offset,
                    **event.data.model_dump(),
                )
            )
            await session.commit()
        progress["seen"] += 1
        if progress["seen"] == plan.usual_events:
            progress["ended"] = time.perf_counter()
            done.set()

    async with broker:
        await broker.start()
        await asyncio.wait_for(done.wait(), 600)
    await engine.dispose()
    await connection.close()
    return plan.usual_events / (progress["ended"] - progress["began"])


async def run(stack: Stack, plan: Plan) -> dict[str, Any]:
    """Rounds of all three in turn, so that a slow minute of the machine hits each of them."""
    size = await fill(stack, plan.events)
    contenders = {"ours": ours, "raw_insert": raw_insert, "raw_copy": raw_copy, "usual": usual}
    measured: dict[str, list[float]] = {name: [] for name in contenders}
    with Progress(console=_CONSOLE, transient=True) as bar:
        task = bar.add_task("measuring", total=plan.rounds * len(contenders))
        for _ in range(plan.rounds):
            for name, contender in contenders.items():
                measured[name].append(await contender(stack, plan))
                bar.update(task, advance=1, description=f"measured {name}")
    median = {name: statistics.median(values) for name, values in measured.items()}
    return {
        "events": plan.events,
        "bytes_per_event": size,
        "rounds": plan.rounds,
        "events_per_second": {name: [round(v) for v in sorted(values)] for name, values in measured.items()},
        "median_events_per_second": {name: round(value) for name, value in median.items()},
        "ours_over_raw_insert": round(median["ours"] / median["raw_insert"], 3),
        "ours_over_raw_copy": round(median["ours"] / median["raw_copy"], 3),
        "ours_over_usual": round(median["ours"] / median["usual"], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--usual-events", type=int, default=3_000, help="the usual design is measured over fewer")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with Infra() as infra:
        infra.create_topics(TOPICS)
        stack = Stack(infra.kafka_servers, infra.database_url)
        result = asyncio.run(
            run(stack, Plan(options.events, min(options.usual_events, options.events), options.rounds))
        )
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
