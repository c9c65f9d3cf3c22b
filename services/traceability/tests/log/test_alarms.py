"""What nobody may overlook: records that Kafka lost, bytes that changed, a ledger that is older than its log."""

import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.records_to_delete import RecordsToDelete
from ewaste.evidence.ledger.merkle import leaf_hash
from ewaste.evidence.ledger.record import leaf_of
from ewaste.evidence.notes.checkpoints import open_checkpoint
from ewaste.runtime.app import Role
from ewaste.runtime.consumer import to_record
from ewaste.runtime.database import Database, driver
from ewaste.runtime.subscription import RoleRefused
from ewaste.runtime.testing import Stack, client, eventually, prepared
from ewaste.traceability.app import build_app
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.handlers import Sequencer
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log.guard import sequencing_guard
from ewaste.traceability.log.model import AlarmKind, Cadence
from ewaste.traceability.log.restore import restore_ledger
from ewaste.traceability.log.watch import Tiled, changed_records, moved_starts, reader, starts
from ewaste.traceability.settings import Settings


async def alarms(http: httpx.AsyncClient) -> list[str]:
    return [each["kind"] for each in (await http.get("/log/alarms")).json() if each["closed_at"] is None]


async def published(http: httpx.AsyncClient, size: int) -> bytes:
    async def look() -> bytes:
        return (await http.get("/log/learning/checkpoint")).content

    return await eventually(look, lambda note: note.split(b"\n")[1:2] == [b"%d" % size], seconds=20)


@asynccontextmanager
async def topic_of_its_own(stack: Stack, count: int) -> AsyncIterator[tuple[str, AIOKafkaAdminClient]]:
    """A topic outside the evidence topics, which other tests read whole."""
    name = f"watched.{secrets.token_hex(4)}"
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka_servers)
    producer = AIOKafkaProducer(bootstrap_servers=stack.kafka_servers, acks="all")
    await admin.start()
    await producer.start()
    try:
        await admin.create_topics([NewTopic(name, 1, 1)])
        for number in range(count):
            await producer.send_and_wait(name, b"value %d" % number, partition=0, headers=[("n\u0e01", b"\xff")])
        yield name, admin
    finally:
        await producer.stop()
        await admin.close()


async def test_a_moved_start_and_a_changed_record_are_found_where_they_are(stack: Stack, logged: Any) -> None:
    async with topic_of_its_own(stack, 6) as (name, admin), reader(logged.settings) as kafka:
        leaves = {index: leaf_of(record) for index, record in enumerate(await whole(kafka, name, 6))}
        tiles = {index: Tiled(leaf, leaf_hash(leaf)) for index, leaf in leaves.items()}
        begins = await starts(kafka, name)
        assert moved_starts(begins, [(name, 0)]) == []
        assert await changed_records(kafka, begins, leaves, tiles) == []

        edited = {**leaves, 3: leaves[3].replace(b"value", b"VALUE")}
        (in_ledger,) = await changed_records(kafka, begins, edited, tiles)
        lost = {**tiles, 2: Tiled(None, None)}
        (in_no_tile,) = await changed_records(kafka, begins, leaves, lost)
        (unreadable,) = await changed_records(kafka, begins, {0: b"?"}, {0: Tiled(None, None)})
        (in_tiles,) = await changed_records(kafka, begins, leaves, {**tiles, 4: Tiled(leaves[4], b"\0" * 32)})
        (gone,) = moved_starts(begins, [(name, 0), (name, 1)])
        await admin.delete_records({TopicPartition(name, 0): RecordsToDelete(before_offset=4)})
        begins = await starts(kafka, name)
        (moved,) = moved_starts(begins, [(name, 0)])

        assert (in_ledger.kind, in_ledger.subject) == (AlarmKind.RECORD_CHANGED, "3")
        assert f"{name} partition 0 offset 3" in in_ledger.detail
        assert in_tiles.subject == "4"
        assert in_no_tile.subject == "2"
        assert "the tiles nothing" in in_no_tile.detail
        assert unreadable.subject == "0"
        assert (gone.kind, gone.subject) == (AlarmKind.START_MOVED, f"{name}[1]")
        assert (moved.kind, moved.subject) == (AlarmKind.START_MOVED, f"{name}[0]")
        assert "begins at offset 4" in moved.detail
        assert await changed_records(kafka, begins, leaves, tiles) == [], "what is gone is one alarm, not many"


async def whole(kafka: AIOKafkaConsumer, topic: str, count: int) -> list[Any]:
    partition = TopicPartition(topic, 0)
    kafka.assign([partition])
    await kafka.seek_to_beginning(partition)
    found: list[Any] = []
    while len(found) < count:
        found += (await kafka.getmany(timeout_ms=500)).get(partition, [])
    return [to_record(each) for each in found]


async def test_a_row_that_was_edited_raises_the_alarm_of_a_running_service(
    stack: Stack, publisher: Any, message: Any, tmp_path: Path
) -> None:
    settings = await prepared(
        stack, Settings, city="test-edited", state_dir=tmp_path, log_check_seconds=0.2, log_check_records=1000
    )
    await publisher.publish(message("ewaste.education", b"k", b"as it was"))
    async with client(build_app(settings), Role.ALL) as http:
        await eventually(lambda: http.get("/log/learning/checkpoint"), lambda answer: answer.is_success)
        assert await alarms(http) == []
        connection = await asyncpg.connect(settings.database_url)
        try:
            await connection.execute(
                "UPDATE ledger_learning SET leaf = set_byte(leaf, octet_length(leaf) - 1, 0) WHERE index = 0"
            )
            await eventually(lambda: alarms(http), lambda found: found == ["record-changed"], seconds=30)
            assert "index 0 (ewaste.education partition" in " ".join((await http.get("/readyz")).json()["complaints"])
            assert 'ewaste_log_alarms{kind="record-changed",ledger="learning"} 1.0' in (await http.get("/metrics")).text
        finally:
            await connection.close()


async def test_tiles_are_never_written_from_rows_that_do_not_make_the_root(logged: Any) -> None:
    await logged.grow(5)
    connection = await asyncpg.connect(logged.settings.database_url)
    try:
        await connection.execute("UPDATE ledger_learning SET leaf = leaf || '\\x00' WHERE index = 3")
    finally:
        await connection.close()

    async with logged.running() as http:
        await eventually(lambda: alarms(http), lambda found: found == ["ledger-changed"], seconds=20)

    assert not (logged.folder / "tile").exists()


@pytest.fixture
async def database(logged: Any) -> AsyncIterator[Database]:
    database = Database(logged.settings)
    yield database
    await database.close()


async def forget(settings: Settings, size: int) -> None:
    """The database as a backup from before has it."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        await connection.execute("DELETE FROM ledger_learning WHERE index >= $1", size)
        await connection.execute("DELETE FROM ledger_root WHERE size > $1", size)
        await connection.execute("DELETE FROM log_checkpoint")
        await connection.execute("DELETE FROM log_place")
        frontier = await connection.fetchval("SELECT frontier FROM ledger_head WHERE ledger = 'custody'")
        await connection.execute("UPDATE ledger_head SET frontier = $1 WHERE ledger = 'learning'", frontier)
    finally:
        await connection.close()


def as_a_mirror(folder: Path) -> None:
    """Only what is served, and the head as docs/operations/log.md has it made."""
    copy = folder.with_name("mirror")
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(".*"))
    head = "".join((copy / "checkpoint").read_text().splitlines(keepends=True)[:3])
    (copy / ".head").write_text(head)
    shutil.rmtree(folder)
    copy.rename(folder)


async def test_a_ledger_from_a_backup_is_refused_and_made_whole_from_the_tiles(
    logged: Any, database: Database, witnesses: Any
) -> None:
    (witness,) = witnesses("campus")
    logged.trusted_by(witness, quorum=1)
    await logged.grow(700)
    async with logged.running() as http:
        note = await published(http, 700)
    async with database.transaction() as tx:
        head = await ledger_storage.head(tx, Ledger.LEARNING)
    await forget(logged.settings, 0)

    sequencer = Sequencer(Ledger.LEARNING, guard=sequencing_guard(logged.settings))
    with pytest.raises(RoleRefused, match=r"has 0 entries, and its log .* has 700"):
        async with database.transaction() as tx:
            await sequencer.take(tx)
    async with logged.running() as http:
        await eventually(lambda: alarms(http), lambda found: found == ["forked"], seconds=20)
        assert (await http.get("/log/learning/checkpoint")).content == note

    as_a_mirror(logged.folder)
    assert await restore_ledger(database, logged.settings, Ledger.LEARNING) == (0, 700)

    async with database.transaction() as tx:
        await sequencer.take(tx)
        assert await ledger_storage.head(tx, Ledger.LEARNING) == head
    await logged.grow(1)
    async with logged.running() as http:
        again = await published(http, 701)
        place = {"topic": "ewaste.sample", "partition": 1, "offset": 100}
        assert (await http.get("/log/learning/receipts", params=place)).status_code == 200
        assert await alarms(http) == []
    assert open_checkpoint(again, [logged.key], [witness.signer.key]).cosigned


async def test_who_had_the_sequencers_role_before_writes_nothing_more(logged: Any, database: Database) -> None:
    first, second = Sequencer(Ledger.LEARNING), Sequencer(Ledger.LEARNING)
    async with database.transaction() as tx:
        await first.take(tx)
        await first.sequence(tx, [logged.record(0)])
    async with database.transaction() as tx:
        await second.take(tx)

    with pytest.raises(ledger_storage.Fenced):
        async with database.transaction() as tx:
            await first.sequence(tx, [logged.record(1)])
    async with database.transaction() as tx:
        await second.sequence(tx, [logged.record(1)])
        assert (await ledger_storage.head(tx, Ledger.LEARNING)).size == 2


async def test_a_checkpoint_is_told_where_something_else_came(logged: Any, database: Database) -> None:
    async with logged.running(checkpoint_event_seconds=0.001) as http:
        await logged.grow(3)
        await published(http, 3)
        await logged.grow(3)
        await published(http, 6)
        await eventually(lambda: told(database), lambda found: found == [6], seconds=10)


async def told(database: Database) -> list[int]:
    async with database.transaction() as tx:
        connection = await driver(tx)
        rows = await connection.fetch("SELECT size FROM log_checkpoint WHERE told_at IS NOT NULL ORDER BY size")
    return [row["size"] for row in rows]


def test_the_event_about_a_checkpoint_is_no_reason_for_the_next() -> None:
    cadence = Cadence(event_seconds=60)

    assert not cadence.is_worth_telling(grown=1, told=1, waited=1e9), "only the event itself came"
    assert cadence.is_worth_telling(grown=2, told=1, waited=60)
    assert not cadence.is_worth_telling(grown=1_000_000, told=1, waited=59)


def test_a_checkpoint_is_made_after_some_time_or_some_entries() -> None:
    cadence = Cadence(seconds=2, entries=10_000)

    assert not cadence.is_due(waiting=0, waited=1e9)
    assert not cadence.is_due(waiting=9_999, waited=1.9)
    assert cadence.is_due(waiting=1, waited=2)
    assert cadence.is_due(waiting=10_000, waited=0)
    with pytest.raises(ValueError, match="needs some time"):
        Cadence(seconds=0)
