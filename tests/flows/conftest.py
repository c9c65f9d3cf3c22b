"""The four services of the custody chain on the real broker and database, each with a database of its own."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from ewaste.dropoff.app import build_app as build_dropoff
from ewaste.dropoff.settings import Settings as Dropoff
from ewaste.logistics.app import build_app as build_logistics
from ewaste.logistics.settings import Settings as Logistics
from ewaste.recycler.app import build_app as build_recycler
from ewaste.recycler.settings import Settings as Recycler
from ewaste.runtime.app import App, Role
from ewaste.runtime.testing import Stack, client, prepared
from ewaste.traceability.app import build_app as build_traceability
from ewaste.traceability.settings import Settings as Traceability

sys.path.insert(0, str(Path(__file__).parent))

from runner import City


async def _apps(stack: Stack) -> dict[str, App]:
    return {
        "dropoff": build_dropoff(await prepared(stack, Dropoff, city="flows")),
        "logistics": build_logistics(await prepared(stack, Logistics, city="flows")),
        "recycler": build_recycler(await prepared(stack, Recycler, city="flows")),
        "traceability": build_traceability(await prepared(stack, Traceability, city="flows")),
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(stack: Stack) -> AsyncIterator[City]:
    async with AsyncExitStack() as running:
        clients = {
            name: await running.enter_async_context(client(app, Role.ALL)) for name, app in (await _apps(stack)).items()
        }
        producer = AIOKafkaProducer(bootstrap_servers=stack.kafka_servers, acks="all", enable_idempotence=True)
        consumer = AIOKafkaConsumer(bootstrap_servers=stack.kafka_servers, enable_auto_commit=False)
        for kafka in (producer, consumer):
            await kafka.start()
            running.push_async_callback(kafka.stop)
        found = City(clients, producer, consumer)
        listening = asyncio.create_task(found.listen())
        running.callback(listening.cancel)
        yield found
