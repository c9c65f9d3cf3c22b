"""One migrated database for the tests of this service; every test uses ids of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import httpx
import pytest
from ewaste.contracts.fields import Part
from ewaste.logistics.app import build_app
from ewaste.logistics.settings import Settings
from ewaste.runtime.app import App, Role
from ewaste.runtime.testing import Stack, client, facts_in_outbox, prepared


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
    """What the outbox holds about a bag, load or plan, in order."""

    return partial(facts_in_outbox, app)


@pytest.fixture
def collected(http: httpx.AsyncClient) -> Callable[..., Awaitable[list[str]]]:
    """Collect bags of these gross grams; gives their ids, `<prefix>-0` and so on, under seals `S-<id>`."""

    async def collect(prefix: str, *grams: int) -> list[str]:
        lines: list[dict[str, Any]] = [
            {"bag_id": f"{prefix}-{n}", "point_id": f"{prefix}-box", "seal_number": f"S-{prefix}-{n}",
             "gross_grams": gross, "carrier_id": "crew-1"}
            for n, gross in enumerate(grams)
        ]  # fmt: skip
        answer = await http.post("/collections/bulk", json={"lines": lines})
        assert answer.json()["accepted"] == len(lines), answer.text
        return [line["bag_id"] for line in lines]

    return collect
