"""What a crew relies on when it takes bags, with and without a line."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from ewaste.contracts.events.common import CorrectionReason, EventCorrected
from ewaste.contracts.events.dropoff import BagInstalled
from ewaste.contracts.events.logistics import BinCollected
from ewaste.contracts.fields import Context, Part
from ewaste.runtime.app import App
from ewaste.runtime.testing import received

Facts = Callable[[str], Awaitable[list[Part]]]


def _bag(bag_id: str, **more: Any) -> dict[str, Any]:
    return {
        "bag_id": bag_id,
        "point_id": "box-1",
        "seal_number": f"S-{bag_id}",
        "gross_grams": 4_200,
        "tare_grams": 150,
        "carrier_id": "crew-1",
        **more,
    }


async def test_a_bag_is_collected_with_seal_and_weight(http: httpx.AsyncClient, facts: Facts) -> None:
    body = _bag("c-1", next_bag_id="c-1-next", plan_id="round-7", collected_at="2026-11-20T15:04:05+07:00")

    answer = await http.post("/collections", json=body)

    assert (answer.status_code, answer.json()) == (201, {"bag_id": "c-1", "known": False})
    (fact,) = await facts("c-1")
    assert fact == BinCollected(**{name: value for name, value in body.items() if name != "collected_at"})
    shown = (await http.get("/bags/c-1")).json()
    assert (shown["state"], shown["seal_number"], shown["gross_grams"]) == ("sealed", "S-c-1", 4_200)
    assert shown["collected_at"] == "2026-11-20T08:04:05Z"
    assert (await http.get("/bags/c-1-next")).json()["state"] == "installed"


async def test_an_upload_that_is_repeated_is_accepted_and_told_once(http: httpx.AsyncClient, facts: Facts) -> None:
    """A device that got no answer sends its collections again, without or with its round around it."""
    first = await http.post("/collections", json=_bag("c-2"))
    again = await http.post("/collections", json=_bag("c-2"))
    bulk = await http.post("/collections/bulk", json={"lines": [_bag("c-2"), _bag("c-2")]})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert bulk.json()["accepted"] == 2
    assert len(await facts("c-2")) == 1


async def test_crews_that_upload_the_same_round_at_once_are_told_once(http: httpx.AsyncClient, facts: Facts) -> None:
    lines = [_bag(f"c-3-{n}") for n in range(40)]
    answers = await asyncio.gather(
        *(http.post("/collections/bulk", json={"lines": order}) for order in (lines, lines[::-1], lines))
    )
    assert [answer.json()["accepted"] for answer in answers] == [40, 40, 40]
    assert {len(await facts(f"c-3-{n}")) for n in range(40)} == {1}


@pytest.mark.parametrize("change", [{"seal_number": "S-other"}, {"gross_grams": 4_000}])
async def test_another_seal_or_weight_for_a_collected_bag_is_a_conflict(
    http: httpx.AsyncClient, facts: Facts, change: dict[str, Any]
) -> None:
    bag_id = f"c-4-{next(iter(change))}"
    await http.post("/collections", json=_bag(bag_id))

    answer = await http.post("/collections", json=_bag(bag_id, **change))

    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    assert answer.json()["errors"][0]["field"] == next(iter(change))
    assert bag_id in answer.json()["detail"]
    assert len(await facts(bag_id)) == 1


async def test_a_seal_is_used_once(http: httpx.AsyncClient) -> None:
    await http.post("/collections", json=_bag("c-5"))
    answer = await http.post("/collections", json=_bag("c-6", seal_number="S-c-5"))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (409, "seal_number")
    assert "c-5" in answer.json()["detail"]
    assert (await http.get("/bags/c-6")).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"gross_grams": -1}, "gross_grams"),
        ({"gross_grams": 0}, "gross_grams"),
        ({"gross_grams": 4.5}, "gross_grams"),
        ({"gross_grams": "4200"}, "gross_grams"),
        ({"gross_grams": 100_001}, "gross_grams"),
        ({"tare_grams": 4_201}, "tare_grams"),
        ({"next_bag_id": "c-7"}, "next_bag_id"),
        ({"bag_id": "no spaces"}, "bag_id"),
        ({"seal_number": None}, "seal_number"),
        ({"collected_at": "2199-01-01T00:00:00Z"}, "collected_at"),
        ({"collected_at": "1970-01-01T00:00:00Z"}, "collected_at"),
        ({"collected_at": "0001-01-01T00:00:00+14:00"}, "collected_at"),
        ({"collected_at": "2026-11-20T08:00:00"}, "collected_at"),
        ({"colected_at": "2026-11-20T08:00:00Z"}, "colected_at"),
    ],
)
async def test_bad_input_gets_a_problem_that_names_the_field(
    http: httpx.AsyncClient, change: dict[str, Any], field: str
) -> None:
    answer = await http.post("/collections", json={**_bag("c-7"), **change})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_every_line_of_a_round_is_judged_by_itself(http: httpx.AsyncClient, facts: Facts) -> None:
    lines = [
        _bag("c-8"),
        _bag("c-9", gross_grams=-5),
        _bag("c-10", seal_number="S-c-8"),
        _bag("c-11", next_bag_id="c-13"),
        _bag("c-12", next_bag_id="c-13"),
        _bag("c-8", gross_grams=4_000),
        {"bag_id": "c-14"},
    ]
    answer = (await http.post("/collections/bulk", json={"lines": lines})).json()

    assert (answer["accepted"], answer["refused"]) == (2, 5)
    assert [line["line"] for line in answer["lines"] if line["status"] == "accepted"] == [1, 4]
    wrong = {line["line"]: line["error"]["field"] for line in answer["lines"] if line["error"]}
    assert wrong == {2: "gross_grams", 3: "seal_number", 5: "next_bag_id", 6: "gross_grams", 7: "point_id"}
    assert answer["lines"][0]["receipt"] == {"bag_id": "c-8", "known": False}
    assert [len(await facts(f"c-{n}")) for n in (8, 9, 10, 11, 12)] == [1, 0, 0, 1, 0]


async def test_a_bag_is_known_once_somebody_told_that_it_hung_there(http: httpx.AsyncClient, app: App) -> None:
    told = [
        received(Context.DROPOFF, BagInstalled(bag_id=bag_id, point_id="box-1"), datetime.now(UTC))
        for bag_id in ("c-15", "c-16")
    ]
    follow = app.subscriptions[0].on_events
    assert follow is not None
    async with app.database.transaction() as tx:
        await follow(tx, told)

    lines = [_bag("c-15", next_bag_id="c-17"), _bag("c-16", point_id="box-2"), _bag("c-17"), _bag("c-18")]
    answer = (await http.post("/collections/bulk", json={"lines": lines})).json()

    assert answer["accepted"] == 4
    # The third was hung by the crew that took the first; the second hung in another box.
    assert [line["receipt"]["known"] for line in answer["lines"]] == [True, False, True, False]


async def test_a_bag_whose_hanging_was_taken_back_is_not_known(http: httpx.AsyncClient, app: App) -> None:
    """In either order of the two events."""
    follow = app.subscriptions[0].on_events
    assert follow is not None
    for bag_id, flip in (("c-21", False), ("c-22", True)):
        hung = received(Context.DROPOFF, BagInstalled(bag_id=bag_id, point_id="box-1"), datetime.now(UTC))
        envelope = hung.event.envelope
        taken_back = EventCorrected(corrected_event_id=str(envelope.id), corrected_source=envelope.source,
                                    reason=CorrectionReason.WRONG_SUBJECT)  # fmt: skip
        told = [hung, received(Context.DROPOFF, taken_back, datetime.now(UTC))]
        async with app.database.transaction() as tx:
            await follow(tx, told[::-1] if flip else told)
        assert (await http.post("/collections", json=_bag(bag_id))).json()["known"] is False


async def test_a_key_replays_its_answer_and_refuses_another_request(http: httpx.AsyncClient, facts: Facts) -> None:
    headers = {"Idempotency-Key": "device-7-round-1"}
    first = await http.post("/collections", json=_bag("c-19"), headers=headers)
    again = await http.post("/collections", json=_bag("c-19"), headers=headers)
    other = await http.post("/collections", json=_bag("c-20"), headers=headers)

    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert await facts("c-20") == []
