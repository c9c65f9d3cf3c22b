"""The migrations make the tables that the code uses, and keep what was told before them."""

import asyncio
import secrets
from datetime import UTC, datetime

import asyncpg
from ewaste.contracts.events.logistics import (
    BagHandover,
    BagInLoad,
    BinCollected,
    Difference,
    HandoverRecorded,
    LoadDispatched,
)
from ewaste.contracts.fields import Context, Part
from ewaste.contracts.ids import uuid7
from ewaste.contracts.registry import type_for, write_event
from ewaste.logistics.app import build_app
from ewaste.logistics.settings import Settings
from ewaste.logistics.storage.tables import Table
from ewaste.runtime.app import App, Role
from ewaste.runtime.migrations import migrate
from ewaste.runtime.testing import Stack, client, schema_differences

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
TOLD = (
    BinCollected(bag_id="b", point_id="box", seal_number="S", gross_grams=4_000, next_bag_id="n", carrier_id="crew-1",
                 plan_id="p"),
    LoadDispatched(load_id="l", carrier_id="crew-1", origin_id="hub", destination_id="plant-1", gross_grams=4_000,
                   bags=(BagInLoad(bag_id="b", seal_number="S", gross_grams=4_000),)),
    HandoverRecorded(handover_id="h", load_id="l", giver_id="crew-1", receiver_id="crew-2", place_id="gate",
                     given_grams=4_000, received_grams=3_000, difference=Difference.SIGNIFICANT,
                     bags=(BagHandover(bag_id="b", seal_given="S", seal_read="S", given_grams=4_000,
                                       received_grams=3_000, difference=Difference.SIGNIFICANT),)),
)  # fmt: skip
ROWS = """
INSERT INTO collection VALUES ('b', 'box', 'S', 4000, 0, 'n', 'crew-1', 'p', now());
INSERT INTO load VALUES ('l', 'crew-1', 'hub', 'plant-1', NULL, 4000, now());
INSERT INTO load_bag VALUES ('l', 'b', NULL);
INSERT INTO handover VALUES ('h', 'l', 'crew-1', 'crew-2', 'gate', 4000, 3000, 'significant', now());
INSERT INTO handover_bag VALUES ('h', 'b', 'S', 'S', 4000, 3000, 'significant');
INSERT INTO point VALUES ('box', 'x', NULL, 'kawila', 1, 1);
INSERT INTO answer VALUES ('l', now(), 'matched');
"""


async def test_the_migrated_database_is_the_one_the_code_knows(app: App) -> None:
    assert await schema_differences(app.database, Table.metadata) == []


async def test_a_load_from_before_records_were_kept_goes_on(stack: Stack) -> None:
    name = f"test_{secrets.token_hex(6)}"
    server = await asyncpg.connect(f"{stack.database_url}/postgres")
    await server.execute(f'CREATE DATABASE "{name}"')
    await server.close()
    settings = Settings(kafka_servers=stack.kafka_servers, database_url=f"{stack.database_url}/{name}")
    await asyncio.to_thread(migrate, settings, "ewaste.logistics.migrations", "0001")
    await _fill(f"{stack.database_url}/{name}", settings.source)

    await asyncio.to_thread(migrate, settings, "ewaste.logistics.migrations")

    async with client(build_app(settings), Role.API) as http:
        listed = (await http.get("/loads")).json()["items"]
        load = (await http.get("/loads/l")).json()
        events = (await http.get("/events", params={"subject": "b"})).json()["items"]
    assert [(one["load_id"], one["holder_id"]) for one in listed] == [("l", "crew-2")]
    assert (load["state"], [one["holder_id"] for one in load["hands"]]) == ("disputed", ["crew-1", "crew-2"])
    assert [one["type"] for one in events] == ["logistics.BinCollected"]


async def _fill(url: str, source: str) -> None:
    database = await asyncpg.connect(url)
    await database.execute(ROWS)
    for data in TOLD:
        await database.execute(
            "INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload) VALUES ($1, $2, $3, $4, $5)",
            *_outbox_row(data, source),
        )
    await database.close()


def _outbox_row(data: Part, source: str) -> tuple[object, ...]:
    event_type, id = type_for(Context.LOGISTICS, type(data)), uuid7()
    value = write_event(event_type, data, id=id, source=source, time=AT)
    return id, event_type.topic, event_type.key_of(data), event_type.name, value
