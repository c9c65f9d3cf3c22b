"""Topics on a real broker."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import UnknownTopicOrPartitionError
from ewaste.contracts.topics import TOPICS
from ewaste.local.errors import StackFailed
from ewaste.local.infra import Infra
from ewaste.local.kafka.topics import ensure_topics


@dataclass(frozen=True)
class Spec:
    name: str
    partitions: int = 1
    config: Mapping[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def broker() -> Iterator[Infra]:
    with Infra(postgres=False) as infra:
        yield infra


async def _setting(servers: str, topic: str, key: str) -> str:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs={key: ""})])
        return str(answer.resources[0][4][0][1])
    finally:
        await admin.close()


async def test_all_topics_of_the_contracts_can_be_created_twice(broker: Infra) -> None:
    created = await ensure_topics(broker.kafka_servers, TOPICS)
    assert set(created) == {topic.name for topic in TOPICS}
    assert await ensure_topics(broker.kafka_servers, TOPICS) == []
    assert await _setting(broker.kafka_servers, "ewaste.dropoff", "retention.ms") == "-1"
    assert await _setting(broker.kafka_servers, "ewaste.dropoff", "cleanup.policy") == "delete"


async def test_a_setting_that_drifted_is_brought_back(broker: Infra) -> None:
    await ensure_topics(broker.kafka_servers, [Spec("ewaste.drift", config={"retention.ms": "1000"})])
    await ensure_topics(broker.kafka_servers, [Spec("ewaste.drift", config={"retention.ms": "-1"})])
    assert await _setting(broker.kafka_servers, "ewaste.drift", "retention.ms") == "-1"


async def test_partitions_are_never_changed_behind_our_back(broker: Infra) -> None:
    await ensure_topics(broker.kafka_servers, [Spec("ewaste.keys", partitions=2)])
    with pytest.raises(StackFailed, match=r"ewaste.keys has 2 partitions, its specification says 3"):
        await ensure_topics(broker.kafka_servers, [Spec("ewaste.keys", partitions=3)])


async def test_a_setting_that_kafka_refuses_is_an_error(broker: Infra) -> None:
    with pytest.raises(StackFailed, match=r"ewaste.wrong \(InvalidConfigurationError\)"):
        await ensure_topics(broker.kafka_servers, [Spec("ewaste.wrong", config={"retention.ms": "for ever"})])


async def test_no_topic_comes_into_being_by_accident(broker: Infra) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=broker.kafka_servers, request_timeout_ms=2000)
    await producer.start()
    try:
        with pytest.raises(UnknownTopicOrPartitionError):
            await producer.send_and_wait("ewaste.typo", b"x")
    finally:
        await producer.stop()
