"""Certificates are suspended and replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("certificate", sa.Column("partner_id", sa.String))
    op.execute("UPDATE certificate SET partner_id = convert_from(content, 'UTF8')::json -> 'partner' ->> 'partner_id'")
    op.alter_column("certificate", "partner_id", nullable=False)
    op.add_column("certificate", sa.Column("replaces_certificate_id", sa.String))
    op.create_index("certificate_of_partner", "certificate", ["partner_id"])
    op.create_index("certificate_replaces", "certificate", ["replaces_certificate_id"], unique=True)
    op.create_table(
        "suspension",
        sa.Column("certificate_id", sa.String, primary_key=True),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("open_lines", sa.JSON, nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=False),
    )
