"""A certificate comes once, when everything holds; until then the open lines say what is missing."""

import json
from collections.abc import Callable
from hashlib import sha256
from itertools import permutations
from typing import Any

import pytest
from ewaste.contracts.envelope import source_of
from ewaste.contracts.events.common import CorrectionReason, EventCorrected
from ewaste.contracts.events.traceability import CertificateIssued
from ewaste.contracts.fields import Context
from ewaste.evidence.certificates.certify import Certificate, certify
from ewaste.evidence.custody.fold import read_evidence
from ewaste.evidence.ledger.contents import restored
from ewaste.evidence.ledger.record import decode_leaf
from ewaste.runtime.testing import Stack, events_on, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

Days = Callable[..., Any]
SERVICES = ("dropoff", "logistics", "partner", "recycler")
ORDERS = [order for number, order in enumerate(permutations(SERVICES)) if number % 5 == 0 or order[-1] == "dropoff"]


async def certified(service: Any, batch: str) -> dict[str, Any]:
    found = await eventually(
        lambda: service.certification(batch), lambda told: bool(told) and told["certificate_id"] is not None
    )
    assert found is not None
    return found


async def open_codes(service: Any, batch: str, *wanted: str) -> list[str]:
    """The open lines once these are among them."""
    told = await eventually(
        lambda: service.certification(batch),
        lambda told: bool(told) and set(wanted) <= {line["code"] for line in told["open_lines"]},
    )
    assert told["certificate_id"] is None
    return [line["code"] for line in told["open_lines"]]


async def test_a_balanced_batch_is_certified_once_and_the_event_is_in_the_ledger(
    service: Any, publisher: Any, stack: Stack, new_day: Days
) -> None:
    day = new_day()
    await publisher.publish(*day.messages())

    told = await certified(service, day.batch)

    assert told["open_lines"] == []
    chain = await service.chain_is(f"item/{day.item}", "certified")
    assert told["certificate_id"] in json.dumps(chain)
    # What is said later about the batch gives no second one.
    await publisher.publish(*day.delivered(), *day.registered())
    await service.reaches("custody", len(await publisher.custody_records()))
    issued = [
        event.data
        for event in await events_on(stack, "ewaste.traceability")
        if event.envelope.source == service.settings.source
        and isinstance(event.data, CertificateIssued)
        and event.data.batch_id == day.batch
    ]
    assert [each.certificate_id for each in issued] == [told["certificate_id"]]
    assert (issued[0].input_grams, issued[0].output_grams, issued[0].landfill_grams) == (10_000, 9_900, 0)


async def test_a_certificate_is_its_canonical_bytes_and_follows_from_the_exported_records(
    service: Any, publisher: Any, stack: Stack, new_day: Days
) -> None:
    day = new_day()
    await publisher.publish(*day.messages())
    told = await certified(service, day.batch)

    content = (await service.http.get(f"/certificates/{told['certificate_id']}")).content

    async def announced() -> list[CertificateIssued]:
        events = [event.data for event in await events_on(stack, "ewaste.traceability")]
        return [
            each
            for each in events
            if isinstance(each, CertificateIssued) and each.certificate_id == told["certificate_id"]
        ]

    (event,) = await eventually(announced)
    assert sha256(content).hexdigest() == event.content_digest
    lines, _ = await service.export("custody")
    records = [restored(decode_leaf(line["leaf"]), line["contents"]) for line in lines]
    read = (read_evidence(index, each.topic, each.value) for index, each in enumerate(records))
    derived = certify(
        [each for each in read if each is not None],
        day.batch,
        issuer=service.settings.source,
        ledger_size=event.ledger_size,
        ledger_root=bytes.fromhex(event.ledger_root),
    )
    assert isinstance(derived, Certificate)
    assert derived.canonical == content
    assert derived.event_data() == event


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
async def test_the_order_in_which_topics_arrive_does_not_matter(
    service: Any, publisher: Any, new_day: Days, in_topic_order: Any, order: tuple[str, ...]
) -> None:
    day = new_day()
    await publisher.publish(*in_topic_order(day.messages(), order))

    await certified(service, day.batch)


async def test_backwards_is_an_order_too(service: Any, publisher: Any, new_day: Days) -> None:
    """The registration of the partner comes last, and bears on a batch that it does not name."""
    day = new_day()
    await publisher.publish(*reversed(day.messages()))

    await certified(service, day.batch)


async def test_an_open_batch_says_what_it_lacks(service: Any, publisher: Any, new_day: Days) -> None:
    day = new_day()
    registered, collected, delivered, processed = (
        day.registered(), day.collected(), day.delivered(), day.processed(),
    )  # fmt: skip
    await publisher.publish(*processed)
    assert {"bag_not_weighed", "bag_not_dispatched", "bag_not_received", "partner_unknown"} <= set(
        await open_codes(service, day.batch, "partner_unknown")
    )
    assert (await service.certification(day.batch))["open_lines"][0]["text_th"]

    await publisher.publish(*collected, *delivered)
    assert await eventually(lambda: open_codes(service, day.batch), lambda codes: codes == ["partner_unknown"])

    await publisher.publish(*registered)
    await certified(service, day.batch)


async def test_a_fact_waits_for_the_recyclers_own_record(service: Any, publisher: Any, new_day: Days) -> None:
    day = new_day()
    *before, claim, fact = day.messages()
    await publisher.publish(*before, fact)
    assert await eventually(lambda: open_codes(service, day.batch), lambda codes: codes == ["claim_not_here"])

    await publisher.publish(claim)

    await certified(service, day.batch)


async def test_landfill_is_never_certified(service: Any, publisher: Any, new_day: Days) -> None:
    day = new_day(operation="D1")
    await publisher.publish(*day.messages())

    # The recycler's own records are on another topic and may come last.
    assert await eventually(lambda: open_codes(service, day.batch), lambda codes: codes == ["landfilled"])
    assert (await service.chain_is(f"item/{day.item}", "processed"))["state"] == "processed"


async def test_grams_that_do_not_balance_are_not_certified(service: Any, publisher: Any, new_day: Days) -> None:
    day = new_day(loss=0, operation="R4")
    output = day.recycled().outputs[0].model_copy(update={"grams": 5_000})
    short = day.recycled().model_copy(update={"outputs": (output,)})
    messages = [each for each in day.messages() if each.about != "BatchRecycled"]
    await publisher.publish(*messages, *day.accepted(short))

    assert await eventually(lambda: open_codes(service, day.batch), lambda codes: codes == ["grams_not_balanced"])


async def test_a_correction_that_names_only_an_event_lets_its_batch_be_certified(
    service: Any, publisher: Any, new_day: Days
) -> None:
    day = new_day()
    wrong = day.accepted(day.recycled().model_copy(update={"process_loss_grams": 90}))
    # The second word comes before the batch could be certified: its partner is registered after it.
    await publisher.publish(*day.collected(), *day.delivered(), *day.processed(), *wrong, *day.registered())
    assert await eventually(lambda: open_codes(service, day.batch), lambda codes: codes == ["batch_recycled_twice"])

    await publisher.publish(day.event(Context.RECYCLER, corrected(wrong[1])))

    await certified(service, day.batch)


async def test_a_correction_that_is_taken_back_puts_its_fact_back(service: Any, publisher: Any, new_day: Days) -> None:
    day = new_day()
    processed = day.processed()
    first = day.event(Context.RECYCLER, corrected(processed[-1]))
    await publisher.publish(*day.collected(), *day.delivered(), *processed, first, *day.registered())
    assert await eventually(lambda: open_codes(service, day.batch), lambda codes: codes == ["batch_not_recycled"])

    await publisher.publish(day.event(Context.RECYCLER, corrected(first)))

    await certified(service, day.batch)


def corrected(message: Any) -> EventCorrected:
    return EventCorrected(
        corrected_event_id=json.loads(message.value)["id"],
        corrected_source=source_of("test", Context.RECYCLER),
        reason=CorrectionReason.DID_NOT_HAPPEN,
    )
