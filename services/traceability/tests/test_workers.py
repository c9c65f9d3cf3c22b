"""Workers come and go; the ledger goes on as if there were one."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
from ewaste.evidence.ledger.merkle import leaf_hash, root_of
from ewaste.evidence.ledger.record import decode_leaf, leaf_of
from ewaste.runtime.app import App, Role
from ewaste.runtime.testing import Stack, client, eventually, prepared
from ewaste.traceability.app import build_app
from ewaste.traceability.settings import Settings

BATCH = 50


@pytest.fixture
async def own(stack: Stack) -> Settings:
    """A fresh database, and batches so small that there are many."""
    return await prepared(stack, Settings, city=f"test-{secrets.token_hex(3)}", batch_records=BATCH)


async def size(settings: Settings) -> int:
    connection = await asyncpg.connect(settings.database_url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM ledger_custody"))
    finally:
        await connection.close()


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[tuple[App, httpx.AsyncClient]]:
    app = build_app(settings)
    async with client(app, Role.WORKER) as http:
        yield app, http


def leads(app: App) -> bool:
    """Whether this app's custody sequencer has the role."""
    (progress,) = [each for each in app.health.watched if each.name == "traceability.ledger-custody"]
    return not progress.standing_by


async def fill(publisher: Any, message: Any, count: int) -> None:
    tag = secrets.token_hex(4).encode()
    topics = ("ewaste.dropoff", "ewaste.logistics", "ewaste.recycler")
    await publisher.publish(
        *(message(topics[number % 3], b"%s-%d" % (tag, number), b"no event %d" % number) for number in range(count))
    )


async def test_a_worker_that_stops_in_the_middle_is_followed_by_one_that_goes_on(
    own: Settings, publisher: Any, message: Any, service_at: Callable[..., Any]
) -> None:
    await fill(publisher, message, 6 * BATCH)
    reached = 0
    for _ in range(2):  # each takes a part and is cut off wherever it is
        async with working(own):
            reached = await eventually(lambda: size(own), lambda found, before=reached: found > before)

    async with working(own) as (_, http):
        service = service_at(http, own)
        records = await publisher.custody_records()
        await service.reaches("custody", len(records))
        lines, head = await service.export("custody")

    assert [line["index"] for line in lines] == list(range(len(records)))
    assert sorted(line["leaf"] for line in lines) == sorted(map(leaf_of, records))
    assert head["root"] == root_of(leaf_hash(line["leaf"]) for line in lines).hex()


async def test_of_two_workers_one_sequences_and_the_other_takes_over(
    own: Settings, publisher: Any, message: Any, service_at: Callable[..., Any]
) -> None:
    async with AsyncExitStack() as first, working(own) as (second_app, http):
        first_app, _ = await first.enter_async_context(working(own))
        await eventually(lambda: _true(leads(first_app) or leads(second_app)))
        await fill(publisher, message, BATCH)
        service = service_at(http, own)
        await service.reaches("custody", len(await publisher.custody_records()))
        assert leads(first_app) != leads(second_app)
        await first.aclose()

        await fill(publisher, message, BATCH)

        records = await publisher.custody_records()
        await service.reaches("custody", len(records))
        assert leads(second_app)
        lines, _ = await service.export("custody")
    assert [line["index"] for line in lines] == list(range(len(records)))
    places = {
        (stored.topic, stored.partition, stored.offset) for stored in (decode_leaf(each["leaf"]) for each in lines)
    }
    assert len(places) == len(records)


async def _true(found: bool) -> bool:
    await asyncio.sleep(0)
    return found
