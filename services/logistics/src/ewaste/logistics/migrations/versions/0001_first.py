"""Collections, loads, handovers, plans and what others tell of them."""

import sqlalchemy as sa
from alembic import op

from ewaste.runtime.migrations import create_runtime_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_runtime_tables(op)
    when = sa.DateTime(timezone=True)
    op.create_table(
        "point",
        sa.Column("point_id", sa.String, primary_key=True),
        sa.Column("name_th", sa.String, nullable=False),
        sa.Column("name_en", sa.String),
        sa.Column("khwaeng", sa.String, nullable=False),
        sa.Column("latitude_microdegrees", sa.Integer, nullable=False),
        sa.Column("longitude_microdegrees", sa.Integer, nullable=False),
    )
    op.create_table(
        "bag",
        sa.Column("bag_id", sa.String, primary_key=True),
        sa.Column("point_id", sa.String, nullable=False),
        sa.Column("installed_at", when, nullable=False),
    )
    op.create_table(
        "collection",
        sa.Column("bag_id", sa.String, primary_key=True),
        sa.Column("point_id", sa.String, nullable=False),
        sa.Column("seal_number", sa.String, nullable=False, unique=True),
        sa.Column("gross_grams", sa.Integer, nullable=False),
        sa.Column("tare_grams", sa.Integer, nullable=False),
        sa.Column("next_bag_id", sa.String, unique=True),
        sa.Column("carrier_id", sa.String, nullable=False),
        sa.Column("plan_id", sa.String),
        sa.Column("collected_at", when, nullable=False),
    )
    op.create_index("collection_of_plan", "collection", ["plan_id"], postgresql_where=sa.text("plan_id IS NOT NULL"))
    op.create_table(
        "load",
        sa.Column("load_id", sa.String, primary_key=True),
        sa.Column("carrier_id", sa.String, nullable=False),
        sa.Column("origin_id", sa.String, nullable=False),
        sa.Column("destination_id", sa.String, nullable=False),
        sa.Column("manifest_number", sa.String),
        sa.Column("gross_grams", sa.Integer, nullable=False),
        sa.Column("dispatched_at", when, nullable=False),
    )
    op.create_index("load_by_time", "load", ["dispatched_at", "load_id"])
    op.create_table(
        "load_bag",
        sa.Column("load_id", sa.String, sa.ForeignKey("load.load_id"), primary_key=True),
        sa.Column("bag_id", sa.String, sa.ForeignKey("collection.bag_id"), primary_key=True),
        sa.Column("released_at", when),
    )
    op.create_index(
        "load_of_bag", "load_bag", ["bag_id"], unique=True, postgresql_where=sa.text("released_at IS NULL")
    )
    op.create_table(
        "handover",
        sa.Column("handover_id", sa.String, primary_key=True),
        sa.Column("load_id", sa.String, sa.ForeignKey("load.load_id"), nullable=False),
        sa.Column("giver_id", sa.String, nullable=False),
        sa.Column("receiver_id", sa.String, nullable=False),
        sa.Column("place_id", sa.String, nullable=False),
        sa.Column("given_grams", sa.Integer, nullable=False),
        sa.Column("received_grams", sa.Integer, nullable=False),
        sa.Column("difference", sa.String, nullable=False),
        sa.Column("handed_over_at", when, nullable=False),
    )
    op.create_index("handover_of_load", "handover", ["load_id"])
    op.create_table(
        "handover_bag",
        sa.Column("handover_id", sa.String, sa.ForeignKey("handover.handover_id"), primary_key=True),
        sa.Column("bag_id", sa.String, primary_key=True),
        sa.Column("seal_given", sa.String, nullable=False),
        sa.Column("seal_read", sa.String, nullable=False),
        sa.Column("given_grams", sa.Integer, nullable=False),
        sa.Column("received_grams", sa.Integer, nullable=False),
        sa.Column("difference", sa.String, nullable=False),
    )
    op.create_table(
        "answer",
        sa.Column("load_id", sa.String, primary_key=True),
        sa.Column("rejected_at", when),
        sa.Column("difference", sa.String),
    )
    op.create_table(
        "answer_bag",
        sa.Column("load_id", sa.String, primary_key=True),
        sa.Column("bag_id", sa.String, primary_key=True),
        sa.Column("received_at", when),
        sa.Column("rejected_at", when),
    )
    op.create_table(
        "plan",
        sa.Column("plan_id", sa.String, primary_key=True),
        sa.Column("carrier_id", sa.String, nullable=False),
        sa.Column("service_date", sa.Date, nullable=False),
        sa.Column("planned_at", when, nullable=False),
    )
    op.create_table(
        "plan_stop",
        sa.Column("plan_id", sa.String, sa.ForeignKey("plan.plan_id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("point_id", sa.String, nullable=False),
        sa.Column("bag_id", sa.String),
    )
