"""The migrations make the tables that the code uses, and every row knows the event that told it."""

import asyncio
import secrets
from datetime import UTC, datetime

import asyncpg
from ewaste.contracts.events.dropoff import (
    BagInstalled,
    Category,
    Channel,
    DropPointRegistered,
    ItemDropped,
    Khwaeng,
)
from ewaste.contracts.fields import Context
from ewaste.contracts.ids import uuid7
from ewaste.contracts.registry import type_for, write_event
from ewaste.dropoff.app import build_app
from ewaste.dropoff.settings import Settings
from ewaste.dropoff.storage.tables import Table
from ewaste.runtime.app import App, Role
from ewaste.runtime.migrations import migrate
from ewaste.runtime.testing import Stack, client, schema_differences

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
TOLD = (
    DropPointRegistered(point_id="p", name_th="x", khwaeng=Khwaeng.KAWILA, latitude_microdegrees=1,
                        longitude_microdegrees=1),
    BagInstalled(bag_id="b", point_id="p"),
    ItemDropped(item_id="i", bag_id="b", point_id="p", category=Category.PHONE, channel=Channel.APP),
)  # fmt: skip
ROWS = """
INSERT INTO drop_point VALUES ('p', 'x', NULL, 'kawila', NULL, 1, 1, false, now(), NULL);
INSERT INTO bag VALUES ('b', 'p', now());
INSERT INTO item VALUES ('i', 'CODE', 'b', 'p', 'phone', now());
"""


async def test_the_migrated_database_is_the_one_the_code_knows(app: App) -> None:
    assert await schema_differences(app.database, Table.metadata) == []


async def test_what_was_told_before_can_be_corrected(stack: Stack) -> None:
    name = f"test_{secrets.token_hex(6)}"
    server = await asyncpg.connect(f"{stack.database_url}/postgres")
    await server.execute(f'CREATE DATABASE "{name}"')
    await server.close()
    settings = Settings(kafka_servers=stack.kafka_servers, database_url=f"{stack.database_url}/{name}")
    await asyncio.to_thread(migrate, settings, "ewaste.dropoff.migrations", "0002")
    database = await asyncpg.connect(f"{stack.database_url}/{name}")
    await database.execute(ROWS)
    for data in TOLD:
        event_type, id = type_for(Context.DROPOFF, type(data)), uuid7()
        value = write_event(event_type, data, id=id, source=settings.source, time=AT)
        row = (id, event_type.topic, event_type.key_of(data), event_type.name, value)
        await database.execute(
            "INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload) VALUES ($1, $2, $3, $4, $5)", *row
        )
    await database.close()

    await asyncio.to_thread(migrate, settings, "ewaste.dropoff.migrations")

    async with client(build_app(settings), Role.API) as http:
        for subject, type_name in (("i", "ItemDropped"), ("b", "BagInstalled"), ("p", "DropPointRegistered")):
            body = {"type": type_name, "subject": subject, "reason": "did_not_happen"}
            answer = await http.post("/corrections", json=body)
            assert answer.status_code == 201, answer.text
