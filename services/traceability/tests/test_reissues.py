"""A certificate holds while the records say the same; then it falls, what changed is named, and it is replaced."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from ewaste.contracts.envelope import source_of
from ewaste.contracts.events.common import CorrectionReason, EventCorrected
from ewaste.contracts.events.dropoff import Category, Channel, ItemDropped
from ewaste.contracts.fields import Context
from ewaste.runtime.testing import Stack, events_on, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

Days = Callable[..., Any]


def corrected(message: Any, replacement: Any = None) -> EventCorrected:
    return EventCorrected(
        corrected_event_id=json.loads(message.value)["id"],
        corrected_source=source_of("test", Context.RECYCLER),
        replacement_event_id=json.loads(replacement.value)["id"] if replacement else None,
        reason=CorrectionReason.MISTYPED,
    )


async def certified(service: Any, batch: str, other_than: str | None = None) -> str:
    told = await eventually(
        lambda: service.certification(batch),
        lambda told: bool(told) and told["certificate_id"] not in (None, other_than),
    )
    return str(told["certificate_id"])


async def standing(service: Any, certificate_id: str, state: str) -> dict[str, Any]:
    async def look() -> dict[str, Any]:
        answer = await service.http.get(f"/certificates/{certificate_id}/standing")
        return dict(answer.json()) if answer.status_code == 200 else {}

    return await eventually(look, lambda told: told.get("state") == state)


async def told_of(stack: Stack, service: Any, *certificate_ids: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        (event.type.model.__name__, event.data.model_dump(mode="json"))
        for event in await events_on(stack, "ewaste.traceability")
        if event.envelope.source == service.settings.source
        and getattr(event.data, "certificate_id", None) in certificate_ids
    ]


async def test_a_corrected_output_suspends_names_what_changed_and_replaces(
    service: Any, publisher: Any, stack: Stack, new_day: Days
) -> None:
    day = new_day()
    messages = day.messages()
    await publisher.publish(*messages)
    first = await certified(service, day.batch)

    right = day.accepted(day.recycled().model_copy(update={"process_loss_grams": 90}))
    await publisher.publish(day.event(Context.RECYCLER, corrected(messages[-1], right[1])))
    await standing(service, first, "suspended")
    await publisher.publish(*right)
    second = await certified(service, day.batch, first)

    old = await standing(service, first, "replaced")
    assert old["replaced_by"] == second
    assert old["suspension"]["reason"] == "evidence_corrected"
    assert len(old["suspension"]["evidence"]) >= 1
    entries = [
        (await service.json(f"/ledgers/custody/entries?start={index}&limit=1"))["items"][0]["event"]["type"]
        for index in old["suspension"]["evidence"]
    ]
    assert "ewaste.recycler.EventCorrected.v1" in entries
    new = await standing(service, second, "valid")
    assert new["replaces"] == first
    assert {"path": "/grams/process_loss", "old": 100, "new": 90} in new["differences"]

    page = (await service.http.get(f"/pages/certificates/{first}")).text
    assert "หลักฐานที่ใช้ออกใบรับรองถูกแก้ไข" in page
    assert second in page
    assert "/grams/process_loss" in (await service.http.get(f"/pages/certificates/{second}?lang=en")).text

    async def both() -> list[tuple[str, dict[str, Any]]]:
        return await told_of(stack, service, first, second)

    told = await eventually(both, lambda facts: len(facts) >= 3)
    kinds = sorted(kind for kind, _ in told)
    assert kinds == ["CertificateIssued", "CertificateIssued", "CertificateSuspended"]
    assert [data["replaces_certificate_id"] for kind, data in told if kind == "CertificateIssued"].count(first) == 1
    await service.chain_is(f"item/{day.item}", "certified")


async def test_a_certificate_without_ground_is_suspended_until_the_ground_is_back(
    service: Any, publisher: Any, new_day: Days
) -> None:
    day = new_day()
    messages = day.messages()
    await publisher.publish(*messages)
    first = await certified(service, day.batch)

    await publisher.publish(day.event(Context.RECYCLER, corrected(messages[-1])))
    fallen = await standing(service, first, "suspended")

    assert fallen["suspension"]["open_lines"] == ["batch_not_recycled"]
    assert fallen["replaced_by"] is None
    assert (await service.certification(day.batch))["certificate_id"] is None
    await service.chain_is(f"batch/{day.batch}", "suspended")

    await publisher.publish(*day.accepted(day.recycled()))
    second = await certified(service, day.batch, first)
    assert (await standing(service, second, "valid"))["replaces"] == first


async def test_a_late_drop_changes_no_certificate(service: Any, publisher: Any, new_day: Days) -> None:
    day = new_day()
    await publisher.publish(*day.messages())
    first = await certified(service, day.batch)

    late = ItemDropped(
        item_id=f"late-{day.tag}",
        bag_id=day.bag,
        point_id=f"point-{day.tag}",
        category=Category.CABLE,
        channel=Channel.OFFLINE,
    )
    await publisher.publish(day.event(Context.DROPOFF, late))

    await service.chain_is(f"item/late-{day.tag}", "certified")
    assert await certified(service, day.batch) == first
    assert (await standing(service, first, "valid"))["suspension"] is None
