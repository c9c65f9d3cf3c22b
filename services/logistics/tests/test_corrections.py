"""What was told wrong is taken back and said right; nothing is edited, and nothing that rests on it is left hanging."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.events.logistics import BinCollected, HandoverRecorded, LoadDispatched
from ewaste.contracts.fields import Part

Facts = Callable[[str], Awaitable[list[Part]]]
Sent = Callable[..., Awaitable[list[str]]]
Hand = Callable[..., Awaitable[httpx.Response]]
Collected = Callable[..., Awaitable[list[str]]]


def _bag(bag_id: str, **more: Any) -> dict[str, Any]:
    return {"bag_id": bag_id, "point_id": f"{bag_id}-box", "seal_number": f"S-{bag_id}", "gross_grams": 4_000,
            "carrier_id": "crew-1", **more}  # fmt: skip


async def _event_id(http: httpx.AsyncClient, subject: str, type: str) -> str:
    events = (await http.get("/events", params={"subject": subject})).json()["items"]
    found = [one["event_id"] for one in events if one["type"] == f"logistics.{type}" and one["corrected_by"] is None]
    return str(found[-1])


async def test_a_mistyped_weight_is_said_right_in_one_transaction(http: httpx.AsyncClient, facts: Facts) -> None:
    await http.post("/collections", json=_bag("e1", gross_grams=40_000))
    event_id = (await http.get("/bags/e1")).json()["event_id"]
    body = {"event_id": event_id, "reason": "mistyped", "replacement": _bag("e1", gross_grams=4_000)}

    first = await http.post("/corrections", json=body)
    again = await http.post("/corrections", json=body)
    other = await http.post("/corrections", json={**body, "reason": "duplicate"})

    assert (first.status_code, again.status_code, first.json()) == (201, 200, again.json()), first.text
    assert (other.status_code, other.json()["type"]) == (409, "urn:ewaste:problem:corrected-before")
    bag = (await http.get("/bags/e1")).json()
    assert (bag["gross_grams"], bag["event_id"]) == (4_000, first.json()["replacement_event_id"])
    (correction,) = await facts(event_id)
    assert isinstance(correction, EventCorrected)
    assert [fact.gross_grams for fact in await facts("e1") if isinstance(fact, BinCollected)] == [40_000, 4_000]
    told = (await http.get("/events", params={"subject": "e1"})).json()["items"]
    assert [one["replacement_event_id"] for one in told] == [bag["event_id"], None]


async def test_a_wrong_bag_is_free_again_and_so_is_its_seal(http: httpx.AsyncClient) -> None:
    await http.post("/collections", json=_bag("e2"))
    body = {"type": "BinCollected", "subject": "e2", "reason": "wrong_subject",
            "replacement": _bag("e3", seal_number="S-e2")}  # fmt: skip
    assert (await http.post("/corrections", json=body)).status_code == 201
    assert (await http.get("/bags/e2")).status_code == 404
    assert (await http.get("/bags/e3")).json()["seal_number"] == "S-e2"


@pytest.mark.parametrize(
    ("replacement", "field"),
    [
        ({"gross_grams": -1}, "replacement.gross_grams"),
        ({"gross_grams": 100, "tare_grams": 101}, "replacement.tare_grams"),
        ({"next_bag_id": "e4"}, "replacement.next_bag_id"),
        ({"colour": "red"}, "replacement.colour"),
    ],
)
async def test_a_replacement_that_cannot_be_changes_nothing(
    http: httpx.AsyncClient, facts: Facts, replacement: dict[str, Any], field: str
) -> None:
    await http.post("/collections", json=_bag("e4"))
    body = {"type": "BinCollected", "subject": "e4", "reason": "mistyped", "replacement": _bag("e4", **replacement)}
    answer = await http.post("/corrections", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.text
    assert (await http.get("/bags/e4")).json()["gross_grams"] == 4_000
    assert len(await facts("e4")) == 1


async def test_what_others_rest_on_is_corrected_last(
    http: httpx.AsyncClient, facts: Facts, sent: Sent, hand: Hand, collected: Collected
) -> None:
    """From the hands back to the street: each refusal names what to correct first."""
    await sent("e5", 4_000)
    (other,) = await collected("e6", 2_000)
    await hand("e5", "crew-1", "crew-2", {"e5-0": 3_000})
    await hand("e5", "crew-2", "plant-1", {"e5-0": 3_000}, id="ho2")

    async def correct(type: str, subject: str, **more: Any) -> httpx.Response:
        return await http.post("/corrections", json={"type": type, "subject": subject, "reason": "mistyped", **more})

    refusals = [
        await correct("BinCollected", "e5-0"),
        await correct("LoadDispatched", "load-e5"),
        await correct("HandoverRecorded", "ho-e5"),
    ]
    assert [one.status_code for one in refusals] == [409, 409, 409]
    assert ["load-e5" in refusals[0].text, "HandoverRecorded" in refusals[1].text, "ho2-e5" in refusals[2].text] == [
        True
    ] * 3

    assert (await correct("HandoverRecorded", "ho2-e5")).status_code == 201
    right = {"handover_id": "ho-e5", "giver_id": "crew-1", "receiver_id": "crew-2", "place_id": "hub-2",
             "bags": [{"bag_id": "e5-0", "seal_read": "S-e5-0", "received_grams": 3_990}]}  # fmt: skip
    assert (await correct("HandoverRecorded", "ho-e5", replacement=right)).status_code == 201
    load = (await http.get("/loads/load-e5")).json()
    assert (load["state"], load["holder_id"], load["disputes"]) == ("dispatched", "crew-2", [])

    assert (await correct("HandoverRecorded", "ho-e5")).status_code == 201
    body = {"load_id": "load-e5", "carrier_id": "crew-1", "origin_id": "hub-1", "destination_id": "plant-1"}
    assert (await correct("LoadDispatched", "load-e5", replacement={**body, "bag_ids": [other]})).status_code == 201
    load = (await http.get("/loads/load-e5")).json()
    assert ([bag["bag_id"] for bag in load["bags"]], load["gross_grams"], load["handovers"]) == ([other], 2_000, [])
    assert (await correct("BinCollected", "e5-0")).status_code == 201
    told = [type(fact) for fact in await facts("load-e5")]
    assert told == [LoadDispatched, HandoverRecorded, HandoverRecorded, HandoverRecorded, LoadDispatched]


async def test_a_word_that_is_taken_back_opens_the_dispute_again(
    http: httpx.AsyncClient, sent: Sent, hand: Hand
) -> None:
    await sent("e7", 4_000)
    await hand("e7", "crew-1", "crew-2", {"e7-0": 3_000})
    word = {"bag_id": "e7-0", "settlement": "accepted", "gross_grams": 3_000, "cause": "scale"}
    for party in ("crew-1", "crew-2"):
        await http.post("/loads/load-e7/resolutions", json={"party_id": party, "bags": [word]})
    event_id = await _event_id(http, "load-e7", "ResolutionStated")

    answer = await http.post("/corrections", json={"event_id": event_id, "reason": "mistyped"})

    assert answer.status_code == 201, answer.text
    assert (await http.get("/loads/load-e7")).json()["state"] == "disputed"


async def test_an_actor_is_described_anew_and_not_taken_from_under_others(
    http: httpx.AsyncClient, sent: Sent, hand: Hand
) -> None:
    actor = {"actor_id": "crew-9", "kind": "carrier", "name_th": "ผิด"}
    await http.post("/actors", json=actor)
    await sent("e8", 4_000)
    await hand("e8", "crew-1", "crew-9", {"e8-0": 4_000})
    body = {"type": "ActorRegistered", "subject": "crew-9", "reason": "mistyped"}

    gone = await http.post("/corrections", json=body)
    named = await http.post("/corrections", json={**body, "replacement": {**actor, "name_th": "ถูก"}})

    assert (gone.status_code, named.status_code) == (409, 201), named.text
    assert "ho-e8" in gone.json()["detail"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"type": "BinCollected", "subject": "nobody"}, 404, "subject"),
        ({"event_id": "01948c60-2aa8-7b11-9c33-0a41f7d2c905"}, 404, "event_id"),
        ({"type": "BinCollected"}, 422, "body"),
        ({"event_id": "e1"}, 422, "event_id"),
        ({"type": "LoadReceived", "subject": "load-1"}, 422, "type"),
    ],
)
async def test_a_fact_that_is_not_ours_is_not_ours_to_correct(
    http: httpx.AsyncClient, body: dict[str, Any], status: int, field: str
) -> None:
    answer = await http.post("/corrections", json={"reason": "mistyped", **body})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field), answer.text


async def test_a_plan_is_made_anew(http: httpx.AsyncClient) -> None:
    plan = {"plan_id": "e9", "carrier_id": "crew-1", "service_date": "2026-11-23", "stops": [{"point_id": "a"}]}
    await http.post("/plans", json=plan)
    body = {"type": "CollectionPlanned", "subject": "e9", "reason": "mistyped",
            "replacement": {**plan, "service_date": "2026-11-24"}}  # fmt: skip
    assert (await http.post("/corrections", json=body)).status_code == 201
    assert (await http.get("/plans/e9")).json()["service_date"] == "2026-11-24"
