"""A dispute keeps its batch from a certificate until both sides say the same; the page tells it."""

from collections.abc import Callable
from typing import Any

import pytest
from ewaste.contracts.events.logistics import (
    BagSettlement,
    BreakReason,
    CustodyBreakDeclared,
    DifferenceCause,
    ResolutionStated,
    Settlement,
)
from ewaste.contracts.events.recycler import LoadReceived, ReceivedBag
from ewaste.contracts.fields import Context
from ewaste.runtime.testing import eventually
from ewaste.web.testing import check_page, text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

Days = Callable[..., Any]


async def shown(service: Any, path: str, lang: str = "en") -> str:
    answer = await service.http.get(path, headers={"Accept-Language": lang})
    return text_of(check_page(answer.text, answer.headers))


async def codes(service: Any, batch: str) -> list[str]:
    told = await service.certification(batch)
    return [line["code"] for line in told["open_lines"]] if told and told["certificate_id"] is None else []


async def test_both_sides_end_a_dispute_and_the_batch_is_certified(service: Any, publisher: Any, new_day: Days) -> None:
    day = new_day()
    other = ReceivedBag(bag_id=day.bag, seal_read="S-other", received_grams=10_050)
    read = LoadReceived(
        load_id=f"load-{day.tag}", partner_id=day.partner, facility_id="F-1", bags=(other,), received_grams=10_050
    )
    # A second word about the same load, with another seal, before anything could be certified.
    await publisher.publish(
        *day.collected(), *day.delivered(), *day.accepted(read), *day.processed(), *day.registered()
    )
    assert await eventually(lambda: codes(service, day.batch), lambda found: found == ["bag_disputed"])
    page = await shown(service, f"/pages/trace/bag/{day.bag}")
    assert "Dispute: the seal does not match, between C-1 and" in page
    assert "the municipality may decide from" in page

    replaced = BagSettlement(
        bag_id=day.bag, settlement=Settlement.ACCEPTED, gross_grams=10_050, cause=DifferenceCause.SEAL_REPLACED
    )
    by_carrier, by_recycler = (
        ResolutionStated(load_id=f"load-{day.tag}", party_id=party, bags=(replaced,)) for party in ("C-1", day.partner)
    )
    await publisher.publish(day.event(Context.LOGISTICS, by_carrier), *day.accepted(by_recycler))
    told = await eventually(
        lambda: service.certification(day.batch), lambda found: bool(found) and found["certificate_id"] is not None
    )
    assert told["certificate_id"]
    page = await shown(service, f"/pages/trace/bag/{day.bag}", "th")
    assert "ทั้งสองฝ่ายเห็นตรงกัน: ยอมรับถุงนี้, 10,050 กรัม" in page
    assert "C-1: ยอมรับถุงนี้, 10,050 กรัม (เปลี่ยนซีล)" in page


async def test_a_declared_break_is_told_and_the_certificate_counts_it_apart(
    service: Any, publisher: Any, new_day: Days
) -> None:
    day = new_day()
    mixed = CustodyBreakDeclared(
        break_id=f"break-{day.tag}", bag_ids=(day.bag,), declared_by="C-1", reason=BreakReason.MIXED
    )
    await publisher.publish(day.event(Context.LOGISTICS, mixed), *day.messages())
    told = await eventually(
        lambda: service.certification(day.batch), lambda found: bool(found) and found["certificate_id"] is not None
    )
    content = await service.json(f"/certificates/{told['certificate_id']}")
    assert content["chain_of_custody"]["broken_basis_points"] == 10_000
    chain = await service.chain_is(f"item/{day.item}", "broken")
    assert chain["details"]["broken"] == "custody_broken"
    assert "contents mixed" in await shown(service, f"/pages/trace/item/{day.item}")
