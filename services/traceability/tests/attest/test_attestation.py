"""What the service says that its tables hold is what anyone computes from the records alone."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from ewaste.contracts.envelope import InvalidEvent, open_envelope
from ewaste.contracts.events.traceability import ReadModelAttested
from ewaste.contracts.fields import Context
from ewaste.contracts.registry import type_for
from ewaste.evidence.certificates.certify import Certificate, certify
from ewaste.evidence.custody.fold import read_evidence
from ewaste.evidence.ledger.contents import restored
from ewaste.evidence.ledger.merkle import leaf_hash, root_of
from ewaste.evidence.ledger.record import Record, decode_leaf
from ewaste.evidence.replay.code import code_digest
from ewaste.evidence.replay.digest import State
from ewaste.evidence.replay.models import ReadModels
from ewaste.runtime.database import Database, driver
from ewaste.runtime.outbox import Outbox
from ewaste.runtime.testing import facts_in_outbox
from ewaste.traceability.app import build_app
from ewaste.traceability.attest.handlers import snapshot_of
from ewaste.traceability.attest.storage import read_state
from ewaste.traceability.keeping import attester

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
Line = dict[str, Any]


def records_of(lines: Sequence[Line]) -> list[Record]:
    return [restored(decode_leaf(line["leaf"]), line["contents"]) for line in lines]


def replayed(lines: Sequence[Line], size: int, issuer: str) -> State:
    """From the exported leaves, with the pure functions, in one pass."""
    models, records = ReadModels(issuer), records_of(lines[:size])
    for index, record in enumerate(records):
        try:
            envelope = open_envelope(record.value)
        except InvalidEvent:
            envelope = None
        models.see(index, record.topic, envelope)
    evidence = [e for n, r in enumerate(records) if (e := read_evidence(n, r.topic, r.value)) is not None]
    contents = {}
    for id, announced in models.announced.items():
        data: Any = announced.first.data
        at = {"ledger_size": data.ledger_size, "ledger_root": bytes.fromhex(data.ledger_root)}
        judged = certify(evidence, data.batch_id, issuer=announced.first.source, **at)
        if isinstance(judged, Certificate):
            contents[id] = judged.digest
    return models.snapshot().state(root_of(leaf_hash(line["leaf"]) for line in lines[:size]), contents)


class Undo(Exception):
    """Ends a transaction without a trace."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ledger(service: Any, publisher: Any, new_day: Any) -> tuple[Any, list[Line]]:
    """A service that took in a day with its certificate, and the records as it exports them."""
    day = new_day()
    await publisher.publish(*day.messages())
    await service.chain_is(f"batch/{day.batch}", "certified")
    await service.reaches("custody", len(await publisher.custody_records()))
    lines, _ = await service.export("custody")
    return service, lines


async def test_the_tables_hold_what_the_records_give(ledger: tuple[Any, list[Line]]) -> None:
    service, lines = ledger
    database = Database(service.settings)
    try:
        state = await attester(service.settings, database, Outbox(service.settings)).attest(NOW)
    finally:
        await database.close()
    assert state is not None
    lines = lines if state.size <= len(lines) else (await service.export("custody"))[0]
    expected = replayed(lines, state.size, service.settings.source)
    assert state.models == expected.models
    assert state.digest == expected.digest
    assert {each.name: each.rows for each in state.models}["certificates"] >= 1


async def test_what_is_told_is_told_once_per_size_and_by_which_code(ledger: tuple[Any, list[Line]]) -> None:
    service, _ = ledger
    app = build_app(service.settings)
    one = attester(service.settings, app.database, Outbox(service.settings))
    try:
        await one.attest(NOW)
        told = await facts_in_outbox(app, f"urn:ewaste:{service.settings.city}:custody")
    finally:
        await app.database.close()
    attested = [each for each in told if isinstance(each, ReadModelAttested)]
    assert len({each.size for each in attested}) == len(attested)
    assert attested[0].code_digest == code_digest()
    assert type_for(Context.TRACEABILITY, ReadModelAttested).topic == "ewaste.traceability"


CHANGES = {
    "touches": "UPDATE custody_touch SET parent = 'bag/another' WHERE node = (SELECT min(node) FROM custody_touch)",
    "register-entries": "DELETE FROM register_entry WHERE key = (SELECT min(key) FROM register_entry)",
    "certificate-events": "UPDATE certificate_event SET at = at + interval '1 second'",
    "certificates": "UPDATE certificate SET content = content || ' '",
    "sequences": "UPDATE source_sequence SET seen = seen + int8multirange(int8range(900000, 900001))",
}


@pytest.mark.parametrize("model", CHANGES)
async def test_a_changed_table_gives_another_digest_of_that_model_alone(
    ledger: tuple[Any, list[Line]], model: str
) -> None:
    service, _ = ledger
    database = Database(service.settings)
    try:
        async with snapshot_of(database) as tx:
            before = await read_state(tx)
            after = await changed(database, CHANGES[model])
    finally:
        await database.close()
    assert before is not None
    differ = [was.name for was, now in zip(before.models, after.models, strict=True) if was != now]
    assert differ == [model] or before.size != after.size


async def changed(database: Database, statement: str) -> State:
    found: list[State | None] = []
    with suppress(Undo):
        async with snapshot_of(database) as tx:
            await (await driver(tx)).execute(statement)
            found.append(await read_state(tx))
            raise Undo
    assert found[0] is not None
    return found[0]
