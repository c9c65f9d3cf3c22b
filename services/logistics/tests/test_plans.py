"""What the municipality and its carriers rely on."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
from ewaste.contracts.events.dropoff import DropPointRegistered, Khwaeng
from ewaste.contracts.events.logistics import CollectionPlanned
from ewaste.contracts.fields import Context, Part
from ewaste.runtime.app import App
from ewaste.runtime.testing import received

Facts = Callable[[str], Awaitable[list[Part]]]

POINT = DropPointRegistered(
    point_id="plan-box-1",
    name_th="ชุมชนวัดเกต",
    khwaeng=Khwaeng.KAWILA,
    latitude_microdegrees=18_790_000,
    longitude_microdegrees=99_003_000,
    sample=True,
)


def _plan(plan_id: str, *point_ids: str) -> dict[str, Any]:
    stops = [{"point_id": point_id} for point_id in point_ids]
    return {"plan_id": plan_id, "carrier_id": "crew-1", "service_date": "2026-11-23", "stops": stops}


async def test_a_plan_asks_a_carrier_to_empty_boxes_in_order(http: httpx.AsyncClient, facts: Facts, app: App) -> None:
    follow = app.subscriptions[0].on_events
    assert follow is not None
    async with app.database.transaction() as tx:
        await follow(tx, [received(Context.DROPOFF, POINT, datetime.now(UTC))] * 2)

    answer = await http.post("/plans", json=_plan("plan-1", "plan-box-2", "plan-box-1"))

    assert answer.status_code == 201, answer.text
    assert answer.json() == {"plan_id": "plan-1", "unknown_point_ids": ["plan-box-2"]}
    (fact,) = await facts("plan-1")
    assert isinstance(fact, CollectionPlanned)
    assert [stop.point_id for stop in fact.stops] == ["plan-box-2", "plan-box-1"]


async def test_a_plan_shows_the_places_and_what_was_taken(http: httpx.AsyncClient, app: App) -> None:
    follow = app.subscriptions[0].on_events
    assert follow is not None
    async with app.database.transaction() as tx:
        await follow(tx, [received(Context.DROPOFF, POINT, datetime.now(UTC))])
    await http.post("/plans", json=_plan("plan-2", "plan-box-1", "plan-box-3"))
    bag = {"bag_id": "plan-bag", "point_id": "plan-box-1", "seal_number": "plan-seal", "gross_grams": 900,
           "carrier_id": "crew-1", "plan_id": "plan-2"}  # fmt: skip
    await http.post("/collections", json=bag)

    first, second = (await http.get("/plans/plan-2")).json()["stops"]

    assert (first["name_th"], first["collected_bag_ids"]) == ("ชุมชนวัดเกต", ["plan-bag"])
    assert (second["name_th"], second["collected_bag_ids"]) == (None, [])


async def test_a_plan_that_is_sent_again_is_told_once(http: httpx.AsyncClient, facts: Facts) -> None:
    await http.post("/plans", json=_plan("plan-3", "a", "b"))
    again = await http.post("/plans", json=_plan("plan-3", "a", "b"))
    other = await http.post("/plans", json=_plan("plan-3", "b", "a"))
    assert again.status_code == 200
    assert (other.status_code, other.json()["errors"][0]["field"]) == (409, "plan_id")
    assert len(await facts("plan-3")) == 1


async def test_a_box_that_is_named_twice_is_named(http: httpx.AsyncClient) -> None:
    answer = await http.post("/plans", json=_plan("plan-4", "a", "b", "a"))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "stops.2.point_id")


async def test_an_unknown_plan_is_not_found(http: httpx.AsyncClient) -> None:
    assert (await http.get("/plans/none")).status_code == 404
