"""What a dispatcher and a gate rely on."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from ewaste.contracts.events.logistics import HandoverRecorded, LoadDispatched
from ewaste.contracts.fields import Part

Facts = Callable[[str], Awaitable[list[Part]]]
Collected = Callable[..., Awaitable[list[str]]]


def _load(load_id: str, bag_ids: list[str], **more: Any) -> dict[str, Any]:
    return {
        "load_id": load_id,
        "carrier_id": "crew-1",
        "origin_id": "hub-1",
        "destination_id": "plant-1",
        "bag_ids": bag_ids,
        **more,
    }


def _handover(handover_id: str, readings: dict[str, int], **more: Any) -> dict[str, Any]:
    return {
        "handover_id": handover_id,
        "giver_id": "crew-1",
        "receiver_id": "plant-1",
        "place_id": "gate-1",
        "bags": [{"bag_id": id, "seal_read": f"S-{id}", "received_grams": grams} for id, grams in readings.items()],
        **more,
    }


async def test_a_load_has_the_seals_and_the_sum_of_its_bags(
    http: httpx.AsyncClient, facts: Facts, collected: Collected
) -> None:
    bag_ids = await collected("l1", 4_200, 3_100)

    answer = await http.post("/loads", json=_load("load-1", bag_ids, manifest_number="MF 2026/114"))

    assert answer.status_code == 201, answer.text
    assert answer.json() == (await http.get("/loads/load-1")).json()
    assert (answer.json()["state"], answer.json()["gross_grams"], answer.json()["bag_count"]) == (
        "dispatched",
        7_300,
        2,
    )
    (fact,) = await facts("load-1")
    assert isinstance(fact, LoadDispatched)
    assert [(bag.bag_id, bag.seal_number, bag.gross_grams) for bag in fact.bags] == [
        ("l1-0", "S-l1-0", 4_200),
        ("l1-1", "S-l1-1", 3_100),
    ]
    bag = (await http.get("/bags/l1-0")).json()
    assert (bag["state"], bag["load_id"]) == ("in_transit", "load-1")


async def test_a_load_that_is_sent_again_is_the_same_load(
    http: httpx.AsyncClient, facts: Facts, collected: Collected
) -> None:
    bag_ids = await collected("l2", 4_000, 3_000)
    await http.post("/loads", json=_load("load-2", bag_ids))

    again = await http.post("/loads", json=_load("load-2", bag_ids[::-1]))
    other = await http.post("/loads", json=_load("load-2", bag_ids[:1]))

    assert again.status_code == 200
    assert (other.status_code, other.json()["errors"][0]["field"]) == (409, "load_id")
    assert len(await facts("load-2")) == 1


async def test_a_bag_that_was_not_collected_is_named(http: httpx.AsyncClient, collected: Collected) -> None:
    bag_ids = await collected("l3", 4_000)
    answer = await http.post("/loads", json=_load("load-3", [*bag_ids, "never-seen"]))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "bag_ids")
    assert "never-seen" in answer.json()["detail"]
    assert (await http.get("/loads/load-3")).status_code == 404


async def test_a_bag_is_in_one_load(http: httpx.AsyncClient, facts: Facts, collected: Collected) -> None:
    first, second, third = await collected("l4", 4_000, 3_000, 2_000)
    await http.post("/loads", json=_load("load-4", [first, second]))

    answer = await http.post("/loads", json=_load("load-5", [second, third]))

    assert answer.status_code == 409
    assert "l4-1 is in load load-4" in answer.json()["detail"]
    assert await facts("load-5") == []
    assert (await http.get(f"/bags/{third}")).json()["state"] == "sealed"


async def test_two_dispatchers_cannot_both_take_a_bag(
    http: httpx.AsyncClient, facts: Facts, collected: Collected
) -> None:
    bag_ids = await collected("l5", *[1_000] * 10)
    answers = await asyncio.gather(*(http.post("/loads", json=_load(f"load-5-{n}", bag_ids)) for n in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert sum([len(await facts(f"load-5-{n}")) for n in range(5)]) == 1


async def test_a_bag_named_twice_is_refused(http: httpx.AsyncClient, collected: Collected) -> None:
    (bag_id,) = await collected("l6", 4_000)
    answer = await http.post("/loads", json=_load("load-6", [bag_id, bag_id]))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "bag_ids")


async def test_a_handover_compares_what_was_given_and_received(
    http: httpx.AsyncClient, facts: Facts, collected: Collected
) -> None:
    bag_ids = await collected("h1", 4_000, 3_000)
    await http.post("/loads", json=_load("load-h1", bag_ids))

    answer = await http.post("/loads/load-h1/handovers", json=_handover("ho-1", {"h1-0": 3_950, "h1-1": 2_850}))

    assert answer.status_code == 201, answer.text
    told, fact = await facts("load-h1")
    assert isinstance(told, LoadDispatched)
    assert isinstance(fact, HandoverRecorded)
    assert answer.json() == fact.model_dump(mode="json")
    assert (fact.given_grams, fact.received_grams, fact.difference) == (7_000, 6_800, "minor")
    assert [bag.difference for bag in fact.bags] == ["matched", "minor"]
    load = (await http.get("/loads/load-h1")).json()
    assert (load["state"], [one["handover_id"] for one in load["handovers"]]) == ("delivered", ["ho-1"])


async def test_a_broken_seal_opens_a_dispute(http: httpx.AsyncClient, collected: Collected) -> None:
    await http.post("/loads", json=_load("load-h2", await collected("h2", 4_000, 3_000)))
    body = _handover("ho-2", {"h2-0": 4_000, "h2-1": 3_000})
    del body["bags"][1]["seal_read"]

    answer = (await http.post("/loads/load-h2/handovers", json=body)).json()

    assert answer["difference"] == answer["bags"][1]["difference"] == "seal_mismatch"
    assert (await http.get("/loads/load-h2")).json()["state"] == "disputed"


async def test_a_handover_on_the_way_does_not_deliver(http: httpx.AsyncClient, collected: Collected) -> None:
    await http.post("/loads", json=_load("load-h3", await collected("h3", 4_000)))
    body = _handover("ho-3", {"h3-0": 4_000}, receiver_id="crew-2", place_id="hub-2")
    await http.post("/loads/load-h3/handovers", json=body)
    assert (await http.get("/loads/load-h3")).json()["state"] == "dispatched"


async def test_a_handover_that_is_sent_again_is_told_once(
    http: httpx.AsyncClient, facts: Facts, collected: Collected
) -> None:
    await http.post("/loads", json=_load("load-h4", await collected("h4", 4_000)))
    body = _handover("ho-4", {"h4-0": 4_000})

    first = await http.post("/loads/load-h4/handovers", json=body)
    again = await http.post("/loads/load-h4/handovers", json=body)
    other = await http.post("/loads/load-h4/handovers", json=_handover("ho-4", {"h4-0": 3_000}))

    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert (other.status_code, other.json()["errors"][0]["field"]) == (409, "handover_id")
    assert len(await facts("load-h4")) == 2


@pytest.mark.parametrize(
    ("readings", "named"),
    [({"h5-0": 4_000}, "h5-1"), ({"h5-0": 1, "h5-1": 1, "stranger": 1}, "stranger")],
)
async def test_a_handover_speaks_of_every_bag_of_the_load(
    http: httpx.AsyncClient, collected: Collected, readings: dict[str, int], named: str
) -> None:
    if (await http.get("/loads/load-h5")).status_code == 404:
        await http.post("/loads", json=_load("load-h5", await collected("h5", 4_000, 3_000)))
    answer = await http.post("/loads/load-h5/handovers", json=_handover("ho-5", readings))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "bags")
    assert named in answer.json()["detail"]


async def test_a_handover_of_an_unknown_load_is_not_found(http: httpx.AsyncClient) -> None:
    answer = await http.post("/loads/nowhere/handovers", json=_handover("ho-6", {"b": 1}))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, "load_id")


@pytest.mark.parametrize(("grams", "field"), [(-1, "bags.0.received_grams"), (100_001, "bags.0.received_grams")])
async def test_absurd_grams_name_the_reading(http: httpx.AsyncClient, grams: int, field: str) -> None:
    answer = await http.post("/loads/any/handovers", json=_handover("ho-7", {"b": grams}))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_loads_are_listed_page_by_page_the_latest_first(http: httpx.AsyncClient, collected: Collected) -> None:
    bag_ids = await collected("p1", *[1_000] * 5)
    for n, bag_id in enumerate(bag_ids):
        at = datetime(2026, 11, 1, 8, n // 2, tzinfo=UTC).isoformat()  # two leave in the same minute
        await http.post("/loads", json=_load(f"load-p{n}", [bag_id], dispatched_at=at))

    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await http.get("/loads", params=params)).json()
        seen += [load["load_id"] for load in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert len(seen) == len(set(seen))
    assert [load_id for load_id in seen if load_id.startswith("load-p")] == [f"load-p{n}" for n in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize("cursor", ["x", "bnVsbA==", "WzFd", "WyIyMDI2LTExLTAxIiwgInhcdTAwMDAiXQ=="])
async def test_a_cursor_that_was_made_up_is_refused(http: httpx.AsyncClient, cursor: str) -> None:
    answer = await http.get("/loads", params={"cursor": cursor})
    assert answer.status_code in {200, 422} if cursor == "bnVsbA==" else answer.status_code == 422, answer.text
