"""What was written into the outbox arrives: in order, numbered without a gap, the same bytes whenever sent again."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from ewaste.contracts.events.logistics import LoadDispatched
from ewaste.contracts.fields import Context
from ewaste.contracts.registry import Event, read_event
from ewaste.evidence.ledger.record import Record
from ewaste.local.infra import Infra
from ewaste.local.ports import free_ports
from ewaste.runtime.app import App, Role
from ewaste.runtime.outbox import Fact, Outbox
from ewaste.runtime.testing import client, eventually, records_on
from opentelemetry import trace
from tally import NOW, Tally, dropped, serving


async def tell(tally: Tally, *items: str, bag_id: str = "bag-1") -> None:
    """A handler that stores facts about these items in one transaction."""
    app = tally.app()
    async with app.database.transaction() as tx:
        await Outbox(tally.settings).add(tx, *(Fact(dropped(item, bag_id), NOW) for item in items))
    await app.database.close()


async def published(tally: Tally) -> list[Record]:
    """What this test's source has on the topic, duplicates too."""
    source = tally.settings.source.encode()
    return [record for record in await records_on(tally.stack, "ewaste.dropoff") if source in (record.value or b"")]


async def all_sent(tally: Tally, *, seconds: float = 60.0) -> None:
    waiting = "SELECT count(*) FROM outbox WHERE published_at IS NULL"

    async def left() -> int:
        return int((await tally.query(waiting))[0][0])

    await eventually(left, lambda now: now == 0, seconds=seconds)


def firsts(records: Sequence[Record]) -> dict[int, Event]:
    """Each event by its sequence; every copy must have the bytes of the first, and no number may be missing."""
    found: dict[int, bytes] = {}
    for record in records:
        assert record.value is not None
        number = read_event(record.value).envelope.sequence_number
        assert number is not None
        assert found.setdefault(number, record.value) == record.value
    assert sorted(found) == list(range(1, len(found) + 1))
    events = {number: read_event(value) for number, value in found.items()}
    assert len({event.envelope.id for event in events.values()}) == len(events)
    return events


async def test_writers_at_the_same_time_leave_no_gap_in_the_numbers(tally: Tally) -> None:
    app = tally.app()
    outbox = Outbox(tally.settings)

    async def write(writer: int) -> None:
        for turn in range(20):
            async with app.database.transaction() as tx:
                await outbox.add(tx, *(Fact(dropped(f"w{writer}-{turn}-{n}", f"bag-{writer}"), NOW) for n in range(3)))
                await asyncio.sleep(0.001 * (writer % 3))
                if turn % 5 == 4:
                    await tx.rollback()

    async with app.running(Role.RELAY):
        await asyncio.gather(*(write(writer) for writer in range(4)))
        await all_sent(tally)

    records = await published(tally)
    assert len(records) == len(firsts(records)) == 4 * 16 * 3
    of_bag = defaultdict(list)
    for record in records:
        of_bag[record.key].append(read_event(record.value).data.item_id)
    for writer in range(4):
        told = [f"w{writer}-{turn}-{n}" for turn in range(20) if turn % 5 != 4 for n in range(3)]
        assert of_bag[f"bag-{writer}".encode()] == told, "the order of each aggregate is kept"


async def test_only_one_relay_publishes_and_the_next_takes_over(tally: Tally) -> None:
    first, second = tally.app(), tally.app()

    async def count(app: App) -> float:
        return app.metrics.published._value.get()

    async with second.running(Role.RELAY):
        await tell(tally, "one")
        await all_sent(tally)
        async with first.running(Role.RELAY):
            await tell(tally, *(f"two-{n}" for n in range(20)))
            await all_sent(tally)
            assert (await count(first), await count(second)) == (0, 21)
            assert await first.health.ready() == [], "who stands by is well"
    async with first.running(Role.RELAY):
        await tell(tally, "three")
        await all_sent(tally)
        assert await count(first) == 1
    assert len(firsts(await published(tally))) == 22


async def test_a_relay_that_loses_its_database_session_publishes_nothing_twice_differently(tally: Tally) -> None:
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    async with tally.app().running(Role.RELAY):
        for turn in range(3):
            await tell(tally, *(f"turn-{turn}-{n}" for n in range(200)))
            await tally.query(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
        await all_sent(tally)
    assert len(firsts(await published(tally))) == 600


async def test_while_the_broker_is_away_facts_wait_and_health_tells(tally: Tally, infra: Infra) -> None:
    app = tally.app(stale_after_seconds=1)
    async with client(app, Role.RELAY) as http:
        await tell(tally, "before")
        await all_sent(tally)
        await asyncio.to_thread(infra.halt, "kafka", kill=True)
        try:
            await tell(tally, "while-away")

            async def complaints() -> list[str]:
                return list((await http.get("/readyz")).json()["complaints"])

            (complaint,) = await eventually(complaints, seconds=60)
            assert complaint.startswith("dropoff.relay: ")
            assert (await http.get("/livez")).status_code == 200
        finally:
            await asyncio.to_thread(infra.restart, "kafka", kill=True)
        await all_sent(tally)
        await eventually(complaints, lambda seen: seen == [], seconds=30)
    assert [event.data.item_id for event in firsts(await published(tally)).values()] == ["before", "while-away"]


async def test_the_span_in_which_a_fact_was_told_is_in_its_event(tally: Tally) -> None:
    span = trace.NonRecordingSpan(trace.SpanContext(0xABC, 0xDEF, is_remote=False, trace_flags=trace.TraceFlags(1)))
    with trace.use_span(span):
        await tell(tally, "traced")
    async with tally.app().running(Role.RELAY):
        await all_sent(tally)
    (event,) = firsts(await published(tally)).values()
    assert event.envelope.traceparent == f"00-{0xABC:032x}-{0xDEF:016x}-01"


async def test_a_fact_of_another_service_is_refused(tally: Tally) -> None:
    app = tally.app()
    with pytest.raises(LookupError, match="publishes no LoadDispatched"):
        async with app.database.transaction() as tx:
            await Outbox(tally.settings).add(tx, Fact(LoadDispatched.model_construct(), NOW))
    await app.database.close()


def environment(tally: Tally, **more: str) -> Mapping[str, str]:
    """What a service's process is told."""
    return os.environ | {
        "EWASTE_KAFKA_SERVERS": tally.settings.kafka_servers,
        "EWASTE_DATABASE_URL": tally.settings.database_url,
        "EWASTE_CITY": tally.settings.city,
        "EWASTE_HTTP_PORT": str(free_ports(1)[0]),
        **more,
    }


@contextmanager
def process(environment: Mapping[str, str], role: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m ewaste.dropoff serve --role …`, gone at the end."""
    command = [sys.executable, "-m", f"ewaste.{Context.DROPOFF}", "serve", "--role", role]
    with log.open("ab") as stderr, subprocess.Popen(command, env=environment, stderr=stderr) as running:
        try:
            yield running
        finally:
            running.kill()


async def test_kill_9_of_the_relay_again_and_again_loses_nothing(tally: Tally, tmp_path: Path) -> None:
    app = (await serving(tally)).app()
    log = tmp_path / "relay.log"
    total = 0
    for life in range(2):
        with process(environment(tally), "relay", log) as relay:
            sent_before = await app_sent(tally)
            # Until it has sent something in this life, and is in the middle of more.
            while await app_sent(tally) <= sent_before + 500 * (life > 0):
                await tell(tally, *(f"life-{life}-{total + n}" for n in range(300)), bag_id=f"bag-{life}")
                total += 300
                assert relay.poll() is None, log.read_text()
            relay.send_signal(signal.SIGKILL)
    async with app.running(Role.RELAY):
        await all_sent(tally)
    records = await published(tally)
    events = firsts(records)
    assert len(events) == total
    order = [int(event.data.item_id.rsplit("-", 1)[1]) for _, event in sorted(events.items())]
    assert order == list(range(total))


async def app_sent(tally: Tally) -> int:
    return int((await tally.query("SELECT count(*) FROM outbox WHERE published_at IS NOT NULL"))[0][0])


@pytest.mark.parametrize("role", ["all", "relay"])
async def test_sigterm_ends_a_service_in_good_order(tally: Tally, tmp_path: Path, role: str) -> None:
    await serving(tally)
    log = tmp_path / "service.log"
    told = environment(tally)
    await tell(tally, "before")
    with process(told, role, log) as service:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{told['EWASTE_HTTP_PORT']}") as http:

            async def ready() -> int:
                try:
                    return (await http.get("/readyz")).status_code
                except httpx.TransportError:
                    return 0

            await eventually(ready, lambda code: code == 200, seconds=60)
            await all_sent(tally)
        service.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(service.wait, 10) == 0, log.read_text()
    assert "Traceback" not in log.read_text()
    assert '"level": "error"' not in log.read_text()


async def test_sigterm_is_not_held_up_by_a_broker_that_is_away(tally: Tally, infra: Infra, tmp_path: Path) -> None:
    await serving(tally)
    told = environment(tally)
    with process(told, "all", tmp_path / "service.log") as service:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{told['EWASTE_HTTP_PORT']}") as http:

            async def alive() -> bool:
                try:
                    return (await http.get("/livez")).is_success
                except httpx.TransportError:
                    return False

            await eventually(alive, seconds=60)
            await asyncio.to_thread(infra.halt, "kafka", kill=True)
            try:
                await tell(tally, "while-away")
                await asyncio.sleep(1)
                assert await alive()
                service.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(service.wait, 10) == 0
            finally:
                await asyncio.to_thread(infra.restart, "kafka", kill=True)
