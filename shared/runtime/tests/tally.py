"""The smallest service that shows how often each event took effect, and the hands of those who write to its topic."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.record.util import calc_crc32c
from ewaste.contracts.events.dropoff import Category, Channel, ItemDropped
from ewaste.contracts.fields import Context
from ewaste.contracts.ids import uuid7
from ewaste.contracts.registry import type_for, write_event
from ewaste.contracts.topics import MAX_RECORD_BYTES, dead_letter_topic
from ewaste.evidence.ledger.record import Record
from ewaste.local.infra import Infra
from ewaste.runtime.app import App, Background
from ewaste.runtime.database import Database, Transaction, driver
from ewaste.runtime.deadletters import from_dead_letter
from ewaste.runtime.http import build_api
from ewaste.runtime.inbox import Received
from ewaste.runtime.outbox import Fact, Outbox
from ewaste.runtime.settings import RuntimeSettings
from ewaste.runtime.subscription import RetryPolicy, Subscription
from ewaste.runtime.tables import RuntimeTable
from ewaste.runtime.testing import Stack, eventually, prepared, records_on
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

SOURCE = "urn:ewaste:test:dropoff"
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
Told = tuple[str, Record]
"""Why a record is in the dead letters, and the record as it first came."""


class Settings(RuntimeSettings):
    context: Literal[Context.DROPOFF] = Context.DROPOFF


class Table(SQLModel, registry=registry()):
    pass


class TallyRow(Table, table=True):
    __tablename__: ClassVar[Any] = "tally"

    item_id: str = Field(primary_key=True)
    times: int
    last: int


@dataclass(frozen=True)
class Spec:
    name: str
    partitions: int
    config: dict[str, str] = field(default_factory=lambda: {"max.message.bytes": str(MAX_RECORD_BYTES)})


def dropped(item_id: str, bag_id: str = "bag-1") -> ItemDropped:
    return ItemDropped(
        item_id=item_id, bag_id=bag_id, point_id="p-1", category=Category.PHONE, channel=Channel.APP, estimated_grams=90
    )


def event(item_id: str, *, id: UUID | None = None, bag_id: str = "bag-1", source: str = SOURCE) -> bytes:
    """The bytes of one event about this item."""
    data = dropped(item_id, bag_id)
    return write_event(type_for(Context.DROPOFF, ItemDropped), data, id=id or uuid7(), source=source, time=NOW)


async def nothing(_items: Sequence[str]) -> None:
    """What happens in the handler beside counting."""


class Tally:
    """A topic of its own, a database of its own, and as many processes as a test makes."""

    def __init__(self, stack: Stack, infra: Infra, settings: Settings, partitions: int) -> None:
        self.stack = stack
        self.infra = infra
        self.settings = settings
        self.name = f"tally-{secrets.token_hex(4)}"
        self.topic = f"ewaste.test.{self.name}"
        self.meanwhile: Callable[[Sequence[str]], Awaitable[None]] = nothing
        """Called in the handler's transaction after it counted."""
        self.retry = RetryPolicy((0.1, 0.1))
        infra.create_topics([Spec(self.topic, partitions)])

    def app(self, **more: Any) -> App:
        """One more process of the service; its subscription answers each item with an event of its own."""
        outbox = Outbox(self.settings)

        async def count(tx: Transaction, events: Sequence[Received]) -> None:
            items = [one.event.data.item_id for one in events if isinstance(one.event.data, ItemDropped)]
            await (await driver(tx)).execute(_COUNT, items, list(range(len(items))))
            await outbox.add(tx, *(Fact(dropped(f"seen-{item}"), NOW) for item in items))
            await self.meanwhile(items)

        return self.app_of(Subscription(self.name, topics=(self.topic,), on_events=count, retry=self.retry), **more)

    def app_of(self, *subscriptions: Subscription, background: tuple[Background, ...] = (), **more: Any) -> App:
        """A process that consumes otherwise."""
        settings = self.settings.model_copy(update=more)
        return App(settings, Database(settings), build_api("Tally", "For tests"), subscriptions, background)

    async def send(self, *values: bytes | None, partition: int = 0, headers: Sequence[tuple[str, bytes]] = ()) -> None:
        async with self.producer() as producer:
            for value in values:
                await producer.send(self.topic, value, key=b"key", partition=partition, headers=list(headers))

    async def send_nothing(self) -> None:
        """A record without key, value and headers."""
        async with self.producer() as producer:
            batch = producer.create_batch()
            batch.append(timestamp=None, key=None, value=None)
            await (await producer.send_batch(batch, self.topic, partition=0))

    async def send_with_name(self, name: bytes, *values: bytes) -> None:
        """One batch whose records have a header of this name, which no honest client would write."""
        async with self.producer() as producer:
            batch = producer.create_batch()
            placeholder = "~" * len(name)
            for value in values:
                batch.append(timestamp=None, key=b"key", value=value, headers=[(placeholder, b"content")])
            written = batch._build()
            written[:] = written.replace(placeholder.encode(), name)
            written[17:21] = calc_crc32c(bytes(written[21:])).to_bytes(4, "big")
            await (await producer.send_batch(batch, self.topic, partition=0))

    @asynccontextmanager
    async def producer(self, **more: Any) -> AsyncIterator[AIOKafkaProducer]:
        """A stranger's producer: the broker's limit is its only one."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.stack.kafka_servers, max_request_size=64_000_000, linger_ms=5, **more
        )
        async with producer:
            yield producer
            await producer.flush()

    async def query(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.settings.database_url)
        try:
            return await connection.fetch(statement, *arguments)
        finally:
            await connection.close()

    async def counts(self) -> dict[str, int]:
        """How often each item took effect."""
        return {row["item_id"]: row["times"] for row in await self.query("SELECT item_id, times FROM tally")}

    async def answers(self) -> int:
        """How many events the handler put into the outbox."""
        return int((await self.query("SELECT count(*) FROM outbox"))[0][0])

    async def position(self, partition: int = 0) -> int:
        """The next offset to handle."""
        rows = await self.query(
            "SELECT next_offset FROM position WHERE topic = $1 AND partition = $2", self.topic, partition
        )
        return int(rows[0][0]) if rows else 0

    async def reached(self, offset: int, partition: int = 0, *, seconds: float = 40.0) -> None:
        await eventually(lambda: self.position(partition), lambda now: now >= offset, seconds=seconds)

    async def dead(self) -> list[Told]:
        """This test's letters in the service's dead-letter topic."""
        letters = [from_dead_letter(one) for one in await records_on(self.stack, dead_letter_topic(Context.DROPOFF))]
        return [(reason, record) for name, reason, record in letters if name == f"dropoff.{self.name}"]

    async def written(self) -> list[Record]:
        """The records of the topic as they are in Kafka."""
        return await records_on(self.stack, self.topic)


_COUNT = """
INSERT INTO tally (item_id, times, last) SELECT item, 1, place FROM unnest($1::text[], $2::int[]) AS t(item, place)
ON CONFLICT (item_id) DO UPDATE SET times = tally.times + 1
"""


async def serving(tally: Tally) -> Tally:
    """The same with the database of a real service, for its processes."""
    from ewaste.dropoff.settings import Settings as DropoffSettings

    found = await prepared(tally.stack, DropoffSettings)
    tally.settings = tally.settings.model_copy(update={"database_url": found.database_url})
    return tally


async def build_tally(stack: Stack, infra: Infra, partitions: int) -> Tally:
    url = infra.create_database(f"test_{secrets.token_hex(6)}")
    settings = Settings(
        kafka_servers=stack.kafka_servers, database_url=url, city=f"t{secrets.token_hex(6)}", database_connections=4
    )
    engine = create_async_engine(settings.service_database_url)
    async with engine.begin() as connection:
        await connection.run_sync(RuntimeTable.metadata.create_all)
        await connection.run_sync(Table.metadata.create_all)
        await connection.exec_driver_sql("INSERT INTO head (name, next) VALUES ('outbox', 1)")
    await engine.dispose()
    return Tally(stack, infra, settings, partitions)
