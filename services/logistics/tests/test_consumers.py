"""What others tell lands right, in whatever order it comes."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import httpx
import pytest
from ewaste.contracts.events.dropoff import BagInstalled
from ewaste.contracts.events.logistics import BinCollected, Difference
from ewaste.contracts.events.recycler import LoadReceived, LoadRejected, ReceivedBag, RejectionReason
from ewaste.contracts.fields import Context
from ewaste.logistics.app import build_app
from ewaste.logistics.settings import Settings
from ewaste.runtime.app import App, Role
from ewaste.runtime.broker import build_producer
from ewaste.runtime.inbox import Received
from ewaste.runtime.testing import Stack, client, events_on, eventually, received

Collected = Callable[..., Awaitable[list[str]]]


def _received(load_id: str, difference: Difference | None = None, **grams: int) -> Received:
    bags = tuple(
        ReceivedBag(bag_id=(bag_id := id.replace("_", "-")), seal_read=f"S-{bag_id}", received_grams=each)
        for id, each in grams.items()
    )
    data = LoadReceived(
        load_id=load_id,
        partner_id="plant-1",
        facility_id="plant-1-a",
        bags=bags,
        received_grams=sum(grams.values()),
        difference=difference,
    )
    return received(Context.RECYCLER, data, datetime.now(UTC))


def _rejected(load_id: str, *bag_ids: str) -> Received:
    data = LoadRejected(
        load_id=load_id,
        partner_id="plant-1",
        facility_id="plant-1-a",
        bag_ids=bag_ids,
        reason=RejectionReason.CONTAMINATED,
    )
    return received(Context.RECYCLER, data, datetime.now(UTC))


async def _follow(app: App, *told: Received) -> None:
    follow = app.subscriptions[1].on_events
    assert follow is not None
    for one in told:
        async with app.database.transaction() as tx:
            await follow(tx, [one])


async def _dispatch(http: httpx.AsyncClient, load_id: str, bag_ids: list[str]) -> dict[str, Any]:
    body = {"load_id": load_id, "carrier_id": "crew-1", "origin_id": "hub-1", "destination_id": "plant-1",
            "bag_ids": bag_ids}  # fmt: skip
    answer = await http.post("/loads", json=body)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_a_load_is_partly_accepted_in_every_order_of_its_facts(
    http: httpx.AsyncClient, app: App, collected: Collected, order: tuple[int, ...]
) -> None:
    """Two records of what was taken and one of what was refused, each of them twice."""
    prefix = "k" + "".join(map(str, order))
    await _dispatch(http, f"load-{prefix}", await collected(prefix, 1_000, 2_000, 3_000))
    told = [
        _received(f"load-{prefix}", **{f"{prefix}_0": 1_000}),
        _received(f"load-{prefix}", Difference.MINOR, **{f"{prefix}_1": 1_900}),
        _rejected(f"load-{prefix}", f"{prefix}-2"),
    ]

    await _follow(app, *(told[n] for n in order), *(told[n] for n in order))

    assert (await http.get(f"/loads/load-{prefix}")).json()["state"] == "partly_accepted"
    states = [(await http.get(f"/bags/{prefix}-{n}")).json()["state"] for n in range(3)]
    assert states == ["delivered", "delivered", "sealed"]


async def test_bags_of_a_rejected_load_can_go_to_another_recycler(
    http: httpx.AsyncClient, app: App, collected: Collected
) -> None:
    bag_ids = await collected("k-again", 1_000, 2_000)
    await _dispatch(http, "load-refused", bag_ids)
    await _follow(app, _rejected("load-refused"))

    again = await _dispatch(http, "load-second", bag_ids)

    assert again["gross_grams"] == 3_000
    first = (await http.get("/loads/load-refused")).json()
    assert (first["state"], first["bag_count"]) == ("rejected", 2)
    assert (await http.get(f"/bags/{bag_ids[0]}")).json()["load_id"] == "load-second"


async def test_a_grave_difference_or_a_bag_that_was_not_sent_is_a_dispute(
    http: httpx.AsyncClient, app: App, collected: Collected
) -> None:
    await _dispatch(http, "load-grave", await collected("k-grave", 1_000))
    await _dispatch(http, "load-foreign", await collected("k-foreign", 1_000))
    await _follow(
        app,
        _received("load-grave", Difference.SIGNIFICANT, k_grave_0=1_000),
        _received("load-foreign", k_foreign_0=1_000, stranger=500),
    )
    assert (await http.get("/loads/load-grave")).json()["state"] == "disputed"
    assert (await http.get("/loads/load-foreign")).json()["state"] == "disputed"


async def test_what_others_publish_is_heard_and_what_is_collected_is_published(
    settings: Settings, stack: Stack
) -> None:
    """The whole way on the real broker: in through the consumers, out through the relay."""
    told = received(Context.DROPOFF, BagInstalled(bag_id="kafka-bag", point_id="kafka-box"), datetime.now(UTC))
    producer = build_producer(settings)
    await producer.start()
    await producer.send_and_wait(told.record.topic, told.record.value, key=told.record.key)
    await producer.stop()
    body = {"bag_id": "kafka-bag", "point_id": "kafka-box", "seal_number": "kafka-seal", "gross_grams": 2_000,
            "carrier_id": "crew-1"}  # fmt: skip

    async with client(build_app(settings), Role.ALL) as http:

        async def installed() -> bool:
            return (await http.get("/bags/kafka-bag")).status_code == 200

        await eventually(installed)
        assert (await http.post("/collections", json=body)).json() == {"bag_id": "kafka-bag", "known": True}

        async def published() -> list[BinCollected]:
            events = [event.data for event in await events_on(stack, "ewaste.logistics")]
            return [data for data in events if isinstance(data, BinCollected) and data.bag_id == "kafka-bag"]

        (fact,) = await eventually(published)
    assert fact.gross_grams == 2_000
