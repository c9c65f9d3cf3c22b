"""Kafka clients with the settings that delivery rests on."""

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code
from ewaste.contracts.topics import MAX_RECORD_BYTES, Topic
from ewaste.runtime.header_names import keep_any_header_name
from ewaste.runtime.settings import RuntimeSettings
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLScram512

__all__ = ["abort", "build_broker", "build_producer", "client_security", "ensure_topics"]

_METADATA_MAX_AGE_MS: Final = 5_000
"""How soon a new partner's topic is noticed by those who subscribe to a pattern."""
_GRACE_SECONDS: Final = 4.0
"""How long a batch may take to end when the process stops; after that it is rolled back and comes again."""


def build_broker(settings: RuntimeSettings, middlewares: Sequence[Any] = ()) -> KafkaBroker:
    """The FastStream broker that consumes; it publishes nothing, see `build_producer`."""
    keep_any_header_name()
    return KafkaBroker(
        settings.kafka_servers.split(","),
        client_id=f"ewaste-{settings.context}",
        metadata_max_age_ms=_METADATA_MAX_AGE_MS,
        consumer_only=True,
        allow_auto_create_topics=False,
        security=_security(settings),
        graceful_timeout=_GRACE_SECONDS,
        middlewares=middlewares,
        logger=None,
    )


def build_producer(settings: RuntimeSettings) -> AIOKafkaProducer:
    """A producer that waits for all in-sync replicas and writes each record once, in order."""
    return AIOKafkaProducer(
        bootstrap_servers=settings.kafka_servers.split(","),
        client_id=f"ewaste-{settings.context}-producer",
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        linger_ms=2,
        max_batch_size=262_144,
        max_request_size=MAX_RECORD_BYTES + 65_536,
        request_timeout_ms=20_000,
        **client_security(settings),
    )


async def abort(producer: AIOKafkaProducer) -> None:
    """Close without sending what waits: nobody was told that it arrived, so somebody will send it again.

    `producer.stop()` would wait for a broker that is away, and would send later events of an aggregate after an earlier
    one failed.
    """
    producer._closed = True
    with suppress(TimeoutError):
        async with asyncio.timeout(_GRACE_SECONDS):
            await producer._sender.close()
    await producer.client.close()


async def ensure_topics(settings: RuntimeSettings, *topics: Topic, replication: int = -1) -> None:
    """Create the topics that are missing; -1 leaves replication to the cluster's default."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_servers.split(","), **client_security(settings))
    await admin.start()
    try:
        answer = await admin.create_topics([_wanted(topic, replication) for topic in topics])
        for name, code, *_ in answer.topic_errors:
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise error(f"topic {name} could not be created")
    finally:
        await admin.close()


def _wanted(topic: Topic, replication: int) -> NewTopic:
    wanted = NewTopic(topic.name, topic.partitions, 1, topic_configs=dict(topic.config))
    # The broker takes -1 (KIP-464); aiokafka's constructor refuses it.
    wanted.replication_factor = replication
    return wanted


def client_security(settings: RuntimeSettings) -> dict[str, Any]:
    """The aiokafka arguments for TLS and SCRAM-SHA-512, none on a local broker."""
    if settings.kafka_security_protocol == "PLAINTEXT":
        return {}
    return {
        "security_protocol": "SASL_SSL",
        "ssl_context": _tls(settings),
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": settings.kafka_username,
        "sasl_plain_password": settings.kafka_password,
    }


def _security(settings: RuntimeSettings) -> BaseSecurity | None:
    if settings.kafka_security_protocol == "PLAINTEXT":
        return None
    return SASLScram512(
        settings.kafka_username or "", settings.kafka_password or "", ssl_context=_tls(settings), use_ssl=True
    )


def _tls(settings: RuntimeSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(settings.kafka_ca_file) if settings.kafka_ca_file else None)
