"""Alerts on the real broker: each opens once, names its evidence and closes once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ewaste.contracts.events.recycler import BatchInput, BatchOpened
from ewaste.contracts.fields import Context
from ewaste.contracts.ids import uuid7
from ewaste.runtime.testing import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

Bags = Callable[..., Any]


async def alerts(service: Any, node: str, state: str = "open") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await service.json(f"/alerts?subject={node}&state={state}"))["items"]
    return found


async def opens(service: Any, node: str, kind: str) -> dict[str, Any]:
    found = await eventually(lambda: alerts(service, node), lambda open: kind in [each["kind"] for each in open])
    return next(each for each in found if each["kind"] == kind)


async def test_a_wrong_seal_is_told_once_with_its_evidence_and_ends_with_the_word_of_both(
    service: Any, publisher: Any, new_bag: Bags, said_of: Any
) -> None:
    bag = new_bag()
    messages = [bag.hung(), bag.collected(), bag.dispatched(), bag.received(seal="S-9")]
    await publisher.publish(*messages)

    alert = await opens(service, bag.node, "seal_mismatch")

    shown = [(await service.json(f"/ledgers/custody/entries?start={i}&limit=1"))["items"][0] for i in alert["evidence"]]
    # Two topics: which of them the ledger has first is chance.
    assert {each["event"]["type"].split(".")[2] for each in shown} == {"LoadDispatched", "LoadReceived"}
    assert (alert["open"], alert["closed_at"], alert["text_en"]) == (True, None, "Seal does not match")

    await publisher.publish(*messages, *bag.settled(), *messages)

    told = await eventually(lambda: said_of(bag.node), lambda told: len(told) > 1)
    assert [name for name, _ in told] == ["CustodyGapOpened", "CustodyGapClosed"]
    opened, closed = (data for _, data in told)
    assert opened.gap_id == closed.gap_id == alert["gap_id"]
    assert list(opened.evidence) == alert["evidence"]
    (ended,) = await alerts(service, bag.node, "closed")
    assert set(closed.evidence) == {*opened.evidence, *ended["closed_by"]}
    assert await alerts(service, bag.node) == []


async def test_a_bag_that_waits_too_long_is_told_within_seconds_and_ends_when_it_is_sent(
    service: Any, publisher: Any, new_bag: Bags, said_of: Any
) -> None:
    bag = new_bag(at=datetime.now(UTC) - timedelta(days=4))
    await publisher.publish(bag.hung(), bag.collected())
    alert = await opens(service, bag.node, "bag_not_handed_over")
    assert alert["due_at"] < alert["opened_at"]

    bag.at = datetime.now(UTC)
    await publisher.publish(bag.dispatched())

    await eventually(lambda: alerts(service, bag.node), lambda open: open == [])
    assert [name for name, _ in await eventually(lambda: said_of(bag.node), lambda told: len(told) > 1)] == [
        "CustodyGapOpened", "CustodyGapClosed",
    ]  # fmt: skip


async def test_what_was_late_but_is_done_is_never_told(
    service: Any, publisher: Any, new_bag: Bags, said_of: Any
) -> None:
    """Old records that come together, as when a device was offline for days."""
    bag = new_bag(at=datetime.now(UTC) - timedelta(days=200))
    late = [bag.hung()]
    bag.at += timedelta(days=60)
    late.append(bag.collected())
    bag.at += timedelta(days=60)
    late += [bag.dispatched(), bag.received()]
    await publisher.publish(*late)
    other = new_bag(at=datetime.now(UTC) - timedelta(days=4))
    await publisher.publish(other.collected())
    await opens(service, other.node, "bag_not_handed_over")

    for node in (bag.node, f"load/load-{bag.tag}"):
        assert await alerts(service, node, "all") == []
        assert await said_of(node) == []


async def test_one_piece_in_two_bags_until_one_drop_is_taken_back(
    service: Any, publisher: Any, new_bag: Bags, said_of: Any
) -> None:
    one, other = new_bag(), new_bag()
    item, wrong = f"item-{one.tag}", uuid7()
    await publisher.publish(one.dropped(item), other.dropped(item, id=wrong))
    alert = await opens(service, f"item/{item}", "item_in_two_places")
    assert len(alert["evidence"]) == 2

    await publisher.publish(other.corrected(Context.DROPOFF, wrong))

    await eventually(lambda: alerts(service, f"item/{item}"), lambda open: open == [])
    assert len(await eventually(lambda: said_of(f"item/{item}"), lambda told: len(told) > 1)) == 2


async def test_one_id_with_two_contents_is_told_and_stays(service: Any, publisher: Any, new_bag: Bags) -> None:
    bag, id = new_bag(), uuid7()
    first, second = bag.hung(id=id), bag.dropped("item-x", id=id)
    await publisher.publish(first, first, second, second)

    found = await eventually(
        lambda: alerts(service, "source/urn:ewaste:alerts:dropoff"),
        lambda open: "equivocation" in [each["kind"] for each in open],
    )

    (alert,) = [each for each in found if each["kind"] == "equivocation"]
    assert alert["subject"] == {"kind": "source", "id": "urn:ewaste:alerts:dropoff"}
    assert len(alert["evidence"]) >= 2


async def test_alerts_about_a_bag_are_no_evidence_of_its_certificate(
    service: Any, publisher: Any, new_day: Bags, new_bag: Bags
) -> None:
    day = new_day()
    twice = new_bag()
    await publisher.publish(*day.registered(), *day.collected(), *day.delivered())
    # The same grams in another batch, until that is taken back.
    id = uuid7()
    other = BatchOpened(
        batch_id=f"other-{day.tag}",
        partner_id=day.partner,
        facility_id="F-1",
        inputs=(BatchInput(bag_id=day.bag, grams=10_000),),
    )
    await publisher.publish(*day.processed(), twice.event(Context.RECYCLER, other, id=id))
    await opens(service, f"bag/{day.bag}", "over_allocated")
    await publisher.publish(twice.corrected(Context.RECYCLER, id))
    await eventually(lambda: alerts(service, f"bag/{day.bag}"), lambda open: open == [])

    told = await eventually(
        lambda: service.certification(day.batch), lambda told: bool(told) and told["certificate_id"] is not None
    )

    content = await service.json(f"/certificates/{told['certificate_id']}")
    # One by one: other tests may have filled the same ledger between two of them.
    entries = [await service.json(f"/ledgers/custody/entries?start={index}&limit=1") for index in content["evidence"]]
    named = {entry["items"][0]["event"]["type"].split(".")[2] for entry in entries}
    assert "BatchOpened" in named
    assert not named & {"CustodyGapOpened", "CustodyGapClosed"}
