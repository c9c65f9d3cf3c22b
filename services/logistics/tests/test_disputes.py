"""A grave difference is a dispute until both sides say the same, or the municipality decides in its time."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from ewaste.contracts.events.logistics import (
    BagSettlement,
    DifferenceCause,
    DisputeDecided,
    ResolutionStated,
    Settlement,
)
from ewaste.contracts.events.recycler import LoadReceived, ReceivedBag
from ewaste.contracts.fields import Context, Part
from ewaste.runtime.inbox import Received
from ewaste.runtime.testing import received

Facts = Callable[[str], Awaitable[list[Part]]]
Sent = Callable[..., Awaitable[list[str]]]
Hand = Callable[..., Awaitable[httpx.Response]]
Hear = Callable[..., Awaitable[None]]


def _word(bag_id: str, grams: int | None, settlement: str = "accepted") -> dict[str, Any]:
    return {"bag_id": bag_id, "settlement": settlement, "gross_grams": grams, "cause": "scale"}


def _weighed(load_id: str, at: datetime, **grams: int) -> Received:
    ids = {id: id.replace("_", "-") for id in grams}
    bags = tuple(
        ReceivedBag(bag_id=ids[id], seal_read=f"S-{ids[id]}", received_grams=each) for id, each in grams.items()
    )
    data = LoadReceived(load_id=load_id, partner_id="plant-1", facility_id="plant-1", bags=bags,
                        received_grams=sum(grams.values()))  # fmt: skip
    return received(Context.RECYCLER, data, at)


def _stated(load_id: str, bag_id: str, grams: int) -> Received:
    bag = BagSettlement(bag_id=bag_id, settlement=Settlement.ACCEPTED, gross_grams=grams, cause=DifferenceCause.SCALE)
    return received(
        Context.RECYCLER, ResolutionStated(load_id=load_id, party_id="plant-1", bags=(bag,)), datetime.now(UTC)
    )


async def test_giver_and_receiver_end_it_by_saying_the_same(
    http: httpx.AsyncClient, facts: Facts, sent: Sent, hand: Hand
) -> None:
    await sent("q1", 4_000)
    await hand("q1", "crew-1", "crew-2", {"q1-0": 3_000})
    assert (await http.get("/loads/load-q1")).json()["state"] == "disputed"

    first = await http.post("/loads/load-q1/resolutions", json={"party_id": "crew-1", "bags": [_word("q1-0", 3_500)]})
    half = (await http.get("/loads/load-q1")).json()
    other = await http.post("/loads/load-q1/resolutions", json={"party_id": "crew-2", "bags": [_word("q1-0", 3_000)]})
    again = await http.post("/loads/load-q1/resolutions", json={"party_id": "crew-1", "bags": [_word("q1-0", 3_500)]})
    await http.post("/loads/load-q1/resolutions", json={"party_id": "crew-1", "bags": [_word("q1-0", 3_000)]})

    assert (first.status_code, half["state"], other.status_code, again.status_code) == (201, "disputed", 201, 200)
    load = (await http.get("/loads/load-q1")).json()
    (dispute,) = load["disputes"]
    assert (load["state"], dispute["state"], dispute["gross_grams"]) == ("dispatched", "resolved", 3_000)
    assert load["bags"][0]["agreed_grams"] == 3_000
    assert [type(fact) for fact in await facts("load-q1")][2:] == [ResolutionStated] * 3


async def test_the_agreed_grams_are_the_givers_word_from_then_on(
    sent: Sent, hand: Hand, http: httpx.AsyncClient
) -> None:
    await sent("q2", 4_000)
    await hand("q2", "crew-1", "crew-2", {"q2-0": 3_000})
    for party in ("crew-1", "crew-2"):
        await http.post("/loads/load-q2/resolutions", json={"party_id": party, "bags": [_word("q2-0", 3_500)]})

    fact = (await hand("q2", "crew-2", "plant-1", {"q2-0": 3_480}, id="ho2")).json()

    assert (fact["given_grams"], fact["difference"]) == (3_500, "matched")


async def test_a_recycler_states_by_its_own_signed_record(
    http: httpx.AsyncClient, sent: Sent, hand: Hand, hear: Hear
) -> None:
    await sent("q3", 4_000)
    await hand("q3", "crew-1", "plant-1", {"q3-0": 4_000})
    await hear(_weighed("load-q3", datetime.now(UTC), q3_0=3_000))
    assert (await http.get("/loads/load-q3")).json()["state"] == "disputed"

    body = {"party_id": "plant-1", "bags": [_word("q3-0", 3_000)]}
    refused = await http.post("/loads/load-q3/resolutions", json=body)
    # Its record may come before the carrier's word.
    await hear(_stated("load-q3", "q3-0", 3_000))
    await http.post("/loads/load-q3/resolutions", json={"party_id": "crew-1", "bags": [_word("q3-0", 3_000)]})

    assert (refused.status_code, refused.json()["type"]) == (409, "urn:ewaste:problem:partner-signs")
    load = (await http.get("/loads/load-q3")).json()
    assert (load["state"], load["disputes"][0]["state"]) == ("accepted", "resolved")
    assert (await http.get("/bags/q3-0")).json()["state"] == "delivered"


async def test_who_is_no_party_says_nothing(http: httpx.AsyncClient, sent: Sent, hand: Hand) -> None:
    await sent("q4", 4_000, 2_000)
    await hand("q4", "crew-1", "crew-2", {"q4-0": 3_000, "q4-1": 2_000})
    stranger = await http.post(
        "/loads/load-q4/resolutions", json={"party_id": "hai-ya", "bags": [_word("q4-0", 3_000)]}
    )
    calm = await http.post("/loads/load-q4/resolutions", json={"party_id": "crew-1", "bags": [_word("q4-1", 2_000)]})
    silent = await http.post("/loads/load-q4/resolutions", json={"party_id": "crew-1", "bags": [_word("q4-0", None)]})

    assert (stranger.status_code, stranger.json()["errors"][0]["field"]) == (409, "party_id")
    assert "from crew-1 to crew-2" in stranger.json()["detail"]
    assert (calm.status_code, calm.json()["errors"][0]["field"]) == (409, "bags.0.bag_id")
    assert (silent.status_code, silent.json()["errors"][0]["field"]) == (422, "bags.0.gross_grams")


async def test_the_municipality_decides_after_15_days(
    http: httpx.AsyncClient, facts: Facts, sent: Sent, hand: Hand
) -> None:
    opened = datetime.now(UTC).replace(microsecond=0) - timedelta(days=16)
    await sent("q5", 4_000, dispatched_at=(opened - timedelta(hours=1)).isoformat())
    await hand("q5", "crew-1", "crew-2", {"q5-0": 3_000}, handed_over_at=opened.isoformat())
    body = {"decided_by": "city", "bags": [_word("q5-0", None, "lost")]}
    early = (opened + timedelta(days=15) - timedelta(seconds=1)).isoformat()
    due = (opened + timedelta(days=15)).isoformat()

    too_early = await http.post("/loads/load-q5/decision", json={**body, "decided_at": early})
    carrier = await http.post("/loads/load-q5/decision", json={**body, "decided_by": "crew-2", "decided_at": due})
    decided = await http.post("/loads/load-q5/decision", json={**body, "decided_at": due})
    again = await http.post("/loads/load-q5/decision", json={**body, "decided_at": due})

    assert (too_early.status_code, too_early.json()["type"]) == (409, "urn:ewaste:problem:too-early")
    assert f"{opened + timedelta(days=15):%Y-%m-%d %H:%M}" in too_early.json()["detail"]
    assert (carrier.status_code, carrier.json()["errors"][0]["field"]) == (422, "decided_by")
    assert (decided.status_code, again.status_code) == (201, 200), decided.text
    load = (await http.get("/loads/load-q5")).json()
    assert (load["state"], load["disputes"][0]["state"], load["bags"][0]["standing"]) == (
        "dispatched",
        "decided",
        "broken",
    )
    assert isinstance((await facts("load-q5"))[-1], DisputeDecided)


async def test_disputes_are_listed_and_close_by_themselves(
    http: httpx.AsyncClient, sent: Sent, hand: Hand, hear: Hear
) -> None:
    """A bag that the recycler does not speak of is a dispute until its next record does."""
    await sent("q6", 4_000, 2_000, 1_000)
    await hand("q6", "crew-1", "plant-1", {"q6-0": 4_000, "q6-1": 2_000, "q6-2": 1_000})
    await hear(_weighed("load-q6", datetime.now(UTC), q6_0=4_000))

    listed = await _listed(http)
    await hear(_weighed("load-q6", datetime.now(UTC), q6_1=2_000, q6_2=1_000))

    assert [(one["bag_id"], one["kind"]) for one in listed if one["load_id"] == "load-q6"] == [
        ("q6-1", "count"),
        ("q6-2", "count"),
    ]
    assert [one for one in await _listed(http) if one["load_id"] == "load-q6"] == []
    assert (await http.get("/loads/load-q6")).json()["state"] == "accepted"


async def _listed(http: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        params = {"state": "open", "limit": 1, **({"cursor": cursor} if cursor else {})}
        page = (await http.get("/disputes", params=params)).json()
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found
