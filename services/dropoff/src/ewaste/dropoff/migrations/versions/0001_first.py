"""Boxes, bags, items and what others tell of them."""

import sqlalchemy as sa
from alembic import op

from ewaste.runtime.migrations import create_runtime_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_runtime_tables(op)
    when = sa.DateTime(timezone=True)
    op.create_table(
        "drop_point",
        sa.Column("point_id", sa.String, primary_key=True),
        sa.Column("name_th", sa.String, nullable=False),
        sa.Column("name_en", sa.String),
        sa.Column("khwaeng", sa.String, nullable=False),
        sa.Column("community", sa.String),
        sa.Column("latitude_microdegrees", sa.Integer, nullable=False),
        sa.Column("longitude_microdegrees", sa.Integer, nullable=False),
        sa.Column("sample", sa.Boolean, nullable=False),
        sa.Column("registered_at", when, nullable=False),
        sa.Column("retired_at", when),
    )
    op.create_table(
        "bag",
        sa.Column("bag_id", sa.String, primary_key=True),
        sa.Column("point_id", sa.String, nullable=False),
        sa.Column("installed_at", when, nullable=False),
    )
    op.create_index("bag_of_point", "bag", ["point_id", "installed_at"])
    op.create_table(
        "item",
        sa.Column("item_id", sa.String, primary_key=True),
        sa.Column("receipt_code", sa.String, nullable=False, unique=True),
        sa.Column("bag_id", sa.String, nullable=False),
        sa.Column("point_id", sa.String, nullable=False),
        sa.Column("category", sa.String, nullable=False),
        sa.Column("dropped_at", when, nullable=False),
    )
    op.create_table(
        "bag_progress",
        sa.Column("bag_id", sa.String, primary_key=True),
        sa.Column("collected_at", when),
        sa.Column("load_id", sa.String),
        sa.Column("batch_id", sa.String),
    )
    op.create_table(
        "load_progress",
        sa.Column("load_id", sa.String, primary_key=True),
        sa.Column("delivered_at", when, nullable=False),
    )
    op.create_table(
        "batch_progress",
        sa.Column("batch_id", sa.String, primary_key=True),
        sa.Column("processed_at", when),
        sa.Column("certificate_id", sa.String),
    )
