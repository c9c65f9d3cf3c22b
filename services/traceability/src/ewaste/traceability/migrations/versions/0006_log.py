"""Tables of the room log, and the epoch that fences an old sequencer off."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    when = sa.DateTime(timezone=True)
    op.add_column("ledger_head", sa.Column("epoch", sa.BigInteger, nullable=False, server_default="0"))
    op.create_table(
        "log_checkpoint",
        sa.Column("ledger", sa.String, primary_key=True),
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
        sa.Column("cosigned", sa.LargeBinary),
        sa.Column("signed_at", when, nullable=False, server_default=sa.text("now()")),
        sa.Column("published_at", when),
        sa.Column("told_at", when),
    )
    op.create_table(
        "log_witness",
        sa.Column("ledger", sa.String, primary_key=True),
        sa.Column("witness", sa.String, primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("cosigned_at", when, nullable=False, server_default=sa.text("now()")),
    )
    op.create_table(
        "log_key",
        sa.Column("ledger", sa.String, primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("first_used_at", when, nullable=False, server_default=sa.text("now()")),
    )
    op.create_table(
        "log_place",
        sa.Column("ledger", sa.String, primary_key=True),
        sa.Column("topic", sa.String, primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("first_offset", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("start", sa.BigInteger, nullable=False),
        sa.Column("end", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "log_alarm",
        sa.Column("ledger", sa.String, primary_key=True),
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("detail", sa.String, nullable=False),
        sa.Column("opened_at", when, nullable=False, server_default=sa.text("now()")),
        sa.Column("closed_at", when),
    )
    op.create_table(
        "log_walk",
        sa.Column("ledger", sa.String, primary_key=True),
        sa.Column("next", sa.BigInteger, nullable=False),
    )
