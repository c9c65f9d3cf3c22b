"""One migrated database for the tests of this service; every test uses ids of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import httpx
import pytest
from ewaste.contracts.fields import Part
from ewaste.dropoff.app import build_app
from ewaste.dropoff.settings import Settings
from ewaste.runtime.app import App, Role
from ewaste.runtime.testing import Stack, client, facts_in_outbox, prepared

POINT = {
    "name_th": "ชุมชนวัดเกต",
    "khwaeng": "kawila",
    "latitude_microdegrees": 18_790_000,
    "longitude_microdegrees": 99_003_000,
    "sample": True,
}


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
def facts(app: App) -> Callable[[str], Awaitable[list[Part]]]:
    """What the outbox holds about a box or bag, in order."""

    return partial(facts_in_outbox, app)


@pytest.fixture
def box(http: httpx.AsyncClient) -> Callable[..., Awaitable[None]]:
    """Register a box and hang bags in it, each at its time or now."""

    async def stand(point_id: str, *bags: tuple[str, str | None]) -> None:
        answer = await http.post("/drop-points/bulk", json={"lines": [{**POINT, "point_id": point_id}]})
        assert answer.json()["accepted"] == 1, answer.text
        for bag_id, at in bags:
            answer = await http.post(f"/drop-points/{point_id}/bags", json={"bag_id": bag_id, "installed_at": at})
            assert answer.status_code == 204, answer.text

    return stand
