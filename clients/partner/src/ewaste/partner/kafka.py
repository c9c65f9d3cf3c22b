"""The partner's way to its own topic: settings that lose nothing, and errors that say what to do."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError, for_code

__all__ = ["Connection", "NotReachable", "Topic", "build_producer", "find_topic", "read_since"]


class NotReachable(Exception):
    """Kafka or the topic can't be reached; the message says what to do. Run again: nothing is sent twice."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the broker is; with a user name over TLS with SCRAM-SHA-512, without one in plain text (local tests)."""

    servers: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None

    def arguments(self) -> dict[str, Any]:
        """The arguments of every aiokafka client."""
        found: dict[str, Any] = {"bootstrap_servers": self.servers.split(","), "client_id": "ewaste-partner"}
        if self.username is not None:
            context = ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)
            found |= {"security_protocol": "SASL_SSL", "ssl_context": context, "sasl_mechanism": "SCRAM-SHA-512"}
            found |= {"sasl_plain_username": self.username, "sasl_plain_password": self.password or ""}
        return found


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of one cluster and the end of each of its partitions."""

    cluster_id: str
    name: str
    ends: Mapping[int, int]


def build_producer(connection: Connection) -> AIOKafkaProducer:
    """Waits for all in-sync replicas and writes each record once, in order."""
    return AIOKafkaProducer(
        **connection.arguments(), acks="all", enable_idempotence=True, linger_ms=5, request_timeout_ms=20_000
    )


async def find_topic(connection: Connection, name: str) -> Topic:
    """The topic as it is now; raises `NotReachable`."""
    admin = AIOKafkaAdminClient(**connection.arguments())
    try:
        await admin.start()
        cluster = await admin.describe_cluster()
        (described,) = await admin.describe_topics([name])
    except KafkaError as error:
        raise NotReachable(f"no answer from Kafka at {connection.servers}: {error}; check --kafka") from None
    finally:
        await admin.close()
    if described["error_code"]:
        said = for_code(described["error_code"]).__name__
        detail = "the partner must be registered first, and this user must be allowed to write to it"
        raise NotReachable(f"topic {name} at {connection.servers}: {said}; {detail}")
    numbers = sorted(partition["partition"] for partition in described["partitions"])
    return Topic(str(cluster["cluster_id"]), name, await _ends(connection, name, numbers))


async def _ends(connection: Connection, name: str, numbers: list[int]) -> dict[int, int]:
    consumer = AIOKafkaConsumer(**connection.arguments(), enable_auto_commit=False)
    await consumer.start()
    try:
        found = await consumer.end_offsets([TopicPartition(name, number) for number in numbers])
        return {partition.partition: end for partition, end in found.items()}
    finally:
        await consumer.stop()


async def read_since(connection: Connection, topic: Topic, start: Mapping[int, int]) -> list[Any] | None:
    """The records from `start` to the ends; None where this user may not read the topic."""
    consumer = AIOKafkaConsumer(**connection.arguments(), enable_auto_commit=False, auto_offset_reset="earliest")
    wanted = {TopicPartition(topic.name, number): start.get(number, 0) for number in topic.ends}
    await consumer.start()
    try:
        consumer.assign(list(wanted))
        for partition, offset in wanted.items():
            consumer.seek(partition, offset)
        found: list[Any] = []
        while any([await consumer.position(p) < topic.ends[p.partition] for p in wanted]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += records
        return found
    except TopicAuthorizationFailedError:
        return None
    finally:
        await consumer.stop()
