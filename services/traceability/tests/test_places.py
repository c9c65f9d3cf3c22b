"""Ordinals of certificates: the same for who reads the ledger as it grows and who takes it in afterwards."""

import asyncio
import secrets
from datetime import UTC, datetime

import asyncpg
from ewaste.contracts.envelope import source_of
from ewaste.contracts.events.traceability import CertificateIssued, CertificateSuspended, SuspensionReason
from ewaste.contracts.fields import Context, Part
from ewaste.contracts.ids import uuid7
from ewaste.contracts.registry import type_for, write_event
from ewaste.evidence.ledger.record import Record, leaf_of
from ewaste.runtime.database import Database, driver
from ewaste.runtime.migrations import migrate
from ewaste.runtime.testing import Stack, prepared
from ewaste.traceability.certificates import places
from ewaste.traceability.ledger.handlers import sequencer
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.ledger.storage import entries_from
from ewaste.traceability.settings import Settings

NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)


def issued(id: str, replaces: str | None = None) -> CertificateIssued:
    zeros = "0" * 64
    return CertificateIssued(
        certificate_id=id, batch_id="b", partner_id="plant", ledger_size=5, ledger_root=zeros, rules_digest=zeros,
        content_digest=zeros, input_grams=5, output_grams=5, process_loss_grams=0, landfill_grams=0,
        replaces_certificate_id=replaces,
    )  # fmt: skip


def records() -> list[Record]:
    """Two certificates, the first suspended before it is announced in the ledger, sent twice, and replaced."""
    suspended = CertificateSuspended(certificate_id="c-1", reason=SuspensionReason.EVIDENCE_CORRECTED, evidence=(1,))
    said: list[tuple[str, Part]] = [
        ("ewaste.traceability", suspended),
        ("ewaste.traceability", issued("c-1")),
        ("ewaste.dropoff", issued("c-0")),
        ("ewaste.traceability", issued("c-1")),
        ("ewaste.traceability", issued("c-2", "c-1")),
    ]
    return [Record(topic, 0, at, 0, b"k", (), _event(data)) for at, (topic, data) in enumerate(said)]


def _event(data: Part) -> bytes:
    event_type = type_for(Context.TRACEABILITY, type(data))
    return write_event(event_type, data, id=uuid7(), source=source_of("test", Context.TRACEABILITY), time=NOON)


async def found(database: Database) -> list[tuple[int, str, str, int | None]]:
    async with database.transaction() as tx:
        rows = await (await driver(tx)).fetch(
            'SELECT "index", certificate_id, kind, ordinal FROM certificate_event ORDER BY "index"'
        )
    return [tuple(row) for row in rows]


EXPECTED = [
    (0, "c-1", "suspended", None),
    (1, "c-1", "issued", 0),
    (3, "c-1", "issued", None),
    (4, "c-2", "issued", 1),
]


async def test_ordinals_count_certificates_in_their_place_from_0_and_never_move(stack: Stack) -> None:
    database = Database(await prepared(stack, Settings))
    try:
        async with database.transaction() as tx:
            await sequencer(Ledger.CUSTODY)(tx, records())
            entries = await entries_from(tx, Ledger.CUSTODY, 0, 10)
            await places.save(tx, entries[:2])
            await places.save(tx, entries[2:])
            suspended, replaced = [await places.fallen(tx, purpose, 0) for purpose in ("suspension", "revocation")]
            assert await places.fallen(tx, "suspension", 1) is None
            assert await places.place_of(tx, "c-0") is None
        assert await found(database) == EXPECTED
        assert (suspended, replaced) == (places.Fallen((0,), NOON), places.Fallen((0,), NOON))
    finally:
        await database.close()


async def test_a_ledger_from_before_is_counted_the_same_way(stack: Stack) -> None:
    name = f"test_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(f"{stack.database_url}/postgres")
    await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()
    settings = Settings(kafka_servers=stack.kafka_servers, database_url=f"{stack.database_url}/{name}")
    await _migrated(settings, "0003")
    database = Database(settings)
    try:
        async with database.transaction() as tx:
            bare = await driver(tx)
            for index, record in enumerate(records()):
                await bare.execute('INSERT INTO ledger_custody ("index", leaf) VALUES ($1, $2)', index, leaf_of(record))
                await bare.execute("INSERT INTO custody_touch VALUES ('certificate/c', NULL, $1)", index)
        await _migrated(settings, "0004")
        assert await found(database) == EXPECTED
    finally:
        await database.close()


async def _migrated(settings: Settings, revision: str) -> None:
    await asyncio.to_thread(migrate, settings, "ewaste.traceability.migrations", revision)
