"""Which records put a thing into a register; filled from the entries that are projected already."""

from collections.abc import Iterable, Iterator

import sqlalchemy as sa
from alembic import op

from ewaste.contracts.envelope import InvalidEvent, open_envelope
from ewaste.evidence.ledger.contents import digests_of, restored
from ewaste.evidence.custody.fold import in_its_place
from ewaste.evidence.ledger.record import Record, decode_leaf
from ewaste.evidence.registers.entries import Entry, entry_of

revision = "0005"
down_revision = "0004"

_PAGE = 5_000
_LEAVES = """
SELECT "index", leaf FROM ledger_custody
WHERE "index" >= :start AND "index" < (SELECT size FROM projection WHERE name = 'custody')
ORDER BY "index" LIMIT :most
"""
_CONTENTS = "SELECT content FROM ledger_blob WHERE sha256 = ANY(:digests)"


def upgrade() -> None:
    table = op.create_table(
        "register_entry",
        sa.Column("model", sa.String, primary_key=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("index", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("key", sa.String, nullable=False),
    )
    op.create_index("register_entry_key", "register_entry", ["model", "key"])
    bind, start = op.get_bind(), 0
    while rows := bind.execute(sa.text(_LEAVES), {"start": start, "most": _PAGE}).all():
        if found := list(_entries(bind, ((index, leaf) for index, leaf in rows))):
            op.bulk_insert(table, found)
        start = rows[-1][0] + 1


def _entries(bind: sa.Connection, rows: Iterable[tuple[int, bytes]]) -> Iterator[dict[str, object]]:
    for index, leaf in rows:
        if (entry := _entry(index, _record(bind, leaf))) is not None:
            yield {"model": entry.model, "happened_at": entry.happened_at, "index": entry.index, "key": entry.key}


def _record(bind: sa.Connection, leaf: bytes) -> Record:
    stored = decode_leaf(leaf)
    if isinstance(stored, Record):
        return stored
    return restored(stored, bind.execute(sa.text(_CONTENTS), {"digests": digests_of(stored)}).scalars())


def _entry(index: int, record: Record) -> Entry | None:
    try:
        envelope = open_envelope(record.value)
    except InvalidEvent:
        return None
    return entry_of(envelope, index) if in_its_place(record.topic, envelope) else None
