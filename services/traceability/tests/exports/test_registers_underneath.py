"""What no download shows: what the migration fills in, how pages follow, and that a lost reader costs nothing."""

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
import uvicorn
from ewaste.evidence.ledger.merkle import Frontier
from ewaste.evidence.ledger.record import Record
from ewaste.evidence.registers.period import Period
from ewaste.runtime.database import Database, driver
from ewaste.runtime.migrations import migrate
from ewaste.runtime.testing import Stack, eventually
from ewaste.traceability.app import build_app
from ewaste.traceability.custody import storage as custody
from ewaste.traceability.custody.handlers import project
from ewaste.traceability.exports import registers
from ewaste.traceability.exports.registers_storage import entries_after
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.model import Ledger, append
from ewaste.traceability.settings import Settings

Days = Callable[..., Any]
PERIOD = Period.read("2026-11-01", "2026-11-30")


def record(message: Any, offset: int, padding: bytes = b"") -> Record:
    """As Kafka would hold it."""
    return Record(message.topic, 0, offset, 0, message.key, (), message.value + padding)


def as_records(day: Any) -> list[Record]:
    """A day; the collection so large (white space) that its leaf holds it by digest only."""
    large = {"BinCollected": b" " * 70_000}
    return [record(each, offset, large.get(each.about, b"")) for offset, each in enumerate(day.messages())]


def collected(day: Any) -> Any:
    return next(each for each in day.collected() if each.about == "BinCollected")


async def _fill(database: Database, records: list[Record], *, noting: bool) -> None:
    async with database.transaction() as tx:
        segment = append(Frontier(), records)
        await ledger_storage.save(tx, Ledger.CUSTODY, segment)
        await project(tx, segment.entries)
        if noting:
            await registers.note(tx, segment.entries)
        await custody.move_position(tx, "custody", segment.size)


async def _noted(database: Database) -> list[tuple[Any, ...]]:
    async with database.transaction() as tx:
        statement = 'SELECT model, happened_at, "index", key FROM register_entry ORDER BY "index"'
        return [tuple(row) for row in await (await driver(tx)).fetch(statement)]


async def _settings(stack: Stack, revision: str) -> Settings:
    name = f"test_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(f"{stack.database_url}/postgres")
    await admin.execute(f'CREATE DATABASE "{name}"')
    await admin.close()
    settings = Settings(kafka_servers=stack.kafka_servers, database_url=f"{stack.database_url}/{name}")
    await asyncio.to_thread(migrate, settings, "ewaste.traceability.migrations", revision)
    return settings


async def test_the_migration_notes_what_the_projection_would_have_noted(stack: Stack, new_day: Days) -> None:
    records = as_records(new_day())
    before, fresh = await _settings(stack, "0004"), await _settings(stack, "head")
    old, new = Database(before), Database(fresh)
    try:
        await _fill(old, records, noting=False)
        await asyncio.to_thread(migrate, before, "ewaste.traceability.migrations")
        await _fill(new, records, noting=True)
        assert await _noted(old) == await _noted(new)
        assert {row[0] for row in await _noted(new)} == {"BinCollected", "HandoverRecorded", "BatchOpened"}
    finally:
        await old.close()
        await new.close()


async def test_pages_follow_on_each_other_also_within_one_moment(stack: Stack, new_day: Days) -> None:
    database = Database(await _settings(stack, "head"))
    days = [new_day() for _ in range(5)]
    told = [collected(day) for day in days]
    same = [replace(each, value=_at_noon(each.value)) for each in told]
    try:
        await _fill(database, [record(each, offset) for offset, each in enumerate(same)], noting=True)
        async with database.transaction() as tx:
            seen, after = [], None
            while page := await entries_after(tx, "BinCollected", PERIOD, 5, after, 2):
                seen += [entry.key for entry in page]
                after = page[-1]
            assert seen == [day.bag for day in days]
            assert await entries_after(tx, "BinCollected", PERIOD, 3, None, 9) == (
                await entries_after(tx, "BinCollected", PERIOD, 5, None, 3)
            )
    finally:
        await database.close()


def _at_noon(value: bytes) -> bytes:
    return json.dumps({**json.loads(value), "time": "2026-11-20T05:00:00Z"}).encode()


async def test_work_stops_when_a_browser_goes_away(
    stack: Stack, new_day: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real server and a real socket: what is not read any more is not computed."""
    settings = await _settings(stack, "head")
    database = Database(settings)
    records = [record(collected(new_day()), offset) for offset in range(60)]
    await _fill(database, records, noting=True)
    await database.close()
    folded: list[int] = []
    real = registers._rows

    def slowly(register: Any, evidence: Any, entries: Any) -> Any:
        folded.append(len(entries))
        return real(register, evidence, entries)

    monkeypatch.setattr(registers, "_PAGE", 1)
    monkeypatch.setattr(registers, "_rows", slowly)
    app = build_app(settings)
    # Without pauses 60 pages would be done before anyone could leave.
    rest = asyncio.Event()
    stream = registers._pages

    async def paused(*arguments: Any) -> Any:
        async for rows in stream(*arguments):
            yield rows
            if len(folded) == 3:
                rest.set()
                await asyncio.sleep(0.5)

    monkeypatch.setattr(registers, "_pages", paused)
    server = uvicorn.Server(uvicorn.Config(app.api, port=0, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    try:
        await eventually(lambda: asyncio.sleep(0, server.started))
        port = server.servers[0].sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /exports/bags.csv?from=2026-11-01&until=2026-11-30 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200" in await reader.readline()
        await rest.wait()
        writer.transport.abort()
        await asyncio.sleep(1.5)
        assert len(folded) <= 4, "the page at work when the reader left was the last"
        assert app.database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    finally:
        server.should_exit = True
        await serving
        await app.database.close()
