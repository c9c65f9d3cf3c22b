"""The chain of an item from the facts on the topics, whatever their order and however often they come."""

from collections.abc import Callable
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from ewaste.contracts.events.dropoff import Category, Channel, ItemDropped
from ewaste.contracts.fields import Context
from ewaste.contracts.ids import uuid7
from ewaste.runtime.testing import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

Days = Callable[..., Any]
SERVICES = ("dropoff", "logistics", "partner", "recycler")


def told(chain: dict[str, Any], tag: str) -> Any:
    """A chain without what differs from day to day: its ids, and where its records stand."""
    if isinstance(chain, dict):
        apart = {"index", "said_at_index", "event_id", "time"}
        return {key: told(value, tag) for key, value in chain.items() if key not in apart}
    if isinstance(chain, list):
        return [told(each, tag) for each in chain]
    return chain.replace(tag, "…") if isinstance(chain, str) else chain


async def test_a_chain_grows_with_its_facts(service: Any, publisher: Any, new_day: Days) -> None:
    day = new_day()
    assert await service.trace(f"item/{day.item}") is None
    for messages, state in (
        (day.collected(), "collected"),
        (day.delivered(), "delivered"),
        (day.processed(), "processed"),
        (day.registered(), "certified"),
    ):
        await publisher.publish(*messages)
        await service.chain_is(f"item/{day.item}", state)

    await service.reaches("custody", len(await publisher.custody_records()))
    chain = await service.trace(f"item/{day.item}")
    steps = [step["type"] for step in _steps(chain)]
    assert set(steps) >= {
        "ItemDropped", "BagInstalled", "BinCollected", "LoadDispatched", "HandoverRecorded", "LoadReceived",
        "BatchOpened", "BatchRecycled", "CertificateIssued",
    }  # fmt: skip
    assert all(step["claim"] for step in _steps(chain) if step["type"] in ("LoadReceived", "BatchOpened"))
    for node in (f"bag/{day.bag}", f"load/load-{day.tag}", f"batch/{day.batch}"):
        assert (await service.trace(node))["text_th"]


def _steps(chain: dict[str, Any]) -> list[dict[str, Any]]:
    return [*chain["steps"], *(step for below in (*chain["then"], *chain["inside"]) for step in _steps(below))]


async def test_every_order_of_the_topics_gives_the_same_chain(
    service: Any, publisher: Any, new_day: Days, in_topic_order: Any
) -> None:
    days = []
    partner = new_day().partner
    for order in permutations(SERVICES):
        day = new_day(partner=partner)
        days.append(day)
        # Without its partner's registration no batch is certified: a certificate's place would differ.
        messages = [each for each in day.messages() if each.about != "PartnerRegistered"]
        await publisher.publish(*in_topic_order(messages, order))

    await service.reaches("custody", len(await publisher.custody_records()))
    chains = [told(await service.chain_is(f"item/{day.item}", "processed"), day.tag) for day in days]

    assert all(chain == chains[0] for chain in chains)


async def test_what_is_sent_again_changes_nothing(service: Any, publisher: Any, new_day: Days) -> None:
    day = new_day()
    messages = [each for each in day.messages() if each.about != "PartnerRegistered"]
    await publisher.publish(*messages)
    await service.reaches("custody", len(await publisher.custody_records()))
    once = await service.chain_is(f"item/{day.item}", "processed")

    await publisher.publish(*messages[::-1])
    await service.reaches("custody", len(await publisher.custody_records()))

    assert await service.trace(f"item/{day.item}") == once


async def test_of_two_things_said_under_one_id_the_first_counts_for_both_items(
    service: Any, publisher: Any, new_day: Days
) -> None:
    day = new_day()
    id: UUID = uuid7()
    first, second = (
        day.event(
            Context.DROPOFF,
            ItemDropped(
                item_id=f"said-{number}-{day.tag}", bag_id=day.bag, point_id="P-1", category=Category.PHONE,
                channel=Channel.APP,
            ),
            id=id,
        )
        for number in (1, 2)
    )  # fmt: skip
    await publisher.publish(first)
    await service.chain_is(f"item/said-1-{day.tag}", "dropped")
    await publisher.publish(second)
    await service.reaches("custody", len(await publisher.custody_records()))

    assert await service.trace(f"item/said-2-{day.tag}") is None
    bag = await service.trace(f"bag/{day.bag}")
    assert [item["id"] for item in bag["inside"]] == [f"said-1-{day.tag}"]


async def test_a_partner_cannot_write_the_recyclers_facts_on_its_own_topic(
    service: Any, publisher: Any, new_day: Days, message: Any
) -> None:
    day = new_day()
    claim, fact = day.processed()[:2]
    await publisher.publish(claim, message(claim.topic, fact.key, fact.value))
    await service.reaches("custody", len(await publisher.custody_records()))

    assert await service.trace(f"batch/{day.batch}") is None
    await publisher.publish(fact)
    assert await eventually(lambda: service.trace(f"batch/{day.batch}"))
