"""Everything that Kafka holds stands in the ledger once, in one order, under a root that anyone recomputes."""

import secrets
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from ewaste.contracts.events.education import LearnerEnrolled
from ewaste.contracts.examples import examples
from ewaste.contracts.fields import Context
from ewaste.contracts.registry import type_for
from ewaste.contracts.topics import partner_topic
from ewaste.evidence.ledger.contents import restored
from ewaste.evidence.ledger.merkle import leaf_hash, root_of
from ewaste.evidence.ledger.record import Record, decode_leaf, leaf_of
from ewaste.runtime.testing import Stack, eventually, records_on

pytestmark = pytest.mark.asyncio(loop_scope="module")


def leaves(lines: Sequence[dict[str, Any]]) -> list[bytes]:
    return [line["leaf"] for line in lines]


def check(lines: Sequence[dict[str, Any]], head: dict[str, Any], records: Sequence[Record]) -> None:
    """The ledger is these records, each once, each partition in order, gap-free, under its root."""
    assert [line["index"] for line in lines] == list(range(len(lines)))
    assert Counter(leaves(lines)) == Counter(map(leaf_of, records))
    next_offset: Counter[tuple[str, int]] = Counter()
    for leaf in leaves(lines):
        stored = decode_leaf(leaf)
        assert stored.offset == next_offset[stored.topic, stored.partition]
        next_offset[stored.topic, stored.partition] += 1
    assert head["size"] == len(lines)
    assert head["root"] == root_of(map(leaf_hash, leaves(lines))).hex()


NUMBERS = (b"1e999", b"9" * 5_000)
HUGE = (
    b'{"specversion":"1.0","id":"01936b2e-0000-7000-8000-000000000001","source":"urn:ewaste:x:dropoff",'
    b'"type":"ewaste.dropoff.BagInstalled.v9","time":"2026-11-22T08:00:00Z","data":{"n":%s}}'
)
POISON = (b"\xff\xfe no text", b"{broken", b"", b"[" * 5_000, b"x" * 2_000_000, *(HUGE % number for number in NUMBERS))


async def test_the_ledger_is_all_that_kafka_holds_also_what_nobody_can_read(
    service: Any, publisher: Any, new_day: Any, message: Any
) -> None:
    day = new_day()
    strange = [message("ewaste.dropoff", b"k", value, [("content-type", b"\xff")]) for value in POISON]
    nothing = message("ewaste.logistics", b"k", None)
    await publisher.publish(*day.messages(), *strange, nothing, message("ewaste.recycler", b"big", b"y" * 70_000))

    while True:  # the service's own certificate joins what it reads
        records = await publisher.custody_records()
        await service.reaches("custody", len(records))
        lines, head = await service.export("custody")
        if len(lines) == len(await publisher.custody_records()) == len(records):
            break

    check(lines, head, records)


async def test_an_oversized_record_stands_by_digest_and_its_bytes_are_kept(
    service: Any, publisher: Any, message: Any
) -> None:
    tag = secrets.token_hex(8)
    sizes = (70_000, 2_000_000)
    await publisher.publish(
        *(message("ewaste.dropoff", tag.encode(), b"z" * size, [("n", tag.encode())]) for size in sizes),
        message("ewaste.dropoff", tag.encode(), b"small", [("large", b"h" * 70_000), ("n", tag.encode())]),
    )
    await service.reaches("custody", len(await publisher.custody_records()))

    lines, _ = await service.export("custody")

    mine = [line for line in lines if tag.encode() in line["leaf"]]
    whole = [restored(decode_leaf(line["leaf"]), line["contents"]) for line in mine]
    assert [len(each.value or b"") for each in whole] == [*sizes, 5]
    assert whole[2].headers[0] == ("large", b"h" * 70_000)
    assert all(len(line["leaf"]) < 60_000 for line in mine)
    for line, record in zip(mine, whole, strict=True):
        assert leaf_of(record) == line["leaf"]
        shown = (await service.json(f"/ledgers/custody/entries?start={line['index']}&limit=1"))["items"][0]
        assert (shown["offset"], shown["event"]) == (record.offset, None)


async def test_an_event_with_numbers_that_few_can_hold_does_not_spoil_its_page(
    service: Any, publisher: Any, message: Any
) -> None:
    await publisher.publish(*(message("ewaste.dropoff", b"k", HUGE % number) for number in NUMBERS))
    await service.reaches("custody", len(await publisher.custody_records()))
    lines, _ = await service.export("custody")
    for number in NUMBERS:
        at = next(line["index"] for line in lines if b'{"n":%s}' % number in line["leaf"])

        (entry,) = (await service.json(f"/ledgers/custody/entries?start={at}&limit=1"))["items"]

        assert entry["event"] is None


async def test_pages_of_entries_join_without_a_gap(service: Any, publisher: Any, new_day: Any) -> None:
    await publisher.publish(*new_day().messages())
    await service.reaches("custody", len(await publisher.custody_records()))
    lines, head = await service.export("custody")
    start, seen = "0", []
    while start is not None:
        page = await service.json(f"/ledgers/custody/entries?start={start}&limit=7")
        seen += page["items"]
        start = page["next_cursor"]

    assert [each["index"] for each in seen[: head["size"]]] == [line["index"] for line in lines]
    known = {(each["topic"], each["partition"], each["offset"]) for each in seen}
    assert len(known) == len(seen)
    later, _ = await service.export("custody", start=head["size"] - 3)
    assert [line["index"] for line in later[:3]] == [head["size"] - 3, head["size"] - 2, head["size"] - 1]


async def test_a_new_partners_topic_is_noticed(service: Any, publisher: Any, message: Any) -> None:
    partner = f"new-{secrets.token_hex(4)}"
    await publisher.publish(message(partner_topic(partner), b"k", b"first word"))

    async def logged() -> bool:
        lines, _ = await service.export("custody")
        return any(partner.encode() in leaf for leaf in leaves(lines))

    assert await eventually(logged)


async def test_learning_has_a_ledger_of_its_own(service: Any, publisher: Any, stack: Stack, message: Any) -> None:
    (example, *_) = examples()[type_for(Context.EDUCATION, LearnerEnrolled).name]
    await publisher.publish(message("ewaste.education", uuid4().bytes, example))
    records = await records_on(stack, "ewaste.education")
    assert await service.reaches("learning", len(records))

    lines, head = await service.export("learning")

    check(lines, head, records)
    assert head["origin"].endswith(":learning")
    custody, _ = await service.export("custody")
    assert not any(b"ewaste.education" in leaf[:60] for leaf in leaves(custody))
