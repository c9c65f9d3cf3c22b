"""What the projection holds follows from the ledger: the same from memory as it grows and from the table afterwards."""

import secrets
from typing import Any

import asyncpg
import pytest
from ewaste.runtime.app import Role
from ewaste.runtime.database import Database
from ewaste.runtime.outbox import Outbox
from ewaste.runtime.testing import Stack, client, prepared
from ewaste.traceability import app as composition
from ewaste.traceability.alerts.handlers import Watch
from ewaste.traceability.certificates.handlers import Certifier
from ewaste.traceability.ledger.feed import Feed
from ewaste.traceability.ledger.model import Segment
from ewaste.traceability.projector import Projector
from ewaste.traceability.settings import Settings

TOUCHES = 'SELECT node, parent, "index" FROM custody_touch ORDER BY "index", node, parent'
CERTIFIED = "SELECT batch_id, certificate_id IS NOT NULL AS certified, open_lines FROM certification ORDER BY batch_id"


class CountingFeed(Feed):
    """Tells how many segments the projector took from memory."""

    taken = 0

    def take(self, size: int) -> Segment | None:
        found = super().take(size)
        type(self).taken += found is not None
        return found


async def rows(settings: Settings, *statements: str) -> list[list[tuple[Any, ...]]]:
    connection = await asyncpg.connect(settings.database_url)
    try:
        return [[tuple(row) for row in await connection.fetch(statement)] for statement in statements]
    finally:
        await connection.close()


async def test_the_feed_and_the_table_give_the_same_rows(
    stack: Stack, publisher: Any, new_day: Any, service_at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = await prepared(stack, Settings, city=f"test-{secrets.token_hex(3)}", batch_records=40)
    monkeypatch.setattr(composition, "Feed", CountingFeed)
    async with client(composition.build_app(settings), Role.WORKER) as http:
        for _ in range(4):
            await publisher.publish(*new_day().messages())
        size = len(await publisher.custody_records())
        await service_at(http, settings).reaches("custody", size)
    assert CountingFeed.taken > 0, "something came from memory"
    touches, certified = await rows(settings, TOUCHES, CERTIFIED)

    await rows(
        settings,
        "TRUNCATE custody_touch, certificate, certification, certificate_event, register_entry",
        "UPDATE projection SET size = 0",
    )
    database = Database(settings)
    projector = Projector(
        database, Certifier(settings.source, Outbox(settings)), Feed(), most_entries=7, watch=Watch(Outbox(settings))
    )
    turns = 0
    while await projector.turn():
        turns += 1
    await database.close()

    assert turns > 1
    assert await rows(settings, TOUCHES, CERTIFIED) == [touches, certified]
