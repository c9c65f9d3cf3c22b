"""A broker and a database of one's own, for tests and benchmarks."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from ewaste.local.checks import why_not_ready
from ewaste.local.errors import LocalError
from ewaste.local.infra import Infra
from ewaste.local.settings import resolve_settings


@dataclass(frozen=True)
class Spec:
    name: str
    partitions: int = 1
    config: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def infra() -> Iterator[Infra]:
    with Infra() as started:
        started.create_topics([Spec("ewaste.test")])
        yield started


async def _send(servers: str, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=servers, acks="all", enable_idempotence=True) as producer:
        await producer.send_and_wait("ewaste.test", value)


async def _received(servers: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer("ewaste.test", bootstrap_servers=servers, auto_offset_reset="earliest")
    async with consumer, asyncio.timeout(60):
        return [(await consumer.getone()).value for _ in range(count)]


async def test_records_and_rows_survive_kill_9(infra: Infra) -> None:
    url = infra.create_database("kept")
    await _send(infra.kafka_servers, b"before")
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
    await connection.close()

    infra.restart("kafka", kill=True)
    infra.restart("postgres", kill=True)

    await _send(infra.kafka_servers, b"after")
    assert await _received(infra.kafka_servers, 2) == [b"before", b"after"]
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT value FROM kept") == 42
    await connection.close()


def test_readiness_is_asked_on_the_wire(infra: Infra) -> None:
    assert why_not_ready(f"kafka://{infra.kafka_servers}") is None
    assert why_not_ready(infra.database_url) is None


def test_only_what_was_asked_for_is_started() -> None:
    with Infra(kafka=False) as infra:
        with pytest.raises(LocalError, match="no Kafka"):
            _ = infra.kafka_servers
        folder = infra.folder
    assert not folder.exists()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kafka_runs_on_the_java_of_the_wheel() -> None:
    settings = replace(resolve_settings(), java="wheel")
    with Infra(postgres=False, settings=settings) as infra:
        infra.create_topics([Spec("ewaste.test")])
        asyncio.run(_send(infra.kafka_servers, b"x"))
        assert "Kafka Server started" in infra.log("kafka").read_text()
