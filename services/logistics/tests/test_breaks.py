"""Where traceability ends, it is said."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from ewaste.contracts.events.logistics import CustodyBreakDeclared
from ewaste.contracts.fields import Part

Facts = Callable[[str], Awaitable[list[Part]]]
Sent = Callable[..., Awaitable[list[str]]]
Hand = Callable[..., Awaitable[httpx.Response]]
Collected = Callable[..., Awaitable[list[str]]]


def _break(break_id: str, *bag_ids: str, **more: Any) -> dict[str, Any]:
    return {"break_id": break_id, "bag_ids": bag_ids, "declared_by": "hai-ya", "reason": "mixed", **more}


async def test_a_break_is_declared_once(http: httpx.AsyncClient, facts: Facts, sent: Sent) -> None:
    await sent("x1", 4_000, 3_000)
    body = _break("br-1", "x1-0", load_id="load-x1")

    first, again = await http.post("/breaks", json=body), await http.post("/breaks", json=body)
    other = await http.post("/breaks", json={**body, "reason": "lost"})
    twice = await http.post("/breaks", json=_break("br-2", "x1-0", "x1-1"))

    assert (first.status_code, again.status_code) == (201, 200)
    assert (other.status_code, other.json()["errors"][0]["field"]) == (409, "break_id")
    assert (twice.status_code, twice.json()["type"]) == (409, "urn:ewaste:problem:bag-broken")
    (fact,) = await facts("br-1")
    assert isinstance(fact, CustodyBreakDeclared)
    bag = (await http.get("/bags/x1-0")).json()
    assert (bag["standing"], bag["break_reason"]) == ("broken", "mixed")
    assert (await http.get("/bags/x1-1")).json()["standing"] == "in_transit"


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"bag_ids": ["never-seen"]}, 422, "bag_ids"),
        ({"bag_ids": ["x2-0", "x2-0"]}, 422, "bag_ids"),
        ({"load_id": "nowhere"}, 404, "load_id"),
        ({"load_id": "load-x3"}, 422, "bag_ids"),
        ({"declared_by": "stranger"}, 422, "declared_by"),
        ({"declared_at": "2199-01-01T00:00:00Z"}, 422, "declared_at"),
        ({"reason": "bored"}, 422, "reason"),
    ],
)
async def test_a_break_that_cannot_be_names_the_field(
    http: httpx.AsyncClient, sent: Sent, change: dict[str, Any], status: int, field: str
) -> None:
    if (await http.get("/loads/load-x2")).status_code == 404:
        await sent("x2", 4_000)
        await sent("x3", 4_000)
    answer = await http.post("/breaks", json={**_break("br-3", "x2-0"), **change})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field), answer.text


async def test_a_bag_that_is_gone_is_neither_handed_over_nor_sent(
    http: httpx.AsyncClient, sent: Sent, hand: Hand, collected: Collected
) -> None:
    await sent("x4", 4_000, 3_000)
    (kept,) = await collected("x5", 2_000)
    await http.post("/breaks", json=_break("br-4", "x4-0", kept, reason="stolen", declared_by="crew-1"))

    on = await hand("x4", "crew-1", "plant-1", {"x4-1": 3_000})
    body = {"load_id": "load-x5", "carrier_id": "crew-1", "origin_id": "hub-1", "destination_id": "plant-1"}
    sent_off = await http.post("/loads", json={**body, "bag_ids": [kept]})

    assert on.status_code == 201, on.text
    assert (sent_off.status_code, sent_off.json()["type"]) == (409, "urn:ewaste:problem:bag-broken")


async def test_only_a_correction_makes_a_bag_whole(http: httpx.AsyncClient, sent: Sent, hand: Hand) -> None:
    await sent("x6", 4_000)
    await hand("x6", "crew-1", "crew-2", {"x6-0": 3_000})
    await http.post("/breaks", json=_break("br-6", "x6-0"))
    word = {"bag_id": "x6-0", "settlement": "accepted", "gross_grams": 3_000, "cause": "scale"}

    whole = await http.post("/loads/load-x6/resolutions", json={"party_id": "crew-1", "bags": [word]})
    corrected = await http.post(
        "/corrections", json={"type": "CustodyBreakDeclared", "subject": "br-6", "reason": "did_not_happen"}
    )
    now_whole = await http.post("/loads/load-x6/resolutions", json={"party_id": "crew-1", "bags": [word]})

    assert (whole.status_code, whole.json()["type"]) == (409, "urn:ewaste:problem:bag-broken")
    assert (corrected.status_code, now_whole.status_code) == (201, 201), corrected.text
    assert (await http.get("/bags/x6-0")).json()["standing"] == "in_transit"
