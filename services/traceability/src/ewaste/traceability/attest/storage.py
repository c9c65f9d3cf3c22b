"""The digests of the read models, computed from their tables, and what was attested of them."""

from datetime import datetime
from typing import Any, ClassVar, Final

from ewaste.contracts.events.traceability import ReadModel
from ewaste.evidence.replay.digest import CHUNK_ENTRIES, ModelDigest, State, whole
from ewaste.evidence.replay.models import (
    CERTIFICATE_EVENTS,
    CERTIFICATES,
    REGISTER_ENTRIES,
    SEQUENCES,
    TOUCHES,
    certificate_row,
    sequence_row,
)
from ewaste.runtime.database import Driver, Transaction, driver
from ewaste.runtime.tables import moment
from ewaste.traceability.custody import storage as custody
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.storage import Table
from sqlalchemy import BigInteger, Column
from sqlmodel import Field

__all__ = ["AttestationRow", "began_at", "newest", "read_state", "save"]

_PROJECTION: Final = "custody"
_KEEP: Final = """
INSERT INTO attestation (size, state_digest, code_digest, attested_at) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING RETURNING size
"""
# The database digests each chunk: a table of millions of rows is not carried through this process.
_CHUNKS: Final = f"""
SELECT "index" / {CHUNK_ENTRIES} AS chunk, count(*) AS rows,
    sha256(convert_to(string_agg(line, '' ORDER BY "index", first, second), 'UTF8')) AS digest
FROM (SELECT *, "index" || E'\\t' || said || E'\\n' AS line FROM (%s) AS s WHERE "index" < $1) AS r
GROUP BY 1 ORDER BY 1
"""
_TOUCHES: Final = (
    _CHUNKS
    % """
SELECT "index", node || E'\\t' || coalesce(parent, '') AS said,
    node COLLATE "C" AS first, coalesce(parent, '') COLLATE "C" AS second FROM custody_touch
"""
)
_REGISTER_ENTRIES: Final = (
    _CHUNKS
    % """
SELECT "index", model || E'\\t' || key || E'\\t' || (extract(epoch FROM happened_at) * 1000000)::bigint AS said,
    model COLLATE "C" AS first, '' AS second FROM register_entry
"""
)
_CERTIFICATE_EVENTS: Final = (
    _CHUNKS
    % """
SELECT "index", certificate_id || E'\\t' || kind || E'\\t' || (extract(epoch FROM at) * 1000000)::bigint || E'\\t'
    || coalesce(replaces_certificate_id, '') || E'\\t' || coalesce(ordinal::text, '') AS said,
    certificate_id COLLATE "C" AS first, '' AS second FROM certificate_event
"""
)
_CERTIFICATES: Final = """
SELECT e.ordinal, e.certificate_id, c.batch_id, encode(sha256(c.content), 'hex') AS digest,
    CASE WHEN EXISTS (SELECT FROM certificate_event r
                      WHERE r.replaces_certificate_id = e.certificate_id AND r."index" < $1) THEN 'replaced'
         WHEN EXISTS (SELECT FROM certificate_event s
                      WHERE s.certificate_id = e.certificate_id AND s."index" < $1
                      AND s.kind = 'suspended') THEN 'suspended'
         ELSE 'valid' END AS state
FROM certificate_event e JOIN certificate c USING (certificate_id)
WHERE e.ordinal IS NOT NULL AND e."index" < $1 ORDER BY e.ordinal
"""
_SEQUENCES: Final = 'SELECT source, seen::text AS seen FROM source_sequence ORDER BY source COLLATE "C"'


class AttestationRow(Table, table=True):
    """What was told of the custody ledger's read models, once per size."""

    __tablename__: ClassVar[Any] = "attestation"

    size: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    state_digest: str
    code_digest: str
    attested_at: datetime = Field(sa_column=moment())


async def read_state(tx: Transaction) -> State | None:
    """The read models as of the projection's position; None while it has taken in nothing.

    `tx` must be of REPEATABLE READ: position and tables are read as of one moment.
    """
    size = await custody.position(tx, _PROJECTION)
    root = await ledger_storage.root_at(tx, Ledger.CUSTODY, size) if size else None
    if root is None:
        return None
    connection = await driver(tx)
    chunked = ((TOUCHES, _TOUCHES), (REGISTER_ENTRIES, _REGISTER_ENTRIES), (CERTIFICATE_EVENTS, _CERTIFICATE_EVENTS))
    models = [await _chunked(connection, name, statement, size) for name, statement in chunked]
    sequences = await connection.fetch(_SEQUENCES)
    models.append(whole(SEQUENCES, (sequence_row(each["source"], each["seen"]) for each in sequences)))
    certificates = await connection.fetch(_CERTIFICATES, size)
    models.append(whole(CERTIFICATES, (certificate_row(*each) for each in certificates)))
    return State(size, root, tuple(models))


async def _chunked(connection: Driver, name: str, statement: str, size: int) -> ReadModel:
    digest = ModelDigest()
    for each in await connection.fetch(statement, size):
        digest.add_chunk(each["chunk"], each["digest"], each["rows"])
    return digest.model(name)


async def save(tx: Transaction, state: State, code_digest: str, now: datetime) -> bool:
    """Note that this is told; False where that size was told of before."""
    return await (await driver(tx)).fetchval(_KEEP, state.size, state.digest, code_digest, now) is not None


async def newest(tx: Transaction) -> tuple[int, datetime] | None:
    """Size and time of the last attestation."""
    row = await (await driver(tx)).fetchrow("SELECT size, attested_at FROM attestation ORDER BY size DESC LIMIT 1")
    return (row["size"], row["attested_at"]) if row else None


async def began_at(tx: Transaction) -> datetime | None:
    """When the custody ledger got its first segment."""
    statement = "SELECT appended_at FROM ledger_root WHERE ledger = $1 ORDER BY size LIMIT 1"
    found: datetime | None = await (await driver(tx)).fetchval(statement, Ledger.CUSTODY)
    return found
