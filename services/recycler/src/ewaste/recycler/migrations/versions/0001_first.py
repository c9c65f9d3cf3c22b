"""Partners and keys, judged claims, and the register they are judged by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from ewaste.runtime.migrations import create_runtime_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_runtime_tables(op)
    when = sa.DateTime(timezone=True)
    op.create_table(
        "partner",
        sa.Column("partner_id", sa.String, primary_key=True),
        sa.Column("name_th", sa.String, nullable=False),
        sa.Column("name_en", sa.String),
        sa.Column("licence_number", sa.String, nullable=False),
        sa.Column("licence_valid_from", sa.Date, nullable=False),
        sa.Column("licence_valid_until", sa.Date, nullable=False),
        sa.Column("schemes", JSONB, nullable=False),
        sa.Column("sample", sa.Boolean, nullable=False),
        sa.Column("registered_at", when, nullable=False),
    )
    op.create_table(
        "partner_key",
        sa.Column("key_id", sa.String, primary_key=True),
        sa.Column("partner_id", sa.String, nullable=False),
        sa.Column("x", sa.String, nullable=False),
        sa.Column("registered_at", when, nullable=False),
        sa.Column("revoked_at", when),
        sa.Column("revocation", sa.String),
    )
    op.create_index("key_of_partner", "partner_key", ["partner_id"])
    op.create_table(
        "claim",
        sa.Column("partner_id", sa.String, primary_key=True),
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("aggregate_id", sa.String, nullable=False),
        sa.Column("part_id", sa.String),
        sa.Column("fact_id", sa.Uuid),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
    )
    op.create_table(
        "load",
        sa.Column("load_id", sa.String, primary_key=True),
        sa.Column("partner_id", sa.String, nullable=False),
        sa.Column("received_grams", sa.BigInteger, nullable=False),
        sa.Column("difference", sa.String),
        sa.Column("received_at", when, nullable=False),
    )
    op.create_table(
        "dispatched_bag",
        sa.Column("load_id", sa.String, primary_key=True),
        sa.Column("bag_id", sa.String, primary_key=True),
        sa.Column("seal_number", sa.String, nullable=False),
        sa.Column("gross_grams", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "batch",
        sa.Column("batch_id", sa.String, primary_key=True),
        sa.Column("partner_id", sa.String, nullable=False),
        sa.Column("facility_id", sa.String, nullable=False),
        sa.Column("other_client_grams", sa.BigInteger, nullable=False),
        sa.Column("opened_at", when, nullable=False),
        sa.Column("recycled_at", when),
        sa.Column("process_loss_grams", sa.BigInteger),
    )
    op.create_table(
        "bag_use",
        sa.Column("bag_id", sa.String, primary_key=True),
        sa.Column("batch_id", sa.String, nullable=False),
        sa.Column("grams", sa.BigInteger, nullable=False),
    )
    op.create_index("bags_of_batch", "bag_use", ["batch_id"])
    op.create_table(
        "fraction",
        sa.Column("batch_id", sa.String, primary_key=True),
        sa.Column("fraction_id", sa.String, primary_key=True),
        sa.Column("material", sa.String, nullable=False),
        sa.Column("grams", sa.BigInteger, nullable=False),
        sa.Column("operation", sa.String, nullable=False),
        sa.Column("facility_id", sa.String, nullable=False),
        sa.Column("treatment_id", sa.String),
    )
    op.create_table(
        "treatment",
        sa.Column("batch_id", sa.String, primary_key=True),
        sa.Column("treatment_id", sa.String, primary_key=True),
        sa.Column("fraction_id", sa.String, nullable=False),
        sa.Column("grams", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "refusal",
        sa.Column("number", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("topic", sa.String, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("record_offset", sa.BigInteger, nullable=False),
        sa.Column("value_sha256", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("detail", sa.String, nullable=False),
        sa.Column("field", sa.String),
        sa.Column("partner_id", sa.String),
        sa.Column("event_id", sa.Uuid),
        sa.Column("refused_at", when, nullable=False),
    )
    op.create_index("refusals_of_partner", "refusal", ["partner_id", "number"])
