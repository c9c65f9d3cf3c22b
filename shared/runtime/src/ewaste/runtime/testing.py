"""For tests of services on the real broker and database; the root `conftest.py` starts those."""

import asyncio
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from ewaste.contracts.envelope import InvalidEvent, source_of
from ewaste.contracts.fields import Context, Part
from ewaste.contracts.ids import uuid7
from ewaste.contracts.registry import Event, read_event, type_for, write_event
from ewaste.evidence.ledger.record import Record
from ewaste.runtime.app import App, Role
from ewaste.runtime.consumer import to_record
from ewaste.runtime.database import Database, driver
from ewaste.runtime.header_names import keep_any_header_name
from ewaste.runtime.inbox import Received
from ewaste.runtime.migrations import migrate
from ewaste.runtime.settings import RuntimeSettings
from ewaste.runtime.tables import RuntimeTable
from sqlalchemy import Connection, MetaData

__all__ = [
    "Stack",
    "client",
    "events_on",
    "eventually",
    "facts_in_outbox",
    "prepared",
    "received",
    "records_on",
    "schema_differences",
]

T = TypeVar("T")
S = TypeVar("S", bound=RuntimeSettings)


@dataclass(frozen=True, slots=True)
class Stack:
    """Where the real broker and the real database of this test run are."""

    kafka_servers: str
    database_url: str
    """The server, without a database."""


async def prepared(stack: Stack, settings: type[S], **more: Any) -> S:
    """Settings with a fresh, migrated database of their own, and a fresh state folder where none is given."""
    more.setdefault("state_dir", Path(tempfile.mkdtemp(prefix="ewaste-state-")))
    name = f"test_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(f"{stack.database_url}/postgres")
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    found = settings(kafka_servers=stack.kafka_servers, database_url=f"{stack.database_url}/{name}", **more)
    await asyncio.to_thread(migrate, found, f"ewaste.{found.context}.migrations")
    return found


async def schema_differences(database: Database, tables: MetaData) -> list[Any]:
    """What a migration would still have to change for the database to hold these tables and the runtime's."""

    def compare(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        # Alembic takes several, and says one.
        return list(compare_metadata(context, [RuntimeTable.metadata, tables]))  # type: ignore[arg-type]

    async with database.engine.connect() as connection:
        return await connection.run_sync(compare)


@asynccontextmanager
async def client(app: App, role: Role = Role.API) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of the app, with the tasks of `role` running meanwhile."""
    async with app.running(role):
        transport = httpx.ASGITransport(app.api)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            yield http


def received(context: Context, data: Part, at: datetime) -> Received:
    """An event as a handler gets it: written by the service of `context`, read again."""
    event_type = type_for(context, type(data))
    value = write_event(event_type, data, id=uuid7(), source=source_of("test", context), time=at)
    key = event_type.key_of(data).encode()
    record = Record(event_type.topic, 0, 0, int(at.timestamp() * 1000), key, (), value)
    return Received(read_event(value), record)


async def records_on(stack: Stack, *topics: str, seconds: float = 10.0) -> list[Record]:
    """Every record of these topics as of now, partition by partition."""
    keep_any_header_name()
    kafka = AIOKafkaConsumer(
        bootstrap_servers=stack.kafka_servers, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await kafka.start()
    try:
        await kafka._client.set_topics(topics)
        partitions = [TopicPartition(t, p) for t in topics for p in sorted(kafka.partitions_for_topic(t) or ())]
        kafka.assign(partitions)
        ends = await kafka.end_offsets(partitions)
        await kafka.seek_to_beginning(*partitions)
        records: list[Record] = []
        deadline = time.monotonic() + seconds
        while len(records) < sum(ends.values()) and time.monotonic() < deadline:
            for messages in (await kafka.getmany(timeout_ms=200)).values():
                records += [to_record(message) for message in messages]
        return sorted(records, key=lambda r: (r.topic, r.partition, r.offset))
    finally:
        await kafka.stop()


async def events_on(stack: Stack, topic: str) -> list[Event]:
    """The readable events of a topic, as of now; a topic of all tests may also hold what nobody can read."""
    events = []
    for record in await records_on(stack, topic):
        with suppress(InvalidEvent):
            events.append(read_event(record.value))
    return events


async def facts_in_outbox(app: App, key: str) -> list[Part]:
    """What the outbox holds about one aggregate, in order."""
    async with app.database.transaction() as tx:
        statement = "SELECT payload FROM outbox WHERE aggregateid = $1 ORDER BY position"
        rows = await (await driver(tx)).fetch(statement, key)
    return [read_event(row["payload"]).data for row in rows]


async def eventually(
    look: Callable[[], Awaitable[T]], holds: Callable[[T], bool] = bool, *, seconds: float = 90.0
) -> T:
    """Look until it holds; raises AssertionError with the last look after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        seen = await look()
        if holds(seen):
            return seen
        assert time.monotonic() < deadline, f"not so after {seconds} s; last seen: {_short(seen)}"
        await asyncio.sleep(0.1)


def _short(seen: object) -> str:
    if isinstance(seen, Sequence) and not isinstance(seen, str) and len(seen) > 5:
        return f"{len(seen)} of them, the last {seen[-1]!r}"
    return repr(seen)[:2000]
