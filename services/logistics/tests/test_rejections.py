"""What a recycler refuses goes back, and then into another load."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
from ewaste.contracts.events.common import CorrectionReason, EventCorrected
from ewaste.contracts.events.recycler import LoadReceived, LoadRejected, ReceivedBag, RejectionReason
from ewaste.contracts.fields import Context
from ewaste.runtime.inbox import Received
from ewaste.runtime.testing import received

Sent = Callable[..., Awaitable[list[str]]]
Hand = Callable[..., Awaitable[httpx.Response]]
Hear = Callable[..., Awaitable[None]]


def _refused(load_id: str, *bag_ids: str) -> Received:
    data = LoadRejected(load_id=load_id, partner_id="plant-1", facility_id="plant-1", bag_ids=bag_ids,
                        reason=RejectionReason.CONTAMINATED)  # fmt: skip
    return received(Context.RECYCLER, data, datetime.now(UTC))


def _weighed(load_id: str, bag_id: str, grams: int) -> Received:
    bag = ReceivedBag(bag_id=bag_id, seal_read=f"S-{bag_id}", received_grams=grams)
    data = LoadReceived(load_id=load_id, partner_id="plant-1", facility_id="plant-1", bags=(bag,), received_grams=grams)
    return received(Context.RECYCLER, data, datetime.now(UTC))


async def _dispatch(http: httpx.AsyncClient, load_id: str, *bag_ids: str) -> httpx.Response:
    body: dict[str, Any] = {"load_id": load_id, "carrier_id": "crew-1", "origin_id": "hub-1",
                            "destination_id": "plant-2", "bag_ids": bag_ids}  # fmt: skip
    return await http.post("/loads", json=body)


async def test_a_refused_bag_goes_back_before_another_load_takes_it(
    http: httpx.AsyncClient, sent: Sent, hand: Hand, hear: Hear
) -> None:
    await sent("r1", 4_000, 3_000)
    await hand("r1", "crew-1", "plant-1", {"r1-0": 4_000, "r1-1": 3_000})
    await hear(_weighed("load-r1", "r1-0", 4_000), _refused("load-r1", "r1-1"))

    held = await _dispatch(http, "load-r2", "r1-1")
    back = await hand("r1", "plant-1", "crew-1", {"r1-1": 3_000}, id="back")
    again = await _dispatch(http, "load-r2", "r1-1")

    assert (held.status_code, back.status_code, again.status_code) == (409, 201, 201), back.text
    load = (await http.get("/loads/load-r1")).json()
    assert (load["state"], load["holder_id"]) == ("partly_accepted", "plant-1")
    assert [(bag["standing"], bag["elsewhere"]) for bag in load["bags"]] == [("accepted", None), ("free", "load-r2")]
    assert [hand["holder_id"] for hand in load["hands"]] == ["crew-1", "plant-1"]
    assert [one["bag_ids"] for one in load["handovers"]] == [["r1-0", "r1-1"], ["r1-1"]]


async def test_a_load_refused_at_the_gate_is_free_at_once(http: httpx.AsyncClient, sent: Sent, hear: Hear) -> None:
    await sent("r3", 4_000)
    await hear(_refused("load-r3"))
    assert (await _dispatch(http, "load-r4", "r3-0")).status_code == 201
    assert (await http.get("/loads/load-r3")).json()["state"] == "rejected"


async def test_a_delivery_that_is_told_after_the_refusal_stands(
    http: httpx.AsyncClient, sent: Sent, hand: Hand, hear: Hear
) -> None:
    """The crew's device was without a line while the recycler had refused the load long ago."""
    await sent("r5", 4_000)
    await hear(_refused("load-r5"))

    late = await hand("r5", "crew-1", "plant-1", {"r5-0": 4_000})
    held = await _dispatch(http, "load-r6", "r5-0")
    back = await hand("r5", "plant-1", "crew-1", {"r5-0": 4_000}, id="back")

    assert (late.status_code, held.status_code, back.status_code) == (201, 409, 201)
    assert (await _dispatch(http, "load-r6", "r5-0")).status_code == 201


async def test_only_refused_bags_go_back_by_themselves(sent: Sent, hand: Hand, hear: Hear) -> None:
    await sent("r7", 4_000, 3_000)
    await hand("r7", "crew-1", "plant-1", {"r7-0": 4_000, "r7-1": 3_000})
    await hear(_weighed("load-r7", "r7-0", 4_000), _refused("load-r7", "r7-1"))
    answer = await hand("r7", "plant-1", "crew-1", {"r7-0": 4_000}, id="back")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:ewaste:problem:bag-not-read")


async def test_a_refusal_that_is_taken_back_counts_no_more(http: httpx.AsyncClient, sent: Sent, hear: Hear) -> None:
    """In either order: the correction may be in another partition than what it corrects."""
    for prefix, flip in (("r8", False), ("r9", True)):
        await sent(prefix, 4_000)
        refused = _refused(f"load-{prefix}")
        envelope = refused.event.envelope
        taken_back = EventCorrected(corrected_event_id=str(envelope.id), corrected_source=envelope.source,
                                    reason=CorrectionReason.DID_NOT_HAPPEN)  # fmt: skip
        told = [refused, received(Context.RECYCLER, taken_back, datetime.now(UTC))]
        await hear(*(reversed(told) if flip else told))
        assert (await http.get(f"/loads/load-{prefix}")).json()["state"] == "dispatched"
        assert (await _dispatch(http, f"load-{prefix}-b", f"{prefix}-0")).status_code == 409
