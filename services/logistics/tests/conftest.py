"""One migrated database for the tests of this service; every test uses ids of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import httpx
import pytest
from ewaste.contracts.events.recycler import PartnerRegistered
from ewaste.contracts.fields import Context, Part
from ewaste.logistics.app import build_app
from ewaste.logistics.settings import Settings
from ewaste.runtime.app import App, Role
from ewaste.runtime.inbox import Received
from ewaste.runtime.testing import Stack, client, facts_in_outbox, prepared, received

ACTORS = {"crew-1": "carrier", "crew-2": "carrier", "hai-ya": "storage", "city": "municipality"}


@pytest.fixture(scope="session")
def settings(stack: Stack) -> Settings:
    """A database in which the actors of these tests are registered, and two recyclers."""
    settings = asyncio.run(prepared(stack, Settings))
    asyncio.run(_register(settings))
    return settings


async def _register(settings: Settings) -> None:
    app = build_app(settings)
    follow = app.subscriptions[1].on_events
    assert follow is not None
    async with client(app, Role.API) as http:
        for actor_id, kind in ACTORS.items():
            answer = await http.post("/actors", json={"actor_id": actor_id, "kind": kind, "name_th": "ตัวอย่าง"})
            assert answer.status_code == 201, answer.text
        async with app.database.transaction() as tx:
            await follow(tx, [partner("plant-1"), partner("plant-2")])


def partner(partner_id: str) -> Received:
    """What the recycler service tells when it registers a recycler."""
    data = PartnerRegistered(
        partner_id=partner_id,
        name_th="ผู้รีไซเคิลตัวอย่าง",
        licence_number="3-106-33/50",
        licence_valid_from=date(2026, 1, 1),
        licence_valid_until=date(2030, 1, 1),
        sample=True,
    )
    return received(Context.RECYCLER, data, datetime.now(UTC))


@pytest.fixture
def hear(app: App) -> Callable[..., Awaitable[None]]:
    """What recyclers say arrives, each event in a batch of its own."""

    async def follow(*told: Received) -> None:
        handle = app.subscriptions[1].on_events
        assert handle is not None
        for one in told:
            async with app.database.transaction() as tx:
                await handle(tx, [one])

    return follow


@pytest.fixture
def sent(
    http: httpx.AsyncClient, collected: Callable[..., Awaitable[list[str]]]
) -> Callable[..., Awaitable[list[str]]]:
    """Collect bags of these grams and send them off as `load-<prefix>` with crew-1 to plant-1; gives the bags."""

    async def send(prefix: str, *grams: int, **more: Any) -> list[str]:
        bag_ids = await collected(prefix, *grams)
        body = {"load_id": f"load-{prefix}", "carrier_id": "crew-1", "origin_id": "hub-1", "destination_id": "plant-1",
                "bag_ids": bag_ids, **more}  # fmt: skip
        answer = await http.post("/loads", json=body)
        assert answer.status_code == 201, answer.text
        return bag_ids

    return send


@pytest.fixture
def hand(http: httpx.AsyncClient) -> Callable[..., Awaitable[httpx.Response]]:
    """Hand `load-<prefix>` over; grams by bag as the receiver weighs them, under the seals of `collected`."""

    async def hand_over(
        prefix: str, giver: str, receiver: str, grams: dict[str, int], *, id: str = "ho", **more: Any
    ) -> httpx.Response:
        body = {
            "handover_id": f"{id}-{prefix}",
            "giver_id": giver,
            "receiver_id": receiver,
            "place_id": "gate-1",
            "bags": [{"bag_id": bag, "seal_read": f"S-{bag}", "received_grams": each} for bag, each in grams.items()],
            **more,
        }
        return await http.post(f"/loads/load-{prefix}/handovers", json=body)

    return hand_over


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
