"""What was told wrong at the boxes is taken back and said right, and a citizen's receipt goes on working."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import httpx
import pytest
from ewaste.contracts.events.common import CorrectionReason, EventCorrected
from ewaste.contracts.events.dropoff import BagInstalled, DropPointRegistered, ItemDropped
from ewaste.contracts.events.logistics import BinCollected
from ewaste.contracts.fields import Context, Part
from ewaste.runtime.app import App
from ewaste.runtime.inbox import Received
from ewaste.runtime.testing import received

Facts = Callable[[str], Awaitable[list[Part]]]
Box = Callable[..., Awaitable[None]]

DAY = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


async def _follow(app: App, *told: Received) -> None:
    follow = app.subscriptions[0].on_events
    assert follow is not None
    for one in told:
        async with app.database.transaction() as tx:
            await follow(tx, [one])


def _collected(point_id: str, bag_id: str, next_bag_id: str | None = None) -> Received:
    data = BinCollected(bag_id=bag_id, point_id=point_id, seal_number=f"S-{bag_id}", gross_grams=4_000,
                        next_bag_id=next_bag_id, carrier_id="crew-1")  # fmt: skip
    return received(Context.LOGISTICS, data, DAY)


def _taken_back(one: Received) -> Received:
    envelope = one.event.envelope
    data = EventCorrected(corrected_event_id=str(envelope.id), corrected_source=envelope.source,
                          reason=CorrectionReason.WRONG_SUBJECT)  # fmt: skip
    return received(one.event.type.context, data, DAY + timedelta(days=1))


async def test_a_piece_in_the_wrong_bag_is_moved_and_keeps_its_receipt(
    http: httpx.AsyncClient, facts: Facts, box: Box
) -> None:
    await box("m1", ("m1-a", "2026-11-20T01:00:00Z"), ("m1-b", "2026-11-20T05:00:00Z"))
    drop = {"item_id": "m1-item", "point_id": "m1", "bag_id": "m1-a", "category": "phone",
            "dropped_at": "2026-11-20T06:00:00Z"}  # fmt: skip
    receipt = (await http.post("/drops", json=drop)).json()
    (event,) = (await http.get("/events", params={"subject": "m1-item"})).json()["items"]
    replacement = {"item_id": "m1-item", "point_id": "m1", "bag_id": "m1-b", "category": "phone"}
    body = {"event_id": event["event_id"], "reason": "wrong_subject", "replacement": replacement}

    first, again = await http.post("/corrections", json=body), await http.post("/corrections", json=body)

    assert (first.status_code, again.status_code, first.json()) == (201, 200, again.json()), first.text
    status = (await http.get(f"/items/{receipt['receipt_code']}")).json()
    assert (status["bag_id"], status["item_id"], status["dropped_at"]) == ("m1-b", "m1-item", "2026-11-20T06:00:00Z")
    assert [type(fact) for fact in await facts(event["event_id"])] == [EventCorrected]
    assert [type(fact) for fact in await facts("m1-b")] == [BagInstalled, ItemDropped]
    told = (await http.get("/events", params={"subject": "m1-item"})).json()["items"]
    assert [one["corrected_by"] is None for one in told] == [False, True]
    assert told[0]["replacement_event_id"] == told[1]["event_id"] == first.json()["replacement_event_id"]


async def test_a_piece_that_was_never_dropped_is_gone(http: httpx.AsyncClient, box: Box) -> None:
    await box("m2", ("m2-a", None))
    receipt = (await http.post("/drops", json={"item_id": "m2-i", "point_id": "m2", "category": "cable"})).json()
    body = {"type": "ItemDropped", "subject": "m2-i", "reason": "did_not_happen"}
    assert (await http.post("/corrections", json=body)).status_code == 201
    assert (await http.get(f"/items/{receipt['receipt_code']}")).status_code == 404
    assert (await http.post("/corrections", json=body)).status_code == 200


async def test_a_bag_in_the_wrong_box_is_moved_while_it_is_empty(
    http: httpx.AsyncClient, facts: Facts, box: Box
) -> None:
    await box("m3", ("m3-a", None))
    await box("m4")
    await http.post("/drops", json={"item_id": "m3-i", "point_id": "m3", "category": "cable"})
    body: dict[str, Any] = {"type": "BagInstalled", "subject": "m3-a", "reason": "wrong_subject",
                            "replacement": {"bag_id": "m3-a", "point_id": "m4"}}  # fmt: skip

    in_use = await http.post("/corrections", json=body)
    await http.post("/corrections", json={"type": "ItemDropped", "subject": "m3-i", "reason": "duplicate"})
    moved = await http.post("/corrections", json=body)

    assert (in_use.status_code, moved.status_code) == (409, 201), moved.text
    assert "m3-i" in in_use.json()["detail"]
    assert (await http.post("/drops", json={"point_id": "m4", "category": "cable"})).status_code == 201
    assert (await http.post("/drops", json={"point_id": "m3", "category": "cable"})).status_code == 404
    assert [fact.point_id for fact in await facts("m3-a") if isinstance(fact, BagInstalled)] == ["m3", "m4"]


async def test_a_box_is_described_anew_and_not_taken_from_its_bags(
    http: httpx.AsyncClient, facts: Facts, box: Box
) -> None:
    await box("m5", ("m5-a", None))
    point = {"point_id": "m5", "name_th": "ชื่อถูก", "khwaeng": "mengrai", "latitude_microdegrees": 18_770_000,
             "longitude_microdegrees": 98_990_000}  # fmt: skip
    body = {"type": "DropPointRegistered", "subject": "m5", "reason": "mistyped"}

    gone = await http.post("/corrections", json=body)
    wrong = await http.post("/corrections", json={**body, "replacement": {**point, "khwaeng": "mae_rim"}})
    right = await http.post("/corrections", json={**body, "replacement": point})

    assert (gone.status_code, right.status_code) == (409, 201), right.text
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "replacement.khwaeng")
    assert [type(fact) for fact in await facts("m5")] == [DropPointRegistered] * 2
    listed = (await http.get("/drop-points", params={"khwaeng": "mengrai", "limit": 500})).json()["items"]
    assert [one["name_th"] for one in listed if one["point_id"] == "m5"] == ["ชื่อถูก"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"type": "ItemDropped", "subject": "nothing"}, 404, "subject"),
        ({"event_id": "01948c60-2aa8-7b11-9c33-0a41f7d2c905"}, 404, "event_id"),
        ({"subject": "m1"}, 422, "body"),
        ({"type": "BinCollected", "subject": "m1"}, 422, "type"),
    ],
)
async def test_a_fact_that_is_not_ours_is_not_ours_to_correct(
    http: httpx.AsyncClient, body: dict[str, Any], status: int, field: str
) -> None:
    answer = await http.post("/corrections", json={"reason": "mistyped", **body})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field), answer.text


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_a_collection_that_is_told_anew_moves_the_fresh_bag_in_every_order(
    http: httpx.AsyncClient, app: App, box: Box, order: tuple[int, ...]
) -> None:
    """The crew mistook the box: it is not collected there, and its fresh bag hangs elsewhere."""
    id = "m6" + "".join(map(str, order))
    here, there = f"{id}-here", f"{id}-there"
    await box(here, (f"{here}-bag", "2026-11-19T00:00:00Z"))
    await box(there, (f"{there}-bag", "2026-11-19T00:00:00Z"))
    code = (await http.post("/drops", json={"point_id": here, "category": "phone"})).json()["receipt_code"]
    wrong = _collected(here, f"{here}-bag", f"{id}-fresh")
    told = [wrong, _taken_back(wrong), _collected(there, f"{there}-bag", f"{id}-fresh")]

    await _follow(app, *(told[n] for n in order), *(told[n] for n in order))

    assert (await http.get(f"/items/{code}")).json()["stage"] == "dropped"
    drop = (await http.post("/drops", json={"item_id": id, "point_id": there, "category": "phone"})).json()
    assert (await http.get(f"/items/{drop['receipt_code']}")).json()["bag_id"] == f"{id}-fresh"


async def test_a_drop_that_arrives_after_its_bag_was_collected_is_in_that_bag(
    http: httpx.AsyncClient, app: App, box: Box
) -> None:
    await box("m7", ("m7-a", "2026-11-19T00:00:00Z"))
    await _follow(app, _collected("m7", "m7-a", "m7-b"))
    late = {"point_id": "m7", "category": "phone", "channel": "offline",
            "dropped_at": (DAY - timedelta(minutes=1)).isoformat()}  # fmt: skip
    answer = await http.post("/drops/bulk", json={"lines": [late]})
    code = answer.json()["lines"][0]["receipt"]["receipt_code"]
    status = (await http.get(f"/items/{code}")).json()
    assert (status["bag_id"], status["stage"]) == ("m7-a", "collected")
