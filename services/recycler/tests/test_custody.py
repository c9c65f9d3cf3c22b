"""On the real broker and database: divided bags, partial acceptance, resolutions, treatment abroad, what waits."""

import json
from datetime import timedelta
from typing import Any

import pytest
from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.events.logistics import DisputeDecided, ResolutionStated
from ewaste.contracts.events.recycler import ConfirmationRefused, FractionTreated, LoadReceived, LoadRejected
from ewaste.contracts.ids import uuid7
from ewaste.contracts.registry import Event

pytestmark = pytest.mark.asyncio(loop_scope="module")


def said(events: list[Event]) -> list[str]:
    """The names of the facts, the reasons of the refusals."""
    return [
        event.data.reason.value if isinstance(event.data, ConfirmationRefused) else event.type.model.__name__
        for event in events
    ]


def treated(recycler: Any, batch_id: str, id: str, of: str, grams: int, outputs: Any, **more: Any) -> FractionTreated:
    listed = [each.model_dump() for each in recycler.recycled(batch_id, outputs).outputs]
    whole = {"treatment_id": id, "batch_id": batch_id, "fraction_id": of, "partner_id": recycler.partner_id}
    return FractionTreated.model_validate(
        whole | {"facility_id": "smelter-niihama", "grams": grams, "outputs": listed} | more
    )


async def test_a_bag_is_divided_until_it_is_used_up(service: Any, recycler: Any, another: Any) -> None:
    for each in (recycler, another):
        await service.register(each)
    bag, id = f"{recycler.partner_id}-g1", recycler.partner_id
    assert (await service.http.get(f"/bags/{bag}/allocation")).status_code == 404
    await service.logistics(service.collected(bag, 10_000))
    first = uuid7()
    verdicts = await service.judged(
        recycler,
        recycler.message(recycler.opened(f"{id}-1", {bag: 6_000}), id=first),
        recycler.message(recycler.opened(f"{id}-2", {bag: 3_000})),
        recycler.message(recycler.opened(f"{id}-3", {bag: 1_201})),
    )
    assert said(verdicts) == ["BatchOpened", "BatchOpened", "bag_over_allocated"]
    (refusal,) = (await service.http.get("/refusals", params={"partner_id": id})).json()["items"]
    assert f"6000 g in {id}-1, 3000 g in {id}-2" in refusal["detail"]
    assert said(await service.judged(another, another.message(another.opened(f"{id}-4", {bag: 1_200})))) == [
        "BatchOpened"
    ]
    shown = (await service.http.get(f"/bags/{bag}/allocation")).json()
    assert (shown["net_grams"], shown["weighed"], shown["tolerance_grams"]) == (10_000, "collected", 200)
    assert (shown["allocated_grams"], shown["left_grams"], shown["over_grams"]) == (10_200, 0, 0)
    assert [(use["batch_id"], use["partner_id"], use["grams"]) for use in shown["batches"]] == [
        (f"{id}-1", id, 6_000),
        (f"{id}-2", id, 3_000),
        (f"{id}-4", another.partner_id, 1_200),
    ]

    source = f"urn:ewaste:partner:{id}"
    correction = EventCorrected(corrected_event_id=str(first), corrected_source=source, reason="mistyped")
    again = recycler.message(recycler.opened(f"{id}-5", {bag: 6_000}))
    # A correction's key is another one, so Kafka keeps no order between them: the client waits, as the guide says.
    assert said(await service.judged(recycler, recycler.message(correction))) == ["EventCorrected"]
    assert said(await service.judged(recycler, again)) == ["BatchOpened"]


async def test_a_weight_that_logistics_takes_back_counts_no_more(service: Any, recycler: Any) -> None:
    await service.register(recycler)
    id, bag = recycler.partner_id, f"{recycler.partner_id}-g1"
    wrong, _ = await service.logistics(service.collected(bag, 1_000), service.dispatched(f"{id}-L", **{bag: 5_000}))
    assert said(await service.judged(recycler, recycler.message(recycler.opened(f"{id}-1", {bag: 4_000})))) == [
        "bag_over_allocated"
    ]
    taken_back = EventCorrected(
        corrected_event_id=str(wrong), corrected_source="urn:ewaste:cm:logistics", reason="mistyped"
    )
    await service.logistics(taken_back)
    shown = (await service.http.get(f"/bags/{bag}/allocation")).json()
    assert (shown["weighed"], shown["net_grams"]) == ("dispatched", 5_000)
    assert said(await service.judged(recycler, recycler.message(recycler.opened(f"{id}-2", {bag: 4_000})))) == [
        "BatchOpened"
    ]


async def test_a_correction_may_be_learned_before_what_it_takes_back(service: Any, recycler: Any) -> None:
    bag, id = f"{recycler.partner_id}-g1", uuid7()
    back = EventCorrected(corrected_event_id=str(id), corrected_source="urn:ewaste:cm:logistics", reason="mistyped")
    (correction,) = await service.logistics(back)
    await service.logistics(service.collected(bag, 1_000), ids=[id])
    assert (await service.http.get(f"/bags/{bag}/allocation")).status_code == 404
    again = back.model_copy(update={"corrected_event_id": str(correction)})
    await service.logistics(again)
    assert (await service.http.get(f"/bags/{bag}/allocation")).json()["net_grams"] == 1_000


async def test_part_of_a_load_is_taken_and_its_dispute_settled(service: Any, recycler: Any) -> None:
    await service.register(recycler)
    id = recycler.partner_id
    load, bags = f"{id}-L", [f"{id}-g{n}" for n in range(3)]
    await service.logistics(
        *(service.collected(bag, 10_000) for bag in bags), service.dispatched(load, **dict.fromkeys(bags, 10_300))
    )
    rejection = LoadRejected(load_id=load, partner_id=id, facility_id="f", bag_ids=(bags[2],), reason="seal_broken")
    both = recycler.received(load, **dict.fromkeys(bags[1:], 10300))
    resolved = {
        "load_id": load,
        "party_id": id,
        "bags": [{"bag_id": bags[0], "settlement": "accepted", "gross_grams": 8_300, "cause": "scale"}],
    }
    resolution = ResolutionStated.model_validate(resolved)
    foreign = {**resolved["bags"][0], "bag_id": "elsewhere"}
    verdicts = await service.judged(
        recycler,
        recycler.message(resolution),
        recycler.message(rejection),
        recycler.message(both),
        recycler.message(recycler.received(load, **{bags[0]: 8_000, bags[1]: 10_300})),
        recycler.message(resolution, time=recycler.noon + timedelta(minutes=1)),
        recycler.message(ResolutionStated.model_validate({**resolved, "bags": [foreign]})),
        recycler.message(ResolutionStated.model_validate({**resolved, "party_id": "someone-else"})),
    )
    assert said(verdicts) == [
        "load_unknown",
        "LoadRejected",
        "load_already_received",
        "LoadReceived",
        "ResolutionStated",
        "bag_not_in_load",
        "source_of_another_partner",
    ]
    assert verdicts[4].type.name == "ewaste.recycler.ResolutionStated.v1"
    received = verdicts[3].data
    assert isinstance(received, LoadReceived)
    assert received.difference == "significant"
    path = f"/bags/{bags[0]}/allocation"
    assert (await service.http.get(path)).json()["weighed"] == "collected"
    await service.logistics(ResolutionStated.model_validate({**resolved, "party_id": "carrier-1"}))
    shown = (await service.http.get(path)).json()
    assert (shown["weighed"], shown["net_grams"]) == ("agreed", 8_000)
    decision = {"load_id": load, "decided_by": "municipality", "bags": resolved["bags"]}
    decision["bags"] = [{**resolved["bags"][0], "gross_grams": 9_300}]
    await service.logistics(DisputeDecided.model_validate(decision))
    shown = (await service.http.get(path)).json()
    assert (shown["weighed"], shown["net_grams"]) == ("decided", 9_000)


async def test_a_batch_is_followed_until_nothing_waits(service: Any, recycler: Any) -> None:
    await service.register(recycler)
    id = recycler.partner_id
    batch = f"{id}-1"

    async def state() -> Any:
        shown = (await service.http.get(f"/batches/{batch}")).json()
        return shown["state"], shown["waiting_grams"], shown["waiting_fractions"]

    sorted = [{"category": "phone", "grams": 7_000}, {"category": "battery", "grams": 3_000}]
    opened = recycler.opened(batch, {f"{id}-g1": 10_000}, sorted=sorted, other_client_grams=5_000)
    await service.judged(recycler, recycler.message(opened))
    assert await state() == ("open", 0, 0)
    straight = recycler.recycled(batch, {"boards": (6_000, "R4", "JP")})
    outputs = {"boards": (6_000, "R12", "JP"), "handsets": (2_000, "R13"), "cu": (6_000, "R4")}
    recycled = recycler.recycled(batch, outputs, process_loss_grams=900)
    reuse = {"prepared_for_reuse": True, "pieces": 14, "waste_code": "16 02 14"}
    listed = tuple(
        each.model_copy(update=reuse) if each.fraction_id == "handsets" else each for each in recycled.outputs
    )
    verdicts = await service.judged(
        recycler,
        recycler.message(straight),
        recycler.message(recycled.model_copy(update={"outputs": listed})),
    )
    assert said(verdicts) == ["basel_numbers_missing", "BatchRecycled"]
    assert verdicts[0].data.field == "data.outputs.0.facility_country"
    assert await state() == ("processed", 8_000, 2)
    waiting = {"waiting": True, "partner_id": id, "limit": 1}
    page = (await service.http.get("/fractions", params=waiting)).json()
    rest = (await service.http.get("/fractions", params=waiting | {"cursor": page["next_cursor"]})).json()
    boards, handsets = *page["items"], *rest["items"]
    assert (boards["fraction_id"], boards["waiting_grams"], boards["facility_country"]) == ("boards", 6_000, "JP")
    assert boards["waiting_since"] == "2026-11-20T05:00:00Z"
    assert boards["waiting_days"] >= 0
    assert (handsets["pieces"], handsets["prepared_for_reuse"], handsets["waste_code"]) == (14, True, "16 02 14")

    numbers = {"basel_notification_number": "TH 0042/26", "basel_movement_number": "TH 0042/26-03"}
    smelted = {"cu-au": (3_900, "R4", "JP")}
    verdicts = await service.judged(
        recycler,
        recycler.message(treated(recycler, batch, "t1", "boards", 4_000, smelted, facility_country="JP")),
        recycler.message(treated(recycler, batch, "t1", "boards", 4_000, smelted, facility_country="JP", **numbers)),
        recycler.message(treated(recycler, batch, "t2", "handsets", 2_000, {"phones": (1_900, "R4")})),
    )
    assert said(verdicts) == ["basel_numbers_missing", "FractionTreated", "FractionTreated"]
    assert await state() == ("processed", 2_000, 1)
    last = treated(recycler, batch, "t3", "boards", 1_900, {"cu-2": (1_900, "R4")}, facility_country="JP", **numbers)
    assert said(await service.judged(recycler, recycler.message(last))) == ["FractionTreated"]
    assert await state() == ("final", 0, 0), "100 g are within what two scales differ by"
    shown = (await service.http.get(f"/batches/{batch}")).json()
    assert shown["sorted"] == sorted
    assert [each["basel_notification_number"] for each in shown["treatments"]] == ["TH 0042/26", None, "TH 0042/26"]
    for asked, count in (("final", 1), ("open", 0), ("processed", 0)):
        listed_now = (await service.http.get("/batches", params={"partner_id": id, "state": asked})).json()["items"]
        assert len(listed_now) == count, asked


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b'"R4"', b'"R14"', "data.outputs.0.operation"),
        (b'"grams":780', b'"grams":-780', "data.outputs.0.grams"),
        (b'"grams":780', b'"grams":780000000', "data.outputs.0.grams"),
        (b'"grams":780', b'"grams":780.5', "data.outputs.0.grams"),
        (b'"grams":780', b'"grams":0', "data.outputs.0.grams"),
        (b'"process_loss_grams":20', b'"process_loss_grams":-1', "data.process_loss_grams"),
    ],
)
async def test_nonsense_is_refused_and_names_its_field(
    service: Any, recycler: Any, old: bytes, new: bytes, field: str
) -> None:
    await service.register(recycler)
    batch = f"{recycler.partner_id}-1"
    good = recycler.message(recycler.recycled(batch, {"iron": (780, "R4")}, process_loss_grams=20))
    value = good["value"].replace(old, new)
    assert value != good["value"]
    jws = recycler.sign(value, batch).encode()
    (refused,) = await service.judged(recycler, {**good, "value": value, "headers": [("jws", jws)]})
    assert (said([refused]), refused.data.field) == (["schema"], field)


async def test_the_operations_are_a_table(service: Any) -> None:
    table = {each["code"]: each for each in (await service.http.get("/operations")).json()}
    assert len(table) == 28
    assert [code for code, each in table.items() if not each["final"]] == ["R12", "R13", "D13", "D14", "D15"]
    assert [code for code, each in table.items() if each["landfill"]] == ["D1", "D5", "D12"]
    assert json.dumps(table["R4"]["meaning"]) == '"recycling of metals and metal compounds"'
