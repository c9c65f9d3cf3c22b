"""What was attested of the read models, and which ranges of the ledgers are sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    when = sa.DateTime(timezone=True)
    op.create_table(
        "attestation",
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("state_digest", sa.String, nullable=False),
        sa.Column("code_digest", sa.String, nullable=False),
        sa.Column("attested_at", when, nullable=False),
    )
    op.create_table(
        "archive_seal",
        sa.Column("ledger", sa.String, primary_key=True),
        sa.Column("start", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("end", sa.BigInteger, nullable=False),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
        sa.Column("file_sha256", sa.String, nullable=False),
        sa.Column("file_bytes", sa.BigInteger, nullable=False),
        sa.Column("sealed_at", when, nullable=False),
    )
