"""The chain of hands: who gives, who takes, what each says of seal and grams, who confirms for whom."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from ewaste.contracts.events.logistics import HandoverRecorded
from ewaste.contracts.fields import Part

Facts = Callable[[str], Awaitable[list[Part]]]
Sent = Callable[..., Awaitable[list[str]]]
Hand = Callable[..., Awaitable[httpx.Response]]


async def test_a_load_passes_through_a_store_and_two_carriers(
    http: httpx.AsyncClient, facts: Facts, sent: Sent, hand: Hand
) -> None:
    await sent("c1", 4_000)
    for number, (giver, receiver, place) in enumerate(
        [("crew-1", "hai-ya", "hai-ya"), ("hai-ya", "crew-2", "hai-ya"), ("crew-2", "plant-1", "gate-1")]
    ):
        answer = await hand("c1", giver, receiver, {"c1-0": 4_000}, id=f"ho{number}", place_id=place)
        assert answer.status_code == 201, answer.text
        if receiver == "hai-ya":
            assert (await http.get("/loads/load-c1")).json()["state"] == "stored"

    load = (await http.get("/loads/load-c1")).json()
    assert [(one["holder_id"], one["kind"]) for one in load["hands"]] == [
        ("crew-1", "carrier"),
        ("hai-ya", "storage"),
        ("crew-2", "carrier"),
        ("plant-1", "partner"),
    ]
    assert (load["holder_id"], load["state"]) == ("plant-1", "delivered")
    assert [one["purpose"] for one in load["handovers"]] == ["storage_in", "storage_out", "delivery"]
    told = [fact for fact in await facts("load-c1") if isinstance(fact, HandoverRecorded)]
    assert [fact.delegation for fact in told] == [None, None, None]


async def test_only_the_holder_gives(sent: Sent, hand: Hand) -> None:
    await sent("c2", 4_000)
    await hand("c2", "crew-1", "crew-2", {"c2-0": 4_000})

    answer = await hand("c2", "crew-1", "plant-1", {"c2-0": 4_000}, id="ho2")

    assert (answer.status_code, answer.json()["type"]) == (409, "urn:ewaste:problem:not-the-holder")
    assert "is with crew-2" in answer.json()["detail"]


async def test_the_givers_word_is_what_it_last_read_unless_it_says_otherwise(sent: Sent, hand: Hand) -> None:
    await sent("c3", 4_000, 3_000)
    await hand("c3", "crew-1", "crew-2", {"c3-0": 3_950, "c3-1": 3_000})
    bags = [
        {"bag_id": "c3-0", "seal_read": "S-c3-0", "received_grams": 3_900},
        {"bag_id": "c3-1", "seal_read": "new", "received_grams": 2_980, "seal_given": "new", "given_grams": 2_990},
    ]

    fact = (await hand("c3", "crew-2", "plant-1", {}, id="ho2", bags=bags)).json()

    assert [(bag["seal_given"], bag["given_grams"]) for bag in fact["bags"]] == [("S-c3-0", 3_950), ("new", 2_990)]
    assert fact["difference"] == "matched"


async def test_a_receiver_is_held_against_what_the_giver_offered(
    http: httpx.AsyncClient, facts: Facts, sent: Sent, hand: Hand
) -> None:
    await sent("c4", 4_000)
    offer = {"offer_id": "of-c4", "giver_id": "crew-1", "receiver_id": "plant-1",
             "bags": [{"bag_id": "c4-0", "seal_given": "S-c4-0", "given_grams": 3_000}]}  # fmt: skip

    first = await http.post("/loads/load-c4/handovers/offers", json=offer)
    again = await http.post("/loads/load-c4/handovers/offers", json=offer)
    shown = (await http.get("/loads/load-c4")).json()
    otherwise = {"bag_id": "c4-0", "seal_read": "S-c4-0", "received_grams": 3_000, "given_grams": 4_000}
    refused = await hand("c4", "crew-1", "plant-1", {}, bags=[otherwise])
    taken = await hand("c4", "crew-1", "plant-1", {"c4-0": 3_010})

    assert (first.status_code, again.status_code) == (201, 200)
    assert [one["given_grams"] for one in shown["offers"]] == [3_000]
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (409, "bags.0.given_grams")
    assert (taken.json()["given_grams"], taken.json()["difference"]) == (3_000, "matched")
    assert (await http.get("/loads/load-c4")).json()["offers"] == []
    assert len(await facts("load-c4")) == 2


async def test_an_offer_that_cannot_be_given_is_refused(http: httpx.AsyncClient, sent: Sent) -> None:
    await sent("c5", 4_000)
    body = {"offer_id": "of-c5", "giver_id": "crew-2", "receiver_id": "plant-1",
            "bags": [{"bag_id": "c5-0", "seal_given": "S-c5-0", "given_grams": 3_000}]}  # fmt: skip
    answer = await http.post("/loads/load-c5/handovers/offers", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (409, "giver_id")


async def test_the_registered_side_confirms_for_one_that_is_not(
    http: httpx.AsyncClient, sent: Sent, hand: Hand
) -> None:
    await sent("c6", 4_000)
    into = (await hand("c6", "crew-1", "songthaew", {"c6-0": 4_000})).json()
    out = (await hand("c6", "songthaew", "hai-ya", {"c6-0": 4_000}, id="ho2")).json()

    assert into["delegation"] == {"for_id": "songthaew", "by_id": "crew-1"}
    assert out["delegation"] == {"for_id": "songthaew", "by_id": "hai-ya"}
    hands = (await http.get("/loads/load-c6")).json()["hands"]
    assert [one["kind"] for one in hands] == ["carrier", None, "storage"]


async def test_nobody_answers_where_neither_side_is_registered(sent: Sent, hand: Hand) -> None:
    await sent("c7", 4_000)
    await hand("c7", "crew-1", "songthaew", {"c7-0": 4_000})
    answer = await hand("c7", "songthaew", "tuktuk", {"c7-0": 4_000}, id="ho2")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:ewaste:problem:nobody-registered")
    assert "POST /actors" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("receiver", "purpose", "status"),
    [("hai-ya", "storage_in", 201), ("crew-2", "storage_in", 422), ("hai-ya", "delivery", 422),
     ("crew-2", "storage_out", 422)],
)  # fmt: skip
async def test_a_purpose_that_cannot_be_is_refused(
    sent: Sent, hand: Hand, receiver: str, purpose: str, status: int
) -> None:
    prefix = f"c8-{receiver}-{purpose}".replace("_", "-")
    await sent(prefix, 4_000)
    answer = await hand(prefix, "crew-1", receiver, {f"{prefix}-0": 4_000}, purpose=purpose)
    assert answer.status_code == status, answer.text


async def test_a_bag_that_did_not_arrive_is_not_given_on(http: httpx.AsyncClient, sent: Sent, hand: Hand) -> None:
    await sent("c9", 4_000, 3_000)
    await hand("c9", "crew-1", "crew-2", {"c9-0": 4_000, "c9-1": 0})

    on = await hand("c9", "crew-2", "plant-1", {"c9-0": 4_000}, id="ho2")

    assert on.status_code == 201, on.text
    bags = {bag["bag_id"]: bag["standing"] for bag in (await http.get("/loads/load-c9")).json()["bags"]}
    assert bags == {"c9-0": "in_transit", "c9-1": "missing"}


async def test_clocks_a_little_apart_are_forgiven_and_no_more(http: httpx.AsyncClient, sent: Sent, hand: Hand) -> None:
    await sent("c10", 4_000, dispatched_at="2026-11-20T08:00:00Z")
    late = await hand("c10", "crew-1", "crew-2", {"c10-0": 4_000}, handed_over_at="2026-11-20T07:00:00Z")
    near = await hand("c10", "crew-1", "crew-2", {"c10-0": 4_000}, handed_over_at="2026-11-20T07:58:00Z")

    assert (late.status_code, late.json()["errors"][0]["field"]) == (409, "handed_over_at")
    assert near.status_code == 201, near.text
    assert (await http.get("/loads/load-c10")).json()["holder_id"] == "crew-2"


async def test_bags_go_on_from_a_store_in_another_load(http: httpx.AsyncClient, sent: Sent, hand: Hand) -> None:
    """Crews bring what they took to the transfer station, where loads for the recycler are made up."""
    await sent("c11", 4_000, 3_000, destination_id="hai-ya")
    await hand("c11", "crew-1", "hai-ya", {"c11-0": 4_000, "c11-1": 3_000}, place_id="hai-ya")
    body: dict[str, Any] = {"load_id": "load-c12", "carrier_id": "crew-2", "origin_id": "hub-9",
                            "destination_id": "plant-1", "bag_ids": ["c11-0"]}  # fmt: skip

    elsewhere = await http.post("/loads", json=body)
    there = await http.post("/loads", json={**body, "origin_id": "hai-ya"})

    assert (elsewhere.status_code, elsewhere.json()["errors"][0]["field"]) == (409, "origin_id")
    assert there.status_code == 201, there.text
    bags = (await http.get("/loads/load-c11")).json()["bags"]
    assert [(bag["standing"], bag["elsewhere"]) for bag in bags] == [("stored", "load-c12"), ("stored", None)]
    gone = await hand("c11", "hai-ya", "crew-2", {"c11-0": 4_000, "c11-1": 3_000}, id="ho2")
    assert (gone.status_code, gone.json()["type"]) == (409, "urn:ewaste:problem:bag-left-load")
