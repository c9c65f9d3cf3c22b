"""What a phone, a kiosk and a crew rely on."""

from collections.abc import AsyncIterator

import httpx
import pytest

from ewaste.contracts.events.dropoff import ItemDropped
from ewaste.dropoff.app import build_app
from ewaste.dropoff.settings import Settings
from ewaste.runtime.app import Role
from ewaste.runtime.testing import Stack, client, eventually, events_on, prepared

POINT = {
    "point_id": "cm-001",
    "name_th": "ชุมชนวัดเกต",
    "khwaeng": "kawila",
    "latitude_microdegrees": 18_790_000,
    "longitude_microdegrees": 99_003_000,
    "sample": True,
}


@pytest.fixture
async def http(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    async with client(build_app(await prepared(stack, Settings)), Role.ALL) as http:
        yield http


async def _box(http: httpx.AsyncClient, point_id: str, bag_id: str) -> None:
    answer = await http.post("/drop-points/bulk", json={"lines": [{**POINT, "point_id": point_id}]})
    assert answer.json()["accepted"] == 1, answer.text
    answer = await http.post(f"/drop-points/{point_id}/bags", json={"bag_id": bag_id})
    assert answer.status_code == 204, answer.text


async def test_a_drop_gets_a_receipt_that_shows_its_way_and_becomes_an_event(
    http: httpx.AsyncClient, stack: Stack
) -> None:
    await _box(http, "api-1", "api-bag-1")

    answer = await http.post("/drops", json={"point_id": "api-1", "category": "phone"})

    assert answer.status_code == 201, answer.text
    status = (await http.get(f"/items/{answer.json()['receipt_code']}")).json()
    assert (status["stage"], status["bag_id"]) == ("dropped", "api-bag-1")

    async def published() -> list[ItemDropped]:
        events = [event.data for event in await events_on(stack, "ewaste.dropoff")]
        return [data for data in events if isinstance(data, ItemDropped) and data.point_id == "api-1"]

    (fact,) = await eventually(published)
    assert fact.item_id == answer.json()["item_id"]
