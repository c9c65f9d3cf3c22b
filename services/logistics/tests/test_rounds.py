"""A device that was without a line uploads what it recorded, in halves, twice, and in any order."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from ewaste.contracts.events.logistics import BinCollected, HandoverRecorded, LoadDispatched
from ewaste.contracts.fields import Part

Facts = Callable[[str], Awaitable[list[Part]]]


def _collection(bag_id: str, **more: Any) -> dict[str, Any]:
    body = {"bag_id": bag_id, "point_id": "box-1", "seal_number": f"S-{bag_id}", "gross_grams": 4_000,
            "carrier_id": "crew-1", "collected_at": "2026-11-20T01:00:00Z", **more}  # fmt: skip
    return {"collection": body}


def _load(load_id: str, **more: Any) -> dict[str, Any]:
    body = {"load_id": load_id, "carrier_id": "crew-1", "origin_id": "hub-1", "destination_id": "plant-1",
            "dispatched_at": "2026-11-20T03:00:00Z", **more}  # fmt: skip
    return {"load": body}


def _handover(handover_id: str, load_id: str, *bag_ids: str) -> dict[str, Any]:
    bags = [{"bag_id": id, "seal_read": f"S-{id}", "received_grams": 4_000} for id in bag_ids]
    body = {"handover_id": handover_id, "giver_id": "crew-1", "receiver_id": "plant-1", "place_id": "gate-1",
            "bags": bags, "handed_over_at": "2026-11-20T04:00:00Z"}  # fmt: skip
    return {"load_id": load_id, "handover": body}


async def _upload(http: httpx.AsyncClient, *lines: dict[str, Any]) -> dict[str, Any]:
    answer = await http.post("/rounds", json={"lines": lines})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_round_is_uploaded_as_often_as_needed_and_told_once(http: httpx.AsyncClient, facts: Facts) -> None:
    lines = [
        _collection("u1-a"),
        _collection("u1-b"),
        _load("load-u1", bag_ids=["u1-a", "u1-b"]),
        _handover("ho-u1", "load-u1", "u1-a", "u1-b"),
        {"break": {"break_id": "br-u1", "bag_ids": ["u1-a"], "declared_by": "crew-1", "reason": "mixed"}},
    ]

    first, again = await _upload(http, *lines), await _upload(http, *lines)

    assert (first["accepted"], again["accepted"]) == (5, 5)
    assert [line["receipt"]["new"] for line in first["lines"]] == [True] * 5
    assert [line["receipt"]["new"] for line in again["lines"]] == [False] * 5
    assert [line["receipt"]["kind"] for line in first["lines"]] == [
        "collection", "collection", "load", "handover", "break",
    ]  # fmt: skip
    assert [type(fact) for fact in await facts("load-u1")] == [LoadDispatched, HandoverRecorded]


async def test_halves_in_the_wrong_order_land_when_they_are_sent_again(http: httpx.AsyncClient, facts: Facts) -> None:
    early = [_collection("u2-a"), _collection("u2-b")]
    late = [_load("load-u2", bag_ids=["u2-a", "u2-b"]), _handover("ho-u2", "load-u2", "u2-a", "u2-b")]

    too_soon = await _upload(http, *late)
    assert [line["error"]["code"] for line in too_soon["lines"]] == ["bag-not-collected", "load-unknown"]
    assert (await http.get("/loads/load-u2")).status_code == 404

    assert (await _upload(http, *early))["accepted"] == 2
    assert (await _upload(http, *late))["accepted"] == 2
    assert [type(fact) for fact in await facts("load-u2")] == [LoadDispatched, HandoverRecorded]
    assert (await http.get("/loads/load-u2")).json()["state"] == "delivered"


async def test_every_line_is_judged_by_itself_and_a_refused_one_leaves_nothing(http: httpx.AsyncClient) -> None:
    answer = await _upload(
        http,
        _collection("u3-a"),
        _collection("u3-b", gross_grams=-5),
        _load("load-u3", bag_ids=["u3-a", "u3-b"]),
        _load("load-u4", bag_ids=["u3-a"]),
        {**_load("load-u5"), **_collection("u3-c")},
        {"load_id": "load-u4", **_collection("u3-d")},
        {},
    )
    wrong = {line["line"]: (line["error"]["code"], line["error"]["field"]) for line in answer["lines"] if line["error"]}
    assert wrong == {
        2: ("line-invalid", "collection.gross_grams"),
        3: ("bag-not-collected", "load.bag_ids"),
        5: ("line-invalid", None),
        6: ("line-invalid", None),
        7: ("line-invalid", None),
    }
    assert (await http.get("/loads/load-u3")).status_code == 404
    assert (await http.get("/bags/u3-a")).json()["load_id"] == "load-u4"


async def test_a_collection_that_comes_after_its_dispatch_lands_in_its_load(
    http: httpx.AsyncClient, facts: Facts
) -> None:
    """The dispatcher read the seal and weighed; the crew's device had no line until the load was gone."""
    bags = [{"bag_id": id, "seal_number": f"S-{id}", "gross_grams": 4_000} for id in ("u6-a", "u6-b")]
    await _upload(http, _load("load-u6", bags=bags), _handover("ho-u6", "load-u6", "u6-a", "u6-b"))

    late = await _upload(http, _collection("u6-a"), _collection("u6-b", gross_grams=2_000))

    assert late["accepted"] == 2
    shown = [(await http.get(f"/bags/{id}")).json() for id in ("u6-a", "u6-b")]
    assert [(bag["load_id"], bag["state"]) for bag in shown] == [("load-u6", "in_transit")] * 2
    (collected,) = await facts("u6-a")
    assert isinstance(collected, BinCollected)
    # What the street scale shows is told as a dispute of the bag, opened by the dispatch.
    load = (await http.get("/loads/load-u6")).json()
    assert [(one["bag_id"], one["kind"]) for one in load["disputes"]] == [("u6-b", "significant")]


async def test_a_seal_that_closes_another_bag_is_told_to_the_dispatcher(http: httpx.AsyncClient) -> None:
    await _upload(http, _collection("u7-a"))
    stated = {"bag_id": "u7-b", "seal_number": "S-u7-a", "gross_grams": 4_000}
    answer = await _upload(http, _load("load-u7", bags=[stated]))
    assert (answer["lines"][0]["error"]["code"], answer["lines"][0]["error"]["field"]) == ("seal-used", "load.bags")
    assert "u7-a" in answer["lines"][0]["error"]["detail"]


async def test_a_key_replays_the_whole_upload(http: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "device-9-round-4"}
    body = {"lines": [_collection("u8-a"), _collection("u8-a", gross_grams=1)]}
    first = await http.post("/rounds", json=body, headers=headers)
    again = await http.post("/rounds", json=body, headers=headers)
    assert first.content == again.content
    assert again.headers["Idempotency-Replayed"] == "true"
