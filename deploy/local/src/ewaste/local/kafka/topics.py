"""Creates topics from their specification and corrects settings that have drifted; never deletes anything."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, Protocol

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code
from ewaste.local.errors import StackFailed

__all__ = ["TopicSpec", "ensure_topics"]

_TOPIC_EXISTS = 36
_NO_BROKER_YET = 38
_ATTEMPTS = 50
_PAUSE_SECONDS = 0.2


class TopicSpec(Protocol):
    """What `ewaste.contracts.topics.Topic` gives: settings by Kafka's own names."""

    @property
    def name(self) -> str: ...
    @property
    def partitions(self) -> int: ...
    @property
    def config(self) -> Mapping[str, str]: ...


async def ensure_topics(servers: str, specs: Iterable[TopicSpec], *, replication: int = 1) -> list[str]:
    """Create what is missing, bring settings back to the specification. Returns the names it created.

    Raises StackFailed when a topic exists with another number of partitions: changing that would break the order of
    every key in it, so it is for a person to decide.
    """
    wanted = {spec.name: spec for spec in specs}
    if not wanted:
        return []
    async with _admin(servers) as admin:
        created = await _create(admin, wanted, replication)
        _refuse_other_partitions(wanted, await _partitions(admin, wanted))
        kept = [spec for name, spec in wanted.items() if name not in created]
        if kept:
            await _correct(admin, kept)
    return created


@contextlib.asynccontextmanager
async def _admin(servers: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    try:
        await admin.start()
        yield admin
    except KafkaError as problem:
        raise StackFailed(f"Kafka at {servers} could not set up its topics: {problem}") from problem
    finally:
        await admin.close()


async def _create(admin: AIOKafkaAdminClient, wanted: Mapping[str, TopicSpec], replication: int) -> list[str]:
    topics = [
        NewTopic(spec.name, spec.partitions, replication, topic_configs=dict(spec.config)) for spec in wanted.values()
    ]
    created: list[str] = []
    for _ in range(_ATTEMPTS):
        answer = await admin.create_topics(topics)
        codes = {name: code for name, code, *_rest in answer.topic_errors}
        created += [name for name, code in codes.items() if code == 0]
        topics = [topic for topic in topics if codes[topic.name] == _NO_BROKER_YET]
        _refuse_other_errors(codes)
        if not topics:
            return created
        await asyncio.sleep(_PAUSE_SECONDS)  # a broker that just started is fenced for a moment
    raise StackFailed("Kafka has no broker that takes new topics; see `ewaste logs kafka`")


def _refuse_other_errors(codes: Mapping[str, int]) -> None:
    fine = (0, _TOPIC_EXISTS, _NO_BROKER_YET)
    wrong = [f"{name} ({for_code(code).__name__})" for name, code in codes.items() if code not in fine]
    if wrong:
        raise StackFailed(f"Kafka refused to set up topics: {', '.join(wrong)}; see `ewaste logs kafka`")


async def _partitions(admin: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, int]:
    """Partitions by topic, once brokers know all of them: they learn of a new topic after it was created."""
    for _ in range(_ATTEMPTS):
        topics = await admin.describe_topics(list(names))
        if all(topic["error_code"] == 0 and all(p["leader"] >= 0 for p in topic["partitions"]) for topic in topics):
            return {topic["topic"]: len(topic["partitions"]) for topic in topics}
        await asyncio.sleep(_PAUSE_SECONDS)
    raise StackFailed("Kafka has topics without a leader; see `ewaste logs kafka`")


def _refuse_other_partitions(wanted: Mapping[str, TopicSpec], found: Mapping[str, int]) -> None:
    for name, spec in wanted.items():
        if found[name] != spec.partitions:
            raise StackFailed(
                f"topic {name} has {found[name]} partitions, its specification says {spec.partitions}; "
                "more partitions break the order of its keys: keep the old number, or move to a new topic"
            )


async def _correct(admin: AIOKafkaAdminClient, specs: Iterable[TopicSpec]) -> None:
    wanted = {spec.name: dict(spec.config) for spec in specs}
    current = await _settings(admin, wanted)
    drifted = [name for name, config in wanted.items() if not config.items() <= current[name].items()]
    if drifted:
        changes = [ConfigResource(ConfigResourceType.TOPIC, name, configs=wanted[name]) for name in drifted]
        for answer in await admin.alter_configs(changes):
            _refuse_other_errors({found[3]: found[0] for found in answer.resources})


async def _settings(admin: AIOKafkaAdminClient, wanted: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, configs=keys) for name, keys in wanted.items()]
    answers = await admin.describe_configs(resources)
    found = [resource for answer in answers for resource in answer.resources]
    return {resource[3]: {entry[0]: entry[1] for entry in resource[4]} for resource in found}
