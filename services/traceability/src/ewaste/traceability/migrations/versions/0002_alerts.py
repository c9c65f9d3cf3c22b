"""Alerts: custody gaps, when to look again, and the sequence numbers seen of each source."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, INT8MULTIRANGE

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    when = sa.DateTime(timezone=True)
    op.create_table(
        "gap",
        sa.Column("gap_id", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("node", sa.String, nullable=False),
        sa.Column("evidence", ARRAY(sa.BigInteger), nullable=False),
        sa.Column("due_at", when),
        sa.Column("opened_at", when, nullable=False),
        sa.Column("opened_position", sa.BigInteger, nullable=False),
        sa.Column("opened_size", sa.BigInteger, nullable=False),
        sa.Column("closed_at", when),
        sa.Column("closed_by", ARRAY(sa.BigInteger)),
    )
    op.create_index("gap_open", "gap", ["node"], postgresql_where=sa.text("closed_at IS NULL"))
    op.create_index("gap_node", "gap", ["node", "opened_position"])
    op.create_index("gap_newest", "gap", ["opened_position"], unique=True)
    op.create_table(
        "gap_change",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=True),
        sa.Column("gap_id", sa.String, nullable=False),
        sa.Column("opened", sa.Boolean, nullable=False),
        sa.Column("evidence", ARRAY(sa.BigInteger), nullable=False),
        sa.Column("changed_at", when, nullable=False),
    )
    op.create_table(
        "alert_due",
        sa.Column("node", sa.String, primary_key=True),
        sa.Column("due_at", when, nullable=False),
    )
    op.create_index("alert_due_at", "alert_due", ["due_at"])
    op.create_table(
        "source_sequence",
        sa.Column("source", sa.String, primary_key=True),
        sa.Column("seen", INT8MULTIRANGE, nullable=False),
        sa.Column("suspected", INT8MULTIRANGE, nullable=False),
        sa.Column("highest", sa.BigInteger, nullable=False),
        sa.Column("highest_index", sa.BigInteger, nullable=False),
    )
