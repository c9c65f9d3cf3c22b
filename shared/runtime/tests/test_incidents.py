"""Where Kafka's log and the stored position do not meet, the consumer stops visibly and skips nothing."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from ewaste.evidence.ledger.record import Record
from ewaste.runtime.app import App, Role
from ewaste.runtime.database import Transaction, driver
from ewaste.runtime.outbox import Fact, Outbox
from ewaste.runtime.subscription import RoleRefused, Subscription
from ewaste.runtime.testing import client, eventually
from tally import NOW, Tally, dropped, event


@asynccontextmanager
async def worker(app: App) -> AsyncIterator[httpx.AsyncClient]:
    async with client(app, Role.WORKER) as http:
        yield http


async def complaint(http: httpx.AsyncClient) -> str:
    async def look() -> Sequence[str]:
        return list((await http.get("/readyz")).json()["complaints"])

    (said,) = await eventually(look)
    return said


async def delete_records(tally: Tally, before: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=tally.stack.kafka_servers)
    await admin.start()
    await admin.delete_records({TopicPartition(tally.topic, 0): RecordsToDelete(before_offset=before)})
    await admin.close()


async def move_position(tally: Tally, to: int) -> None:
    await tally.query("UPDATE position SET next_offset = $1 WHERE topic = $2 AND partition = 0", to, tally.topic)


async def test_records_that_kafka_no_longer_has_are_told_and_not_stepped_over(tally: Tally) -> None:
    await tally.send(*(event(f"item-{n}") for n in range(4)))
    async with tally.app().running(Role.WORKER):
        await tally.reached(4)
    await tally.send(*(event(f"lost-{n}") for n in range(3)), event("after"))
    await delete_records(tally, before=7)

    async with worker(tally.app()) as http:
        said = await complaint(http)
        assert f"{tally.topic} partition 0 continues at offset 7, expected 4: 3 records are missing." in said
        assert (await http.get("/livez")).status_code == 200
        await tally.send(event("even-later"))
        await asyncio.sleep(3)
        assert await tally.position() == 4
        assert "after" not in await tally.counts()

    # The operator has recorded the loss: it goes on behind it.
    await move_position(tally, 7)
    async with tally.app().running(Role.WORKER):
        await tally.reached(9)
    assert {"after", "even-later"} <= (await tally.counts()).keys()


async def test_a_log_that_ends_before_what_was_handled_is_told(tally: Tally) -> None:
    """A broker that lost its disk, a topic made anew: its new records would be taken for old ones."""
    await tally.send(event("one"), event("two"))
    async with tally.app().running(Role.WORKER):
        await tally.reached(2)
    await move_position(tally, 50)

    async with worker(tally.app()) as http:
        assert f"{tally.topic} partition 0 ends at offset 2, but 50 was reached" in await complaint(http)
        await tally.send(event("three"))
        assert await tally.position() == 50


async def test_a_position_that_was_moved_back_does_nothing_twice(tally: Tally) -> None:
    await tally.send(*(event(f"item-{n}") for n in range(10)))
    async with tally.app().running(Role.WORKER):
        await tally.reached(10)
    await move_position(tally, 3)
    async with worker(tally.app()) as http:
        await tally.reached(10)
        assert (await http.get("/readyz")).status_code == 200
    assert await tally.counts() == {f"item-{n}": 1 for n in range(10)}


async def test_a_database_that_is_away_when_partitions_are_assigned_is_waited_for(tally: Tally) -> None:
    """Positions are then read later; until they are, nothing is taken."""
    app = tally.app()
    await tally.send(event("one"))
    await tally.query("ALTER TABLE position RENAME TO elsewhere")
    async with worker(app):
        await asyncio.sleep(4)
        await tally.query("ALTER TABLE elsewhere RENAME TO position")
        await tally.reached(1)
    assert await tally.counts() == {"one": 1}
    assert await tally.dead() == []


async def test_metrics_and_health_tell_what_waits(tally: Tally) -> None:
    gate = asyncio.Event()

    async def wait(_items: Sequence[str]) -> None:
        await gate.wait()

    tally.meanwhile = wait
    await tally.send(*(event(f"item-{n}") for n in range(9)), b"poison")
    async with worker(tally.app(stale_after_seconds=1)) as http:

        async def metrics() -> str:
            return (await http.get("/metrics")).text

        consumer = f'consumer="dropoff.{tally.name}"'
        await eventually(metrics, lambda text: f"ewaste_consumer_lag_records{{{consumer}}} 10.0" in text)
        # All of it was fetched, nothing of it handled: it still waits.
        assert f"dropoff.{tally.name}: 10 wait and none was handled for" in await complaint(http)
        assert (await http.get("/livez")).status_code == 503
        gate.set()
        await eventually(metrics, lambda text: f"ewaste_consumer_lag_records{{{consumer}}} 0.0" in text)
        text = await metrics()
        assert f"ewaste_events_handled_total{{{consumer}}} 9.0" in text
        assert f'ewaste_dead_letters_total{{{consumer},reason="undecodable"}} 1.0' in text
        # In how many batches ten records come is the broker's to say.
        assert re.search(rf"ewaste_batch_seconds_count{{{re.escape(consumer)}}} [1-9]", text)
        assert "faststream_received_messages_total" in text
        assert (await http.get("/readyz")).status_code == 200
        assert (await http.get("/livez")).status_code == 200


async def test_a_service_takes_requests_while_the_broker_is_away(tally: Tally) -> None:
    app = tally.app(kafka_servers="127.0.0.1:1", stale_after_seconds=1)
    async with client(app, Role.ALL) as http:
        assert (await http.get("/livez")).status_code == 200
        async with app.database.transaction() as tx:
            await Outbox(tally.settings).add(tx, Fact(dropped("waits"), NOW))

        async def complaints() -> str:
            return str((await http.get("/readyz")).json()["complaints"])

        await eventually(complaints, lambda said: "dropoff.relay: " in said and f"dropoff.{tally.name}: " in said)
        assert "KafkaConnectionError" in await complaints()
        assert (await http.get("/livez")).status_code == 200


async def test_a_role_that_must_not_be_taken_is_an_incident_and_nothing_is_consumed(tally: Tally) -> None:
    await tally.send(event("never"))

    async def refuse(tx: Transaction) -> None:
        raise RoleRefused("the ledger comes from a backup: restore it")

    async def consume(tx: Transaction, records: Sequence[Record]) -> None:
        await (await driver(tx)).execute("INSERT INTO tally VALUES ('consumed', 1, 0)")

    taken = Subscription(tally.name, (tally.topic,), on_records=consume, single=True, on_taken=refuse)
    async with worker(tally.app_of(taken)) as http:
        assert await complaint(http) == "the ledger comes from a backup: restore it"
        assert (await http.get("/livez")).status_code == 200

    assert await tally.counts() == {}
    with pytest.raises(ValueError, match="on_taken needs a role to take"):
        Subscription(tally.name, (tally.topic,), on_records=consume, on_taken=refuse)
