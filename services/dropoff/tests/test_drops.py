"""What a phone, a kiosk and a crew without a line rely on."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from ewaste.contracts.events.dropoff import BagInstalled, ItemDropped
from ewaste.contracts.fields import Part

Facts = Callable[[str], Awaitable[list[Part]]]
Box = Callable[..., Awaitable[None]]


async def test_a_drop_gets_a_receipt_that_shows_its_way(http: httpx.AsyncClient, facts: Facts, box: Box) -> None:
    await box("d1", ("d1-bag", None))

    answer = await http.post("/drops", json={"point_id": "d1", "category": "phone"})

    assert answer.status_code == 201, answer.text
    status = (await http.get(f"/items/{answer.json()['receipt_code'].lower()}")).json()
    assert (status["stage"], status["bag_id"], status["item_id"]) == ("dropped", "d1-bag", answer.json()["item_id"])
    installed, dropped = await facts("d1-bag")
    assert isinstance(installed, BagInstalled)
    assert isinstance(dropped, ItemDropped)
    assert answer.json()["receipt_code"] not in dropped.model_dump_json()


async def test_drops_of_a_day_without_a_line_land_in_the_bags_that_hung_then(http: httpx.AsyncClient, box: Box) -> None:
    await box("d2", ("d2-morning", "2026-11-20T01:00:00Z"), ("d2-noon", "2026-11-20T05:00:00Z"))
    times = ["2026-11-20T04:59:59Z", "2026-11-20T12:00:00+07:00", "2026-11-20T13:00:00Z", "2026-11-20T00:10:00Z"]
    lines = [{"point_id": "d2", "category": "cable", "channel": "offline", "dropped_at": at} for at in times]

    answer = (await http.post("/drops/bulk", json={"lines": lines})).json()

    bags = [(await http.get(f"/items/{line['receipt']['receipt_code']}")).json()["bag_id"] for line in answer["lines"]]
    # Before the first bag nothing hung: a device's clock that is a little behind still has its bag.
    assert bags == ["d2-morning", "d2-noon", "d2-noon", "d2-morning"]


async def test_every_line_of_a_bulk_request_has_its_result(http: httpx.AsyncClient, facts: Facts, box: Box) -> None:
    await box("d3", ("d3-bag", None))
    lines: list[dict[str, Any]] = [
        {"point_id": "d3", "category": "phone", "item_id": "d3-1"},
        {"point_id": "d3", "category": "toaster"},
        {"point_id": "nowhere", "category": "phone"},
        {"point_id": "d3", "category": "phone", "bag_id": "stranger"},
        {"point_id": "d3", "category": "phone", "dropped_at": "2199-01-01T00:00:00Z"},
        {"point_id": "d3", "category": "phone", "dropped_at": "0001-01-01T00:00:00+14:00"},
        {"point_id": "d3", "category": "tablet", "item_id": "d3-1"},
        {"point_id": "d3", "category": "phone", "item_id": "d3-1"},
        {"point_id": "d3", "category": "tablet", "item_id": "d3-2"},
        {},
    ]
    answer = (await http.post("/drops/bulk", json={"lines": lines})).json()

    assert (answer["accepted"], answer["refused"]) == (3, 7)
    assert [line["line"] for line in answer["lines"]] == list(range(1, 11))
    wrong = {line["line"]: line["error"]["field"] for line in answer["lines"] if line["status"] == "refused"}
    assert wrong == {
        2: "category", 3: "point_id", 4: "bag_id", 5: "dropped_at", 6: "dropped_at", 7: "item_id", 10: "point_id",
    }  # fmt: skip
    assert answer["lines"][0]["receipt"] == answer["lines"][7]["receipt"]
    items = [fact.item_id for fact in await facts("d3-bag") if isinstance(fact, ItemDropped)]
    assert sorted(items) == ["d3-1", "d3-2"]


async def test_an_item_that_is_sent_again_gets_its_first_receipt(
    http: httpx.AsyncClient, facts: Facts, box: Box
) -> None:
    """Ids made on the device: an upload that got no answer is repeated."""
    await box("d4", ("d4-bag", None))
    lines = [{"point_id": "d4", "category": "phone", "item_id": f"d4-{n}"} for n in range(30)]

    answers = await asyncio.gather(*(http.post("/drops/bulk", json={"lines": lines}) for _ in range(3)))
    single = await http.post("/drops", json=lines[0])

    receipts = [[line["receipt"] for line in answer.json()["lines"]] for answer in answers]
    assert receipts[0] == receipts[1] == receipts[2]
    assert single.json() == receipts[0][0]
    assert sum(isinstance(fact, ItemDropped) for fact in await facts("d4-bag")) == 30


async def test_a_key_replays_its_answer_and_refuses_another_request(
    http: httpx.AsyncClient, facts: Facts, box: Box
) -> None:
    await box("d5", ("d5-bag", None))
    headers = {"Idempotency-Key": "kiosk-5-000001"}
    body = {"point_id": "d5", "category": "phone"}

    answers = await asyncio.gather(*(http.post("/drops", json=body, headers=headers) for _ in range(4)))
    other = await http.post("/drops", json={**body, "category": "cable"}, headers=headers)
    bulk = await http.post("/drops/bulk", json={"lines": [body]}, headers=headers)

    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.text for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 3
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert bulk.json()["accepted"] == 1, "a key belongs to its endpoint"
    assert sum(isinstance(fact, ItemDropped) for fact in await facts("d5-bag")) == 2


async def test_a_refusal_is_not_kept_under_its_key(http: httpx.AsyncClient, box: Box) -> None:
    """The box was registered meanwhile: the same request with the same key goes through."""
    headers = {"Idempotency-Key": "kiosk-6-000001"}
    body = {"point_id": "d6", "category": "phone"}
    assert (await http.post("/drops", json=body, headers=headers)).status_code == 404
    await box("d6", ("d6-bag", None))
    assert (await http.post("/drops", json=body, headers=headers)).status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"category": "phone"}, "point_id"),
        ({"point_id": "d7", "category": "toaster"}, "category"),
        ({"point_id": "d7 ", "category": "phone"}, "point_id"),
        ({"point_id": "d7", "category": "phone", "weight": 3}, "weight"),
        ({"point_id": "d7", "category": "phone", "dropped_at": "yesterday"}, "dropped_at"),
        ({"point_id": "d7", "category": "phone", "dropped_at": "2026-11-20T08:00:00"}, "dropped_at"),
        ({"point_id": "d7", "category": "phone", "dropped_at": "1970-01-01T00:00:00Z"}, "dropped_at"),
    ],
)
async def test_bad_input_gets_a_problem_that_names_the_field(
    http: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    answer = await http.post("/drops", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert {"type", "title", "status", "detail"} <= answer.json().keys()


async def test_a_body_that_is_no_json_gets_a_problem(http: httpx.AsyncClient) -> None:
    answer = await http.post("/drops", content=b"{", headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


async def test_more_lines_than_a_transaction_should_hold_are_refused(http: httpx.AsyncClient) -> None:
    answer = await http.post("/drops/bulk", json={"lines": [{}] * 5_001})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "lines")


@pytest.mark.parametrize("code", ["NOSUCHCODE12", "%00", "a%2Fb", "ก"])
async def test_a_code_that_is_no_receipt_shows_nothing(http: httpx.AsyncClient, code: str) -> None:
    assert (await http.get(f"/items/{code}")).status_code in {404, 422}
