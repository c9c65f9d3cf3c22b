"""A database that is lost is made again from the log alone: the same read models, certificates and alerts."""

import asyncio
import json
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from ewaste.contracts.events.recycler import BatchRecycled
from ewaste.evidence.replay.digest import State
from ewaste.evidence.tiles.files import BytesDiffer
from ewaste.runtime.database import Database, Transaction, driver
from ewaste.runtime.outbox import Outbox
from ewaste.runtime.testing import Stack, eventually, prepared
from ewaste.traceability.__main__ import main
from ewaste.traceability.attest.handlers import snapshot_of
from ewaste.traceability.attest.storage import read_state
from ewaste.traceability.keeping import attester, sealer
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log.model import origin_of
from ewaste.traceability.rebuild.check import check_ledger
from ewaste.traceability.rebuild.handlers import Rebuilt, rebuild
from ewaste.traceability.rebuild.models import check_models
from ewaste.traceability.rebuild.source import LogSource, SourceUnusable
from ewaste.traceability.settings import Settings
from typer.testing import CliRunner, Result

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROWS = 'SELECT "index", event_id, leaf FROM ledger_custody ORDER BY 1'
SAME = (
    "SELECT certificate_id, batch_id, partner_id, ledger_size, content, replaces_certificate_id FROM certificate ORDER BY 1",  # noqa: E501
    "SELECT certificate_id, reason, evidence::text, open_lines::text FROM suspension ORDER BY 1",
    "SELECT batch_id, certificate_id, open_lines::text FROM certification ORDER BY 1",
    "SELECT gap_id, kind, node, evidence, closed_at IS NULL, closed_by FROM gap ORDER BY 1",
    ROWS,
    "SELECT sha256, content FROM ledger_blob ORDER BY 1",
    "SELECT topic, partition, next_offset FROM position WHERE consumer = 'traceability.ledger-custody' ORDER BY 1, 2",
    "SELECT next FROM head WHERE name = 'outbox'",
    'SELECT ledger, start, "end", frontier, file_sha256 FROM archive_seal ORDER BY 1, 2',
    "SELECT size, state_digest, code_digest FROM attestation ORDER BY 1",
    "SELECT count(*) FROM outbox WHERE published_at IS NULL",
)


async def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


@dataclass(frozen=True)
class Lived:
    """A service's tables at a quiet moment, and its log as of then."""

    settings: Settings
    log: LogSource
    state: State
    rows: dict[str, list[tuple[Any, ...]]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lived(service: Any, publisher: Any, new_day: Any, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """A service that issued, suspended and replaced certificates, attested and sealed; all of it in its log."""
    settings, day, other = service.settings, new_day(), new_day(loss=5_000)
    big = replace(day.registered()[0], value=b"y" * 70_000)
    await publisher.publish(*day.messages(), *other.messages(), big)
    await service.chain_is(f"batch/{day.batch}", "certified")
    twice = day.accepted(BatchRecycled.model_validate(day.recycled().model_dump() | {"process_loss_grams": 40}))
    await publisher.publish(*twice)
    await service.chain_is(f"batch/{day.batch}", "suspended")
    database = Database(settings)
    try:
        await sealer(settings, database, Outbox(settings)).seal(Ledger.CUSTODY, NOW, rest=True)
        await attester(settings, database, Outbox(settings)).attest(NOW)
        folders = tmp_path_factory.mktemp("logs")
        found = await eventually(lambda: quiet(service, database, folders), lambda each: each is not None)
    finally:
        await database.close()
    assert found is not None
    return found


async def quiet(service: Any, database: Database, folders: Path) -> Lived | None:
    """Everything at one moment, where everything that was told is in the log; None while it is not."""
    settings = service.settings
    async with snapshot_of(database) as tx:
        state = await read_state(tx)
        connection = await driver(tx)
        found = {each: [tuple(row) for row in await connection.fetch(each)] for each in SAME}
    if state is None or found[SAME[-1]] != [(0,)] or len(found[ROWS]) != state.size:
        return None
    folder = folders / secrets.token_hex(4)
    try:
        await asyncio.to_thread(
            shutil.copytree, settings.log_folder(Ledger.CUSTODY), folder, ignore=shutil.ignore_patterns(".*")
        )
        log = LogSource(folder, origin_of(settings.city, Ledger.CUSTODY))
    except (SourceUnusable, shutil.Error):
        return None
    return Lived(settings, log, state, found) if log.tree.size == state.size else None


async def rebuilt(stack: Stack, settings: Settings, log: LogSource, state: Path) -> tuple[Settings, Rebuilt]:
    fresh = await prepared(stack, Settings, city=settings.city, state_dir=state)
    database = Database(fresh)
    try:
        return fresh, await rebuild(database, fresh, {Ledger.CUSTODY: log})
    finally:
        await database.close()


async def test_the_rebuilt_database_is_the_lost_one(lived: Lived, stack: Stack, tmp_path: Path) -> None:
    fresh, done = await rebuilt(stack, lived.settings, lived.log, tmp_path)
    assert done.state == lived.state
    assert done.state.digest == lived.state.digest
    assert done.unfounded == []
    assert done.certificates >= 1
    for statement, held in lived.rows.items():
        assert await rows(fresh.database_url, statement) == held, statement


TAMPERED = {
    "edited": ("UPDATE ledger_custody SET leaf = leaf || '!' WHERE \"index\" = 7", "changed"),
    "deleted": ('DELETE FROM ledger_custody WHERE "index" = 7', "taken out"),
    "deleted and renumbered": (
        (
            'DELETE FROM ledger_custody WHERE "index" = 7;'
            'UPDATE ledger_custody SET "index" = -"index" - 1 WHERE "index" > 7;'
            'UPDATE ledger_custody SET "index" = -"index" - 2 WHERE "index" < 0'
        ),
        "taken out",
    ),
    "swapped": (
        (
            "UPDATE ledger_custody a SET leaf = b.leaf, event_id = b.event_id FROM ledger_custody b "
            'WHERE a."index" IN (7, 9) AND b."index" = 16 - a."index"'
        ),
        "changed",
    ),
    "inserted": (
        (
            'UPDATE ledger_custody SET "index" = -"index" - 2 WHERE "index" >= 7;'
            'UPDATE ledger_custody SET "index" = -"index" - 1 WHERE "index" < 0;'
            'INSERT INTO ledger_custody SELECT 7, event_id, leaf FROM ledger_custody WHERE "index" = 2'
        ),
        "put in",
    ),
    "listed under another event": ('UPDATE ledger_custody SET event_id = gen_random_uuid() WHERE "index" = 7', "event"),
}
MODELS = {
    "custody_touch": "UPDATE custody_touch SET node = 'bag/other' WHERE node = (SELECT min(node) FROM custody_touch)",
    "register_entry": 'DELETE FROM register_entry WHERE "index" = (SELECT min("index") FROM register_entry)',
    "certificate_event": "UPDATE certificate_event SET certificate_id = 'another' WHERE ordinal = 0",
    "certificate": "UPDATE certificate SET content = content || ' '",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def copy(lived: Lived, stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    """A rebuilt database, which tests may spoil."""
    log = lived.log
    fresh, _ = await rebuilt(stack, lived.settings, log, tmp_path_factory.mktemp("copy"))
    database = Database(fresh)
    yield database
    await database.close()


@asynccontextmanager
async def spoiled(database: Database, statement: str) -> AsyncIterator[Transaction]:
    with suppress(ZeroDivisionError):
        async with database.transaction() as tx:
            await (await driver(tx)).execute(statement)
            yield tx
            raise ZeroDivisionError


async def test_what_holds_has_no_fault(copy: Database, lived: Lived) -> None:
    async with copy.transaction() as tx:
        assert await check_ledger(tx, Ledger.CUSTODY, lived.log) == []
        assert await check_ledger(tx, Ledger.CUSTODY, None) == []
        assert await check_models(tx, lived.settings.source) == []


@pytest.mark.parametrize("how", TAMPERED)
async def test_one_row_tampered_with_is_named(copy: Database, lived: Lived, how: str) -> None:
    statement, word = TAMPERED[how]
    async with spoiled(copy, statement) as tx:
        with_log = await check_ledger(tx, Ledger.CUSTODY, lived.log)
        alone = await check_ledger(tx, Ledger.CUSTODY, None)
    rows = [each for each in with_log if each.index is not None and word in each.what]
    assert rows[0].index == 7, with_log
    if how == "swapped":
        assert {each.index for each in rows} == {7, 9}
    assert alone, "without the log the stored roots tell that, and about where"


async def test_a_content_that_is_kept_beside_its_leaf_is_held_to_its_digest(copy: Database) -> None:
    async with spoiled(copy, "UPDATE ledger_blob SET content = content || 'x'") as tx:
        faults = await check_ledger(tx, Ledger.CUSTODY, None)
    assert "another SHA-256" in str(faults[0])


@pytest.mark.parametrize("table", MODELS)
async def test_a_table_that_says_other_than_the_records_is_named_with_its_subject(
    copy: Database, lived: Lived, table: str
) -> None:
    async with spoiled(copy, MODELS[table]) as tx:
        (fault,) = await check_models(tx, lived.settings.source)
    assert fault.table == table
    assert fault.subject


async def test_only_an_empty_database_is_filled_and_only_from_the_ledgers_own_log(lived: Lived, tmp_path: Path) -> None:
    log = lived.log
    database = Database(lived.settings)
    with pytest.raises(SourceUnusable, match="not empty"):
        await rebuild(database, lived.settings, {Ledger.CUSTODY: log})
    await database.close()
    with pytest.raises(SourceUnusable, match="no checkpoint"):
        LogSource(tmp_path, "x")
    with pytest.raises(SourceUnusable, match="is the log"):
        LogSource(log.folder, "another")


async def test_a_log_that_was_changed_fills_nothing(lived: Lived, stack: Stack, tmp_path: Path) -> None:
    log = lived.log

    class Changed(LogSource):
        def read(self, path: str) -> bytes | None:
            found = super().read(path)
            if found and path.startswith("tile/entries/"):
                return found.replace(b"ItemDropped", b"ItemDropper")
            return found

    with pytest.raises(BytesDiffer):
        await rebuilt(stack, lived.settings, Changed(log.folder, log.checkpoint.origin), tmp_path)


async def test_the_commands_say_what_they_found(copy: Database, lived: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    log = lived.log
    url = copy.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    monkeypatch.setenv("EWASTE_DATABASE_URL", url)
    monkeypatch.setenv("EWASTE_CITY", lived.settings.city)
    monkeypatch.setenv("EWASTE_STATE_DIR", str(log.folder.parent / "elsewhere"))

    async def run(*arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, main, arguments)

    checked = await run("check-ledger", "--custody", str(log.folder))
    assert (checked.exit_code, checked.stdout) == (0, ""), checked.output
    assert "no log here" in (await run("check-ledger")).output
    assert json.loads((await run("attest")).stdout)["size"] == log.tree.size
    assert json.loads((await run("seal-archive", "custody", "--rest")).stdout)["end"] == log.tree.size
    assert (await run("seal-archive", "custody")).stdout == ""
    refused = await run("rebuild", str(log.folder))
    assert refused.exit_code == 2
    assert "not empty" in refused.output
    assert (await run("rebuild", str(log.folder.parent))).exit_code == 2
