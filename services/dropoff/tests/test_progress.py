"""A citizen sees where an item is, in whatever order the others' facts come."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import httpx
import pytest
from ewaste.contracts.events.dropoff import BagInstalled
from ewaste.contracts.events.logistics import BagHandover, BinCollected, Difference, HandoverRecorded
from ewaste.contracts.events.recycler import (
    BatchInput,
    BatchOpened,
    BatchRecycled,
    LoadReceived,
    Operation,
    OutputFraction,
    ReceivedBag,
)
from ewaste.contracts.events.traceability import CertificateIssued
from ewaste.contracts.fields import Context, Part
from ewaste.runtime.app import App
from ewaste.runtime.inbox import Received
from ewaste.runtime.testing import received

Facts = Callable[[str], Awaitable[list[Part]]]
Box = Callable[..., Awaitable[None]]

DAY = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def _collected(id: str, next_bag_id: str | None = None) -> Received:
    data = BinCollected(
        bag_id=f"{id}-bag",
        point_id=id,
        seal_number=f"{id}-seal",
        gross_grams=4_000,
        next_bag_id=next_bag_id,
        carrier_id="crew-1",
    )
    return received(Context.LOGISTICS, data, DAY)


def _handed_over(id: str) -> Received:
    bag = BagHandover(bag_id=f"{id}-bag", seal_given="s", seal_read="s", given_grams=1, received_grams=1,
                      difference=Difference.MATCHED)  # fmt: skip
    data = HandoverRecorded(handover_id=f"{id}-ho", load_id=f"{id}-load", giver_id="crew-1", receiver_id="crew-2",
                            place_id="hub", bags=(bag,), given_grams=1, received_grams=1,
                            difference=Difference.MATCHED)  # fmt: skip
    return received(Context.LOGISTICS, data, DAY + timedelta(hours=1))


def _weighed_in(id: str, hours: int = 2) -> Received:
    bags = (ReceivedBag(bag_id=f"{id}-bag", seal_read="s", received_grams=4_000),)
    data = LoadReceived(load_id=f"{id}-load", partner_id="plant-1", facility_id="a", bags=bags, received_grams=4_000)
    return received(Context.RECYCLER, data, DAY + timedelta(hours=hours))


def _opened(id: str) -> Received:
    inputs = (BatchInput(bag_id=f"{id}-bag", grams=4_000),)
    data = BatchOpened(batch_id=f"{id}-batch", partner_id="plant-1", facility_id="a", inputs=inputs)
    return received(Context.RECYCLER, data, DAY + timedelta(hours=3))


def _recycled(id: str) -> Received:
    output = OutputFraction(
        fraction_id="f", material="copper", grams=4_000, operation=Operation.R4, facility_id="smelter"
    )
    data = BatchRecycled(batch_id=f"{id}-batch", partner_id="plant-1", outputs=(output,))
    return received(Context.RECYCLER, data, DAY + timedelta(hours=4))


def _certified(id: str) -> Received:
    digest = "0" * 64
    data = CertificateIssued(
        certificate_id=f"{id}-cert", batch_id=f"{id}-batch", partner_id="plant-1", ledger_size=1, ledger_root=digest,
        rules_digest=digest, content_digest=digest, input_grams=4_000, output_grams=4_000, process_loss_grams=0,
        landfill_grams=0,
    )  # fmt: skip
    return received(Context.TRACEABILITY, data, DAY + timedelta(hours=5))


STEPS = (_collected, _handed_over, _weighed_in, _opened, _recycled, _certified)


async def _follow(app: App, *batches: Sequence[Received]) -> None:
    follow = app.subscriptions[0].on_events
    assert follow is not None
    for batch in batches:
        async with app.database.transaction() as tx:
            await follow(tx, batch)


async def _drop(http: httpx.AsyncClient, box: Box, id: str) -> str:
    await box(id, (f"{id}-bag", None))
    return str((await http.post("/drops", json={"point_id": id, "category": "laptop"})).json()["receipt_code"])


async def test_each_fact_brings_the_item_further(http: httpx.AsyncClient, app: App, box: Box) -> None:
    code = await _drop(http, box, "w1")
    seen = []
    for step in STEPS:
        await _follow(app, [step("w1")])
        seen.append((await http.get(f"/items/{code}")).json()["stage"])
    # A handover from carrier to carrier is no delivery, and an opened batch not yet processed.
    assert seen == ["collected", "collected", "delivered", "delivered", "processed", "certified"]


@pytest.mark.parametrize("seed", range(12))
async def test_the_order_the_batches_and_repetitions_of_the_facts_change_nothing(
    http: httpx.AsyncClient, app: App, box: Box, seed: int
) -> None:
    id = f"w2-{seed}"
    code = await _drop(http, box, id)
    random = Random(seed)
    told = [step(id) for step in STEPS] + [_weighed_in(id, hours=9), _collected(id)]
    random.shuffle(told)
    cut = random.randrange(len(told))

    await _follow(app, told[:cut], told[cut:], *([one] for one in random.sample(told, 3)))

    status = (await http.get(f"/items/{code}")).json()
    assert {
        name: status[name] for name in ("stage", "collected_at", "delivered_at", "processed_at", "certificate_id")
    } == {
        "stage": "certified",
        "collected_at": "2026-11-20T02:00:00Z",
        "delivered_at": "2026-11-20T04:00:00Z",
        "processed_at": "2026-11-20T06:00:00Z",
        "certificate_id": f"{id}-cert",
    }


async def test_facts_about_a_bag_may_come_before_its_drops(http: httpx.AsyncClient, app: App, box: Box) -> None:
    """A phone without a line uploads when the bag is long recycled."""
    await _follow(app, [step("w3") for step in STEPS])
    assert (await http.get(f"/items/{await _drop(http, box, 'w3')}")).json()["stage"] == "certified"


async def test_the_box_goes_on_with_the_bag_that_the_crew_hung(
    http: httpx.AsyncClient, app: App, facts: Facts, box: Box
) -> None:
    await box("w4", ("w4-bag", (DAY - timedelta(days=7)).isoformat()))
    collected = _collected("w4", next_bag_id="w4-fresh")

    await _follow(app, [collected, collected], [collected])

    (fact,) = await facts("w4-fresh")
    assert fact == BagInstalled(bag_id="w4-fresh", point_id="w4", replaces_bag_id="w4-bag")
    lines = [
        {"point_id": "w4", "category": "phone", "dropped_at": (DAY + timedelta(minutes=m)).isoformat()} for m in (-1, 1)
    ]
    answer = (await http.post("/drops/bulk", json={"lines": lines})).json()
    codes = [line["receipt"]["receipt_code"] for line in answer["lines"]]
    assert [(await http.get(f"/items/{code}")).json()["bag_id"] for code in codes] == ["w4-bag", "w4-fresh"]


async def test_a_bag_that_hangs_already_is_not_installed_again(app: App, facts: Facts, box: Box) -> None:
    await box("w5", ("w5-bag", None), ("w5-fresh", None))
    await _follow(app, [_collected("w5", next_bag_id="w5-fresh")])
    assert len(await facts("w5-fresh")) == 1
