"""The other ways to consume: every record, by pattern, alone; and work beside the consumers."""

import asyncio
import json
from collections.abc import Sequence

from ewaste.evidence.ledger.record import Record
from ewaste.runtime.app import Background, Role
from ewaste.runtime.database import Transaction, driver
from ewaste.runtime.outbox import Fact, Outbox
from ewaste.runtime.subscription import RecordHandler, Subscription
from ewaste.runtime.testing import client, eventually
from tally import NOW, Spec, Tally, dropped, event


def keep(fails: list[Exception]) -> RecordHandler:
    """Keeps every record under its offset, and raises what `fails` holds first."""

    async def handler(tx: Transaction, records: Sequence[Record]) -> None:
        names = [f"{one.topic}-{one.partition}-{one.offset}" for one in records]
        await (await driver(tx)).execute(
            "INSERT INTO tally SELECT name, 1, 0 FROM unnest($1::text[]) AS t(name)", names
        )
        if fails:
            raise fails.pop()

    return handler


async def test_a_record_handler_gets_every_record_also_what_nobody_can_read(tally: Tally) -> None:
    again = event("again")
    await tally.send(again, b"broken", again, None, event("last"))
    async with tally.app_of(Subscription(tally.name, (tally.topic,), on_records=keep([]))).running(Role.WORKER):
        await tally.reached(5)
    assert await tally.counts() == {f"{tally.topic}-0-{offset}": 1 for offset in range(5)}
    assert await tally.dead() == []


async def test_a_bug_in_a_record_handler_skips_nothing(tally: Tally) -> None:
    fails: list[Exception] = [ValueError("a bug"), ValueError("a bug")]
    await tally.send(event("one"), event("two"))
    async with tally.app_of(Subscription(tally.name, (tally.topic,), on_records=keep(fails))).running(Role.WORKER):
        await tally.reached(2)
    assert (fails, await tally.dead()) == ([], [])
    assert len(await tally.counts()) == 2


async def test_a_topic_made_later_is_noticed_by_its_name_and_read_from_its_beginning(tally: Tally) -> None:
    subscription = Subscription(tally.name, pattern=rf"^ewaste\.test\.{tally.name}\.[a-z]+$", on_records=keep([]))
    async with tally.app_of(subscription).running(Role.WORKER):
        for name in ("early", "late"):
            tally.topic = f"ewaste.test.{tally.name}.{name}"
            tally.infra.create_topics([Spec(tally.topic, 1)])
            await tally.send(event("one"), event("two"))
            await tally.reached(2)
    assert len(await tally.counts()) == 4


async def test_a_single_consumer_runs_in_one_process_and_the_next_takes_over(tally: Tally) -> None:
    subscription = Subscription(tally.name, (tally.topic,), on_records=keep([]), single=True)
    first, second = tally.app_of(subscription), tally.app_of(subscription)
    async with second.running(Role.WORKER):
        async with first.running(Role.WORKER):
            await tally.send(event("one"))
            await tally.reached(1)
            assert sorted(app.health.watched[0].standing_by for app in (first, second)) == [False, True]
            assert await first.health.ready() == await second.health.ready() == []
        await tally.send(event("two"))
        await tally.reached(2)
    assert len(await tally.counts()) == 2


async def test_background_work_runs_in_one_process_at_a_time_and_survives_a_lost_session(tally: Tally) -> None:
    running: list[int] = []
    starts = 0

    def work(number: int) -> Background:
        async def run() -> None:
            nonlocal starts
            assert not running, "only one at a time"
            starts += 1
            running.append(number)
            try:
                await asyncio.Event().wait()
            finally:
                running.remove(number)

        return Background(f"work-{tally.name}", run)

    async def started() -> int:
        return starts

    apps = [tally.app_of(background=(work(number),)) for number in range(2)]
    async with apps[0].running(Role.WORKER):
        await eventually(started, lambda count: count == 1)
        async with apps[1].running(Role.WORKER):
            others = "datname = current_database() AND pid <> pg_backend_pid()"
            await tally.query(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
            await eventually(started, lambda count: count == 2)
            await asyncio.sleep(1)
            assert len(running) == 1
    assert running == []


async def test_a_trace_leads_from_the_request_through_kafka_to_what_it_causes(tally: Tally) -> None:
    app = tally.app()
    trace_id = f"{0xABC:032x}"

    @app.api.post("/tell")
    async def tell() -> None:
        async with app.database.transaction() as tx:
            await Outbox(tally.settings).add(tx, Fact(dropped("asked"), NOW))

    async with client(app, Role.WORKER) as http:
        await http.post("/tell", headers={"traceparent": f"00-{trace_id}-{0xDEF:016x}-01"})
        await tally.send(event("told"))
        await tally.reached(1)
    payloads = [json.loads(row["payload"]) for row in await tally.query("SELECT payload FROM outbox ORDER BY position")]
    asked, answer = (payload["traceparent"] for payload in payloads)
    assert asked.split("-")[1] == trace_id
    assert asked.split("-")[2] != f"{0xDEF:016x}", "the request's own span"
    assert len(answer.split("-")[1]) == 32
