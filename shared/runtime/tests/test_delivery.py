"""Every event takes effect exactly once, whatever happens to the processes that handle it."""

import asyncio
from collections.abc import Sequence

import pytest
from ewaste.local.infra import Infra
from ewaste.runtime.app import Role
from ewaste.runtime.testing import eventually
from tally import Tally, event


def once(prefix: str, count: int) -> dict[str, int]:
    return {f"{prefix}-{number}": 1 for number in range(count)}


def events(prefix: str, count: int) -> list[bytes]:
    return [event(item) for item in once(prefix, count)]


async def test_an_event_sent_again_takes_effect_once_also_within_one_batch(tally: Tally) -> None:
    again = event("again")
    await tally.send(again, again, event("other"), again)
    async with tally.app().running(Role.WORKER):
        await tally.reached(4)
        await tally.send(again)
        await tally.reached(5)

    assert await tally.counts() == {"again": 1, "other": 1}
    assert await tally.answers() == 2
    assert await tally.dead() == []


async def test_an_event_that_comes_over_two_partitions_in_any_order_takes_effect_once(tally: Tally) -> None:
    values = events("both", 50)
    await tally.send(*values, partition=0)
    await tally.send(*reversed(values), partition=1)
    async with tally.app(batch_records=7).running(Role.WORKER):
        await tally.reached(50, 0)
        await tally.reached(50, 1)

    assert await tally.counts() == once("both", 50)


async def test_processes_that_come_and_go_lose_nothing_and_do_nothing_twice(tally: Tally) -> None:
    async def slowly(_items: Sequence[str]) -> None:
        await asyncio.sleep(0.02)

    tally.meanwhile = slowly
    for partition in (0, 1):
        await tally.send(*events(f"p{partition}", 600), partition=partition)
    async with tally.app(batch_records=10).running(Role.WORKER):
        await tally.reached(20)
        for _ in range(2):
            async with tally.app(batch_records=10).running(Role.WORKER):
                await asyncio.sleep(1.5)
        await tally.reached(600, 0)
        await tally.reached(600, 1)

    assert await tally.counts() == once("p0", 600) | once("p1", 600)
    assert await tally.answers() == 1200


async def test_a_process_that_lost_its_partition_in_the_middle_of_a_batch_does_no_harm(tally: Tally) -> None:
    """Another process takes over while the first one still writes: the lock on the position's row decides."""
    stuck, free = asyncio.Event(), asyncio.Event()

    async def wait_once(_items: Sequence[str]) -> None:
        if not stuck.is_set():
            stuck.set()
            await free.wait()

    async def waiting() -> int:
        activity = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int((await tally.query(activity))[0][0])

    tally.meanwhile = wait_once
    await tally.send(*events("left", 20), partition=0)
    await tally.send(*events("right", 20), partition=1)
    async with tally.app().running(Role.WORKER):
        await asyncio.wait_for(stuck.wait(), 30)
        async with tally.app().running(Role.WORKER):
            await eventually(waiting)
            free.set()
            await tally.reached(20, 0)
            await tally.reached(20, 1)
            await tally.send(event("after"))
            await tally.reached(21)

    assert await tally.counts() == once("left", 20) | once("right", 20) | {"after": 1}


async def test_a_crash_after_the_handler_leaves_nothing_half_done(tally: Tally) -> None:
    crashes = [ConnectionResetError("cut"), OSError("cut"), None]

    async def crash(_items: Sequence[str]) -> None:
        if crashes and (error := crashes.pop(0)):
            raise error

    tally.meanwhile = crash
    await tally.send(*events("crash", 30))
    async with tally.app().running(Role.WORKER):
        await tally.reached(30)

    assert await tally.counts() == once("crash", 30)
    assert await tally.answers() == 30
    assert await tally.dead() == []


async def test_an_outage_longer_than_the_retries_is_waited_out(tally: Tally) -> None:
    left = 8

    async def away(_items: Sequence[str]) -> None:
        nonlocal left
        left -= 1
        if left > 0:
            raise ConnectionResetError("away")

    tally.meanwhile = away
    await tally.send(*events("outage", 30))
    async with tally.app().running(Role.WORKER):
        await tally.reached(30)
        await tally.send(event("after"))
        await tally.reached(31)

    assert await tally.counts() == once("outage", 30) | {"after": 1}
    assert await tally.dead() == []


@pytest.mark.parametrize("server", ["postgres", "kafka"])
async def test_kill_9_of_a_server_loses_nothing(tally: Tally, infra: Infra, server: str) -> None:
    async def slowly(_items: Sequence[str]) -> None:
        await asyncio.sleep(0.05)

    tally.meanwhile = slowly
    await tally.send(*events(server, 600))
    async with tally.app(batch_records=20).running(Role.WORKER):
        await tally.reached(40)
        await asyncio.to_thread(infra.restart, server, kill=True)
        await tally.reached(600)
        await tally.send(event("after"))
        await tally.reached(601)

    assert await tally.counts() == once(server, 600) | {"after": 1}
    assert await tally.answers() == 601
    assert await tally.dead() == []
