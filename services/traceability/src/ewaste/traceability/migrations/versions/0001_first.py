"""Ledgers, the custody projection and certificates."""

import sqlalchemy as sa
from alembic import op

from ewaste.evidence.ledger.merkle import Frontier
from ewaste.runtime.migrations import create_runtime_tables

revision = "0001"
down_revision = None

_LEDGERS = ("custody", "learning")


def upgrade() -> None:
    create_runtime_tables(op)
    when = sa.DateTime(timezone=True)
    for ledger in _LEDGERS:
        op.create_table(
            f"ledger_{ledger}",
            sa.Column("index", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("event_id", sa.Uuid),
            sa.Column("leaf", sa.LargeBinary, nullable=False),
        )
        op.create_index(f"ledger_{ledger}_event", f"ledger_{ledger}", ["event_id", "index"])
        # A leaf is compressed JSON's worth of text but read whole and often: pglz costs more than it saves here.
        op.execute(f"ALTER TABLE ledger_{ledger} ALTER COLUMN leaf SET STORAGE EXTERNAL")
    heads = op.create_table(
        "ledger_head",
        sa.Column("ledger", sa.String, primary_key=True),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
    )
    empty = Frontier().to_bytes()
    op.bulk_insert(heads, [{"ledger": ledger, "frontier": empty} for ledger in _LEDGERS])
    op.create_table(
        "ledger_root",
        sa.Column("ledger", sa.String, primary_key=True),
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("appended_at", when, nullable=False, server_default=sa.text("now()")),
    )
    op.create_table(
        "ledger_blob",
        sa.Column("sha256", sa.LargeBinary, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "custody_touch",
        sa.Column("node", sa.String, nullable=False),
        sa.Column("parent", sa.String),
        sa.Column("index", sa.BigInteger, nullable=False),
    )
    op.create_index("custody_touch_node", "custody_touch", ["node", "index"])
    op.create_index(
        "custody_touch_parent", "custody_touch", ["parent"], postgresql_where=sa.text("parent IS NOT NULL")
    )
    projections = op.create_table(
        "projection",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(projections, [{"name": "custody", "size": 0}])
    op.create_table(
        "certificate",
        sa.Column("certificate_id", sa.String, primary_key=True),
        sa.Column("batch_id", sa.String, nullable=False),
        sa.Column("ledger_size", sa.BigInteger, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("issued_at", when, nullable=False),
    )
    op.create_index("certificate_of_batch", "certificate", ["batch_id"])
    op.create_table(
        "certification",
        sa.Column("batch_id", sa.String, primary_key=True),
        sa.Column("ledger_size", sa.BigInteger, nullable=False),
        sa.Column("certificate_id", sa.String),
        sa.Column("open_lines", sa.JSON, nullable=False),
    )
