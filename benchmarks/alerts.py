"""Seconds from a fact to its alert, beside the raw limit of the same broker in the same run.

A bag is sent and weighed in with another seal: the clock starts when the broker has acknowledged the recycler's record
and stops when a consumer has `CustodyGapOpened` of `ewaste.traceability` in hand. Between them are the sequencer, the
ledger, the projection, the fold, the outbox and the relay, each with its commit. Measured alone, and while drops are
published at a steady rate.

The raw limit is one record through the same broker, from sending to a consumer's hand, with nothing between; whoever
reads from Kafka and answers through Kafka pays it twice. Prints medians and tails as JSON.
Run: `make bench` or `python benchmarks/alerts.py --facts 40 --rate 1000`.
"""

import argparse
import asyncio
import json
import secrets
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from ewaste.contracts.envelope import source_of
from ewaste.contracts.events.dropoff import Category, Channel, ItemDropped
from ewaste.contracts.events.logistics import BagInLoad, LoadDispatched
from ewaste.contracts.events.recycler import LoadReceived, ReceivedBag
from ewaste.contracts.events.traceability import CustodyGapOpened, GapKind
from ewaste.contracts.fields import Context, Part
from ewaste.contracts.ids import uuid7
from ewaste.contracts.registry import read_event, type_for, write_event
from ewaste.contracts.topics import TOPICS, topic_of
from ewaste.local.infra import Infra
from ewaste.runtime.app import Role
from ewaste.runtime.testing import Stack, prepared
from ewaste.traceability.app import build_app
from ewaste.traceability.settings import Settings

_ALERTS = topic_of(Context.TRACEABILITY)
_RAW = "ewaste.dropoff.dead"
_PATIENCE_SECONDS = 30.0
_TICK_SECONDS = 0.05


@dataclass(frozen=True)
class Plan:
    facts: int
    rate: int
    """Drops per second in the background."""


@dataclass
class Listener:
    """Notes when each key was first in a consumer's hand."""

    kafka: AIOKafkaConsumer
    seen: dict[str, float] = field(default_factory=dict)

    async def run(self) -> None:
        async for record in self.kafka:
            now = time.perf_counter()
            if record.topic == _RAW:
                self.seen[record.key.decode()] = now
                continue
            alert = read_event(record.value).data
            if isinstance(alert, CustodyGapOpened) and alert.kind is GapKind.SEAL_MISMATCH:
                self.seen[alert.subject.id] = now

    async def when(self, key: str) -> float | None:
        """The moment; None when it did not come in time."""
        deadline = time.perf_counter() + _PATIENCE_SECONDS
        while key not in self.seen and time.perf_counter() < deadline:  # noqa: ASYNC110 - one of many keys
            await asyncio.sleep(0.005)
        return self.seen.get(key)


@asynccontextmanager
async def _producer(stack: Stack) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=stack.kafka_servers, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


@asynccontextmanager
async def _listening(stack: Stack) -> AsyncIterator[Listener]:
    kafka = AIOKafkaConsumer(bootstrap_servers=stack.kafka_servers, enable_auto_commit=False)
    await kafka.start()
    partitions = [TopicPartition(_ALERTS, number) for number in range(12)] + [TopicPartition(_RAW, 0)]
    kafka.assign(partitions)
    await kafka.seek_to_end(*partitions)
    listener = Listener(kafka)
    task = asyncio.create_task(listener.run())
    try:
        yield listener
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await kafka.stop()


def _event(context: Context, data: Part) -> tuple[str, bytes, bytes]:
    event_type = type_for(context, type(data))
    source = source_of("chiangmai", context)
    value = write_event(event_type, data, id=uuid7(), source=source, time=datetime.now(UTC))
    return event_type.topic, event_type.key_of(data).encode(), value


def _mismatch(bag_id: str) -> tuple[tuple[str, bytes, bytes], tuple[str, bytes, bytes]]:
    """The sending, and the receipt with another seal."""
    load_id, partner = f"load-{bag_id}", "plant-1"
    sent = LoadDispatched(
        load_id=load_id,
        carrier_id="C-1",
        origin_id="Y-1",
        destination_id=partner,
        bags=(BagInLoad(bag_id=bag_id, seal_number="S-1", gross_grams=10_050),),
        gross_grams=10_050,
    )
    taken = LoadReceived(
        load_id=load_id,
        partner_id=partner,
        facility_id="F-1",
        bags=(ReceivedBag(bag_id=bag_id, seal_read="S-9", received_grams=10_050),),
        received_grams=10_050,
    )
    return _event(Context.LOGISTICS, sent), _event(Context.RECYCLER, taken)


async def _send(producer: AIOKafkaProducer, record: tuple[str, bytes, bytes]) -> float:
    """The moment of the acknowledgement."""
    topic, key, value = record
    await producer.send_and_wait(topic, value, key=key)
    return time.perf_counter()


async def fact_to_alert(producer: AIOKafkaProducer, listener: Listener, count: int) -> list[float]:
    """One at a time, so that none waits for another."""
    seconds: list[float] = []
    for _ in range(count):
        bag_id = f"bag-{secrets.token_hex(6)}"
        sent, taken = _mismatch(bag_id)
        await _send(producer, sent)
        await asyncio.sleep(0.2)
        acknowledged = await _send(producer, taken)
        told = await listener.when(bag_id)
        if told is None:
            raise SystemExit(f"no alert about {bag_id} after {_PATIENCE_SECONDS} s: see the service's log")
        seconds.append(told - acknowledged)
    return seconds


async def raw_limit(producer: AIOKafkaProducer, listener: Listener, count: int) -> list[float]:
    """One record through the broker, from sending: a consumer may have it before its producer is told so."""
    seconds: list[float] = []
    for _ in range(count):
        key, began = secrets.token_hex(8), time.perf_counter()
        await _send(producer, (_RAW, key.encode(), b"{}"))
        told = await listener.when(key)
        seconds.append((told or began + _PATIENCE_SECONDS) - began)
        await asyncio.sleep(0.05)
    return seconds


@asynccontextmanager
async def _drops(producer: AIOKafkaProducer, rate: int, sent: list[int]) -> AsyncIterator[None]:
    """Drops at a steady rate while the block lasts; `sent` gets how many."""

    async def publish() -> None:
        began = time.perf_counter()
        while True:
            behind = int((time.perf_counter() - began) * rate) - sent[0]
            for _ in range(behind):
                bag_id = f"bag-{sent[0] // 17:06}"
                drop = ItemDropped(
                    item_id=str(uuid7()), bag_id=bag_id, point_id="cm-001", category=Category.PHONE, channel=Channel.APP
                )
                topic, key, value = _event(Context.DROPOFF, drop)
                await producer.send(topic, value, key=key)
                sent[0] += 1
            await asyncio.sleep(_TICK_SECONDS)

    task = asyncio.create_task(publish())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _told(seconds: list[float]) -> dict[str, Any]:
    ranked = sorted(seconds)
    at_95 = ranked[min(len(ranked) - 1, int(len(ranked) * 0.95))]
    return {
        "count": len(ranked),
        "p50": round(statistics.median(ranked), 4),
        "p95": round(at_95, 4),
        "max": round(ranked[-1], 4),
    }


async def run(stack: Stack, plan: Plan) -> dict[str, Any]:
    """Raw limit and alerts in the same run; the service as it ships, all roles in one process."""
    app = build_app(await prepared(stack, Settings))
    sent = [0]
    async with app.running(Role.ALL), _listening(stack) as listener, _producer(stack) as producer:
        await fact_to_alert(producer, listener, 2)  # joining the group and connecting is not what is measured
        raw = await raw_limit(producer, listener, plan.facts)
        quiet = await fact_to_alert(producer, listener, plan.facts)
        async with _producer(stack) as background, _drops(background, plan.rate, sent):
            began = time.perf_counter()
            await asyncio.sleep(3)
            busy_raw = await raw_limit(producer, listener, plan.facts)
            busy = await fact_to_alert(producer, listener, plan.facts)
            rate = sent[0] / (time.perf_counter() - began)
    return {
        "unit": "seconds; alert: acknowledgement of the fact to the alert in a consumer's hand; raw: sending to hand",
        "raw_limit": _told(raw),
        "alert": _told(quiet),
        "background_events_per_second": round(rate),
        "raw_limit_under_load": _told(busy_raw),
        "alert_under_load": _told(busy),
        "alert_over_raw_p50": round(statistics.median(quiet) / statistics.median(raw), 1),
        "alert_over_raw_p50_under_load": round(statistics.median(busy) / statistics.median(busy_raw), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, default=40)
    parser.add_argument("--rate", type=int, default=1_000, help="drops per second in the background")
    options = parser.parse_args()
    with Infra() as infra:
        infra.create_topics(TOPICS)
        result = asyncio.run(run(Stack(infra.kafka_servers, infra.database_url), Plan(options.facts, options.rate)))
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
