"""Holds Kafka to the ledger: partitions begin at 0, and records read again are the ones that were logged."""

import re
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Final, TypeAlias

from aiokafka import AIOKafkaConsumer, TopicPartition
from ewaste.contracts.topics import MAX_RECORD_BYTES
from ewaste.evidence.ledger.merkle import leaf_hash
from ewaste.evidence.ledger.record import LeafError, leaf_of, place_of_leaf
from ewaste.runtime.broker import client_security
from ewaste.runtime.consumer import to_record
from ewaste.runtime.database import Transaction, driver
from ewaste.runtime.header_names import keep_any_header_name
from ewaste.runtime.settings import RuntimeSettings
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log.model import Alarm, AlarmKind
from ewaste.traceability.storage import Table
from sqlalchemy import BigInteger, Column
from sqlmodel import Field

__all__ = ["LogWalkRow", "Tiled", "changed_records", "moved_starts", "next_stretch", "reader", "starts"]

_READ_SECONDS: Final = 30.0
_NOWHERE: Final = 1 << 63
_UNKNOWN: Final = ("unknown", -1, -1)
_MOVE: Final = """
INSERT INTO log_walk (ledger, next) VALUES ($1, $2) ON CONFLICT (ledger) DO UPDATE SET next = excluded.next
"""

Place: TypeAlias = tuple[str, int, int]
"""Topic, partition, offset."""


class LogWalkRow(Table, table=True):
    """Where the walk over the ledger goes on: every record is read again in its turn."""

    __tablename__: ClassVar[Any] = "log_walk"

    ledger: str = Field(primary_key=True)
    next: int = Field(sa_column=Column(BigInteger, nullable=False))


@dataclass(frozen=True, slots=True)
class Tiled:
    """An entry as its bundle holds it, and its hash as the tile above does; None where there is no such file."""

    entry: bytes | None
    hash: bytes | None


@asynccontextmanager
async def reader(settings: RuntimeSettings) -> AsyncIterator[AIOKafkaConsumer]:
    """A client that belongs to no group and commits nothing."""
    keep_any_header_name()
    kafka = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_servers.split(","),
        client_id=f"ewaste-{settings.context}-log-watch",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=MAX_RECORD_BYTES,
        **client_security(settings),
    )
    await kafka.start()
    try:
        yield kafka
    finally:
        await kafka.stop()


async def starts(kafka: AIOKafkaConsumer, pattern: str) -> dict[TopicPartition, int]:
    """The first offset of each partition of the topics that match."""
    names = [name for name in await kafka.topics() if re.fullmatch(pattern, name)]
    # Without this the client knows the names only, and no partitions.
    await kafka._client.set_topics(names)
    partitions = [TopicPartition(name, number) for name in names for number in kafka.partitions_for_topic(name) or ()]
    found: dict[TopicPartition, int] = await kafka.beginning_offsets(partitions) if partitions else {}
    return found


def moved_starts(begins: Mapping[TopicPartition, int], known: Iterable[tuple[str, int]]) -> list[Alarm]:
    """Partitions that no longer begin at 0, or are gone though something of them was sequenced (`known`)."""
    moved = [_moved(partition.topic, partition.partition, begin) for partition, begin in begins.items() if begin > 0]
    return moved + [_gone(*partition) for partition in known if TopicPartition(*partition) not in begins]


async def next_stretch(tx: Transaction, ledger: Ledger, size: int, count: int) -> range:
    """The indices whose turn it is, among the first `size`; the walk begins anew at the end."""
    connection = await driver(tx)
    start = await connection.fetchval("SELECT next FROM log_walk WHERE ledger = $1", ledger) or 0
    stretch = range(start if start < size else 0, size)[:count]
    await connection.execute(_MOVE, ledger, stretch.stop)
    return stretch


async def changed_records(
    kafka: AIOKafkaConsumer,
    begins: Mapping[TopicPartition, int],
    ledger: Mapping[int, bytes],
    tiles: Mapping[int, Tiled],
) -> list[Alarm]:
    """Where Kafka, the `ledger` (leaves by index) and the `tiles` do not hold the same record.

    Where a record stands in Kafka is read from the tiles, which many hold to their checkpoints. Records before a
    partition's start are passed over: that it moved is an alarm of its own.
    """
    places = {index: _place(tiles[index].entry) or _place(leaf) or _UNKNOWN for index, leaf in ledger.items()}
    there = {each for each in places.values() if begins.get(TopicPartition(*each[:2]), _NOWHERE) <= each[2]}
    found = await _records(kafka, there)
    alarms = []
    for index, place in places.items():
        if place not in there and place != _UNKNOWN:
            continue
        leaf, in_kafka = ledger[index], found.get(place)
        hashes = (leaf_hash(in_kafka) if in_kafka is not None else None, leaf_hash(leaf), tiles[index].hash)
        if len(set(hashes)) > 1:
            alarms.append(_changed(index, place, *hashes))
    return alarms


def _place(leaf: bytes | None) -> Place | None:
    try:
        return place_of_leaf(leaf) if leaf is not None else None
    except LeafError:
        return None


async def _records(kafka: AIOKafkaConsumer, places: Iterable[Place]) -> dict[Place, bytes]:
    """The leaves that Kafka's records at these places make; one that is not there is left out."""
    wanted: dict[TopicPartition, list[int]] = {}
    for topic, partition, offset in places:
        wanted.setdefault(TopicPartition(topic, partition), []).append(offset)
    if not wanted:
        return {}
    kafka.assign(list(wanted))
    ends = await kafka.end_offsets(list(wanted))
    lasts = {each: min(max(offsets), ends[each] - 1) for each, offsets in wanted.items()}
    for each, offsets in wanted.items():
        kafka.seek(each, min(offsets))
    found: dict[Place, bytes] = {}
    deadline = time.monotonic() + _READ_SECONDS
    while waiting := [each for each, last in lasts.items() if await kafka.position(each) <= last]:
        if time.monotonic() > deadline:
            raise TimeoutError(f"Kafka gave none of {waiting} for {_READ_SECONDS} s")
        for messages in (await kafka.getmany(*waiting, timeout_ms=500)).values():
            found.update(((m.topic, m.partition, m.offset), leaf_of(to_record(m))) for m in messages)
    return found


def _moved(topic: str, partition: int, begin: int) -> Alarm:
    return Alarm(
        AlarmKind.START_MOVED,
        f"{topic}[{partition}]",
        f"{topic} partition {partition} begins at offset {begin}: Kafka no longer has the {begin} records before it. "
        "The ledger and the tiles have those that were sequenced; find out who deleted them, and set retention to "
        "endless again",
    )


def _gone(topic: str, partition: int) -> Alarm:
    return Alarm(
        AlarmKind.START_MOVED,
        f"{topic}[{partition}]",
        f"{topic} partition {partition} is not there any more, and the ledger has records of it. Restore the topic; "
        "one made anew under its name holds other records",
    )


def _changed(
    index: int, place: Place, in_kafka: bytes | None, in_ledger: bytes | None, in_tiles: bytes | None
) -> Alarm:
    topic, partition, offset = place
    held = (("Kafka", in_kafka), ("the ledger's table", in_ledger), ("the tiles", in_tiles))
    said = ", ".join(f"{name} {'nothing' if content is None else content.hex()[:16]}" for name, content in held)
    return Alarm(
        AlarmKind.RECORD_CHANGED,
        str(index),
        f"index {index} ({topic} partition {partition} offset {offset}) is not the same everywhere; its leaf hashes: "
        f"{said}. "
        "What a published checkpoint covers is true: restore the other from a mirror, and find out who changed it",
    )
