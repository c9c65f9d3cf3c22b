"""One migrated database for the tests of this service; every test uses ids of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from ewaste.contracts.fields import Part
from ewaste.contracts.registry import read_event
from ewaste.logistics.app import build_app
from ewaste.logistics.settings import Settings
from ewaste.runtime.app import App, Role
from ewaste.runtime.database import driver
from ewaste.runtime.testing import Stack, client, prepared

Facts = Callable[[str], Awaitable[list[Part]]]


@pytest.fixture(scope="session")
def settings(stack: Stack) -> Settings:
    return asyncio.run(prepared(stack, Settings))


@pytest.fixture
def app(settings: Settings) -> App:
    return build_app(settings)


@pytest.fixture
async def http(app: App) -> AsyncIterator[httpx.AsyncClient]:
    async with client(app, Role.API) as http:
        yield http


@pytest.fixture
def facts(app: App) -> Facts:
    """What was said about a bag, load or plan, in order; published by the relay of whoever runs it."""

    async def read(key: str) -> list[Part]:
        async with app.database.transaction() as tx:
            rows = await (await driver(tx)).fetch(
                "SELECT payload FROM outbox WHERE aggregateid = $1 ORDER BY position", key
            )
        return [read_event(row["payload"]).data for row in rows]

    return read
