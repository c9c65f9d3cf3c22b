"""What a recycler relies on, and what it can't get away with: on the real broker and database."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from ewaste.contracts.events.logistics import Difference
from ewaste.contracts.events.recycler import ConfirmationRefused, LoadReceived, RefusalReason
from ewaste.contracts.fields import Context
from ewaste.contracts.ids import uuid7
from ewaste.contracts.registry import Event, type_for, write_event
from ewaste.contracts.topics import partner_topic_spec
from ewaste.evidence.keys import generate_key
from ewaste.recycler.app import build_app
from ewaste.runtime.app import Role

pytestmark = pytest.mark.asyncio(loop_scope="module")


def of(partner_id: str) -> Any:
    return lambda event: getattr(event.data, "partner_id", None) == partner_id and "Partner" not in event.type.name


def reasons(events: list[Event]) -> list[RefusalReason]:
    return [event.data.reason for event in events if isinstance(event.data, ConfirmationRefused)]


async def test_claims_become_facts_in_order_and_the_batch_is_shown(service: Any, recycler: Any) -> None:
    await service.register(recycler)
    bags = {f"{recycler.partner_id}-b{n}": 1000 for n in range(3)}
    batch = f"{recycler.partner_id}-1"
    outputs = {"copper": (2000, "R4"), "dust": (900, "D10")}
    sent = [
        recycler.message(recycler.opened(batch, bags)),
        recycler.message(recycler.recycled(batch, outputs, process_loss_grams=9)),
    ]

    await service.send(recycler.topic, sent)

    opened, recycled = await service.told(2, of(recycler.partner_id))
    assert (opened.type.name, recycled.type.name) == (
        "ewaste.recycler.BatchOpened.v1",
        "ewaste.recycler.BatchRecycled.v1",
    )
    assert opened.envelope.causationid == json.loads(sent[0]["value"])["id"]
    assert opened.envelope.time.isoformat() == "2026-11-20T05:00:00+00:00"
    shown = (await service.http.get(f"/batches/{batch}")).json()
    assert (shown["bag_grams"], shown["output_grams"], shown["process_loss_grams"]) == (3000, 2900, 9)
    assert [each["grams"] for each in shown["inputs"]] == [1000, 1000, 1000]
    listed = (await service.http.get("/batches", params={"partner_id": recycler.partner_id})).json()
    assert [each["batch_id"] for each in listed["items"]] == [batch]


async def test_forged_claims_are_refused_with_the_reason(service: Any, recycler: Any, another: Any) -> None:
    await service.register(recycler)
    await service.register(another)
    unknown_key = replace(recycler, jwk=generate_key())
    claim = recycler.opened(f"{recycler.partner_id}-1", {f"{recycler.partner_id}-bag": 500})
    good = recycler.message(claim)
    forged = [
        {**good, "value": good["value"].replace(b":500", b":600")},
        {**good, "headers": []},
        {**good, "headers": good["headers"] * 2},
        {**good, "key": b"another-batch"},
        unknown_key.message(claim),
        replace(recycler, jwk=another.jwk).message(claim),
        recycler.message(claim, source="urn:ewaste:partner:" + another.partner_id),
    ]

    await service.send(recycler.topic, [{**each, "partition": 0} for each in [*forged, good]])
    await service.send(another.topic, [good])

    *refused, accepted = await service.told(len(forged) + 1, of(recycler.partner_id))
    assert reasons(refused) == [
        "signature_wrong",
        "signature_missing",
        "signature_malformed",
        "record_key_wrong",
        "key_unknown",
        "key_of_another_partner",
        "source_of_another_partner",
    ]
    assert accepted.type.model.__name__ == "BatchOpened"
    (elsewhere,) = await service.told(1, of(another.partner_id))
    assert reasons([elsewhere]) == ["key_of_another_partner"]
    page = (await service.http.get("/refusals", params={"partner_id": recycler.partner_id, "limit": 3})).json()
    assert [each["reason"] for each in page["items"]] == reasons(refused)[:3]
    assert [each["offset"] for each in page["items"]] == [0, 1, 2]
    rest = (await service.http.get("/refusals", params={"cursor": page["next_cursor"]})).json()
    assert [each["reason"] for each in rest["items"]][:4] == reasons(refused)[3:]


async def test_a_revoked_key_counts_no_more_and_the_next_one_does(service: Any, recycler: Any) -> None:
    await service.register(recycler)
    old, new = recycler, replace(recycler, jwk=generate_key())
    bag, batch = f"{recycler.partner_id}-bag", f"{recycler.partner_id}-batch"
    await service.send(old.topic, [old.message(old.opened(f"{batch}-1", {f"{bag}-1": 5}))])
    await service.told(1, of(old.partner_id))

    path = f"/partners/{old.partner_id}/keys"
    revocation = {"reason": "compromised"}
    assert (await service.http.post(f"{path}/{old.jwk['kid']}/revocation", json=revocation)).status_code == 204
    assert (await service.http.post(path, json=new.public_key())).status_code == 201
    late = old.opened(f"{batch}-2", {f"{bag}-2": 5})
    await service.send(old.topic, [{**each.message(late), "partition": 1} for each in (old, new)])

    _, refused, accepted = await service.told(3, of(old.partner_id))
    assert (reasons([refused]), accepted.type.model.__name__) == (["key_revoked"], "BatchOpened")


async def test_poison_is_refused_and_never_blocks_the_partition(service: Any, recycler: Any) -> None:
    await service.register(recycler)
    good = recycler.message(recycler.opened(f"{recycler.partner_id}-1", {f"{recycler.partner_id}-bag": 5}))
    fact_type = type_for(Context.RECYCLER, type(recycler.opened("x", {"y": 1})))
    as_fact = write_event(fact_type, recycler.opened("x", {"y": 1}), id=uuid7(), source="urn:ewaste:cm:recycler",
                          time=recycler.noon)  # fmt: skip
    unknown_version = good["value"].replace(b"BatchOpened.v1", b"BatchOpened.v9")
    wrong_schema = good["value"].replace(b'"inputs"', b'"outputs"')

    def signed(value: bytes) -> dict[str, Any]:
        return {"key": good["key"], "value": value, "headers": [("jws", recycler.sign(value, good["key"]).encode())]}

    poison = [
        {"value": b'{"specversion":'},
        {"value": b"\xff\xfe\x00"},
        {"value": None, "key": b"k"},
        {"value": b"x" * 2_000_000},
        {"value": b'{"specversion": "1.0"}'},
        {**good, "headers": [("jws", b"\xff\xfe"), ("other", b"\xff")]},
        {**good, "headers": [("jws", b"")]},
        signed(unknown_version),
        signed(as_fact),
        signed(wrong_schema),
    ]

    await service.send(recycler.topic, [{**each, "partition": 0} for each in [*poison, good]])

    *refused, accepted = await service.told(len(poison) + 1, of(recycler.partner_id))
    assert reasons(refused) == [
        "undecodable",
        "undecodable",
        "undecodable",
        "too_large",
        "envelope",
        "signature_malformed",
        "signature_malformed",
        "unknown_type",
        "unknown_type",
        "schema",
    ]
    assert refused[-1].data.field == "data.inputs"
    assert accepted.type.model.__name__ == "BatchOpened"


async def test_a_claim_counts_once_however_often_it_comes(service: Any, recycler: Any) -> None:
    await service.register(recycler)
    same, batch = uuid7(), f"{recycler.partner_id}-1"
    good = recycler.message(recycler.opened(batch, {f"{recycler.partner_id}-a": 5}), id=same)
    other = recycler.message(recycler.opened(batch, {f"{recycler.partner_id}-b": 7}), id=same)
    last = recycler.message(recycler.recycled(batch, {"iron": (5, "R4")}))

    await service.send(recycler.topic, [good, good, other, good, last, last])

    opened, refused, recycled = await service.told(3, of(recycler.partner_id))
    assert [opened.type.model.__name__, recycled.type.model.__name__] == ["BatchOpened", "BatchRecycled"]
    assert reasons([refused]) == ["equivocation"]


async def test_a_refused_claim_is_judged_again_when_it_comes_again(service: Any, recycler: Any) -> None:
    await service.register(recycler)
    batch = f"{recycler.partner_id}-1"
    opening = recycler.message(recycler.opened(batch, {f"{recycler.partner_id}-a": 5}))
    recycling = recycler.message(recycler.recycled(batch, {"iron": (5, "R4")}))

    await service.send(recycler.topic, [recycling, opening, recycling])

    refused, opened, recycled = await service.told(3, of(recycler.partner_id))
    assert reasons([refused]) == ["batch_unknown"]
    assert [opened.type.model.__name__, recycled.type.model.__name__] == ["BatchOpened", "BatchRecycled"]


async def test_a_topic_without_a_partner_is_refused(service: Any, recycler: Any, infra: Any) -> None:
    infra.create_topics([partner_topic_spec(recycler.partner_id)])

    await service.send(recycler.topic, [recycler.message(recycler.opened("x-1", {"x-bag": 5}))])

    (refused,) = await service.told(1, of(recycler.partner_id))
    assert reasons([refused]) == ["unknown_partner"]


async def test_the_difference_to_what_was_dispatched_is_ours_to_set(service: Any, recycler: Any) -> None:
    await service.register(recycler)
    load, bag = f"{recycler.partner_id}-load", f"{recycler.partner_id}-bag"
    await service.logistics(service.dispatched(load, **{bag: 10_000}))

    await service.send(recycler.topic, [recycler.message(recycler.received(load, **{bag: 8_000}))])

    (fact,) = await service.told(1, of(recycler.partner_id))
    assert isinstance(fact.data, LoadReceived)
    assert fact.data.difference is Difference.SIGNIFICANT


async def test_two_workers_never_give_the_same_grams_twice(service: Any, recycler: Any, another: Any) -> None:
    for each in (recycler, another):
        await service.register(each)
    bags = [f"{recycler.partner_id}-g{number}" for number in range(60)]
    await service.logistics(*(service.collected(bag, 10_000) for bag in bags))

    async with build_app(service.settings).running(Role.WORKER):
        await asyncio.gather(
            *(
                service.send(
                    one.topic, [one.message(one.opened(f"{one.partner_id}-{bag}", {bag: 9_000})) for bag in bags]
                )
                for one in (recycler, another)
            )
        )
        told = await service.told(120, lambda event: of(recycler.partner_id)(event) or of(another.partner_id)(event))

    opened = [event.data.inputs[0].bag_id for event in told if event.type.model.__name__ == "BatchOpened"]
    assert sorted(opened) == sorted(bags)
    assert reasons(told) == ["bag_over_allocated"] * 60
