"""Alerts are told once, whoever works, restarts or reads the ledger again."""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from ewaste.runtime.app import Role
from ewaste.runtime.testing import Stack, client, eventually, prepared
from ewaste.traceability.app import build_app
from ewaste.traceability.settings import Settings

Bags = Callable[..., Any]
PROJECTED = ("custody_touch", "certificate", "certification", "certificate_event", "register_entry")
ALERTS = ("gap", "gap_change", "alert_due", "source_sequence")
SETTLE = 5.0
"""Seconds after which what was to be told was told."""


async def opens(service: Any, node: str) -> set[str]:
    """The names of the open alerts about a bag, as soon as there are any."""
    found = await eventually(lambda: service.json(f"/alerts?subject={node}"), lambda page: bool(page["items"]))
    return {each["gap_id"] for each in found["items"]}


async def test_restart_takeover_and_replay_tell_nothing_twice(
    stack: Stack, publisher: Any, new_bag: Bags, service_at: Callable[..., Any]
) -> None:
    own = await prepared(stack, Settings, city=f"test-{secrets.token_hex(3)}")
    bag = new_bag(at=datetime.now(UTC) - timedelta(days=4))
    await publisher.publish(bag.collected(), bag.dispatched(), bag.received(seal="S-9"))
    other = new_bag(at=datetime.now(UTC) - timedelta(days=4))
    await publisher.publish(other.collected())
    names: set[str] = set()
    # As it goes, then the whole projection anew: with the alerts as they are, and without any of them.
    for forgotten in ((), PROJECTED, (*PROJECTED, *ALERTS, "outbox")):
        if forgotten:
            await execute(own, f"TRUNCATE {', '.join(forgotten)}")
            await execute(own, "UPDATE projection SET size = 0")
        async with AsyncExitStack() as both:
            for _ in range(2):
                http = await both.enter_async_context(client(build_app(own), Role.WORKER))
            service = service_at(http, own)
            names |= {*await opens(service, bag.node), *await opens(service, other.node)}
            await asyncio.sleep(SETTLE)
        assert await openings(own, names) == dict.fromkeys(names, 1)


async def execute(settings: Settings, statement: str, *values: Any) -> list[Any]:
    connection = await asyncpg.connect(settings.database_url)
    try:
        found: list[Any] = await connection.fetch(statement, *values)
        return found
    finally:
        await connection.close()


async def openings(settings: Settings, names: set[str]) -> dict[str, int]:
    """How often each of these alerts was put into the outbox as opened."""
    told = "SELECT aggregateid, count(*) FROM outbox WHERE type LIKE '%GapOpened%' AND aggregateid = ANY($1) GROUP BY 1"
    rows = await execute(settings, told, list(names))
    return {row[0]: row[1] for row in rows}
