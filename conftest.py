"""Fixtures for every test: one real broker and one real database per run, started when the first test asks."""

from collections.abc import Iterator

import pytest
from ewaste.contracts.topics import TOPICS
from ewaste.local.infra import Infra
from ewaste.runtime.testing import Stack


@pytest.fixture(scope="session")
def infra() -> Iterator[Infra]:
    """Apache Kafka and PostgreSQL in a temporary folder, all topics created."""
    with Infra() as running:
        running.create_topics(TOPICS)
        yield running


@pytest.fixture(scope="session")
def stack(infra: Infra) -> Stack:
    """Where they are."""
    return Stack(infra.kafka_servers, infra.database_url)
