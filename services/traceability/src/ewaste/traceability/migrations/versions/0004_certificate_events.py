"""What the ledger says of certificates, in a table; filled from the entries that are projected already."""

import sqlalchemy as sa
from alembic import op

from ewaste.contracts.envelope import InvalidEvent, open_envelope
from ewaste.evidence.ledger.record import Record, decode_leaf
from ewaste.evidence.replay.told import told_of

revision = "0004"
down_revision = "0003"

_PROJECTED = """
SELECT "index", leaf FROM ledger_custody
WHERE "index" IN (SELECT "index" FROM custody_touch WHERE node LIKE 'certificate/%') ORDER BY "index"
"""
_SAVE = """
INSERT INTO certificate_event ("index", certificate_id, kind, at, replaces_certificate_id, ordinal)
VALUES (:index, :id, :kind, :at, :replaces, :ordinal)
"""


def upgrade() -> None:
    op.create_table(
        "certificate_event",
        sa.Column("index", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("certificate_id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaces_certificate_id", sa.String),
        sa.Column("ordinal", sa.BigInteger, unique=True),
    )
    op.create_index("certificate_event_of", "certificate_event", ["certificate_id"])
    _fill(op.get_bind())


def _fill(bind: sa.Connection) -> None:
    ordinals: dict[str, int] = {}
    for index, leaf in bind.execute(sa.text(_PROJECTED)).all():
        record = decode_leaf(leaf)
        if not isinstance(record, Record) or record.value is None:
            continue
        try:
            told = told_of(index, record.topic, open_envelope(record.value))
        except InvalidEvent:
            continue
        if told is None:
            continue
        id = told.certificate_id
        first = told.kind == "issued" and id not in ordinals
        values = {"index": index, "id": id, "kind": told.kind, "at": told.at, "replaces": told.replaces_certificate_id}
        bind.execute(sa.text(_SAVE), {**values, "ordinal": ordinals.setdefault(id, len(ordinals)) if first else None})
