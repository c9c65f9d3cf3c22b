"""Every row knows the event that told it, and what others told is kept fact by fact: both can be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    _heard()
    _corrections()
    _events()


def _heard() -> None:
    # The consumer has a new name, so it reads its topics from the start: nothing told is lost.
    op.drop_table("bag_progress")
    op.drop_table("batch_progress")
    op.create_table(
        "heard",
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("detail", sa.String),
        sa.Column("point_id", sa.String),
    )
    op.create_index("heard_of_subject", "heard", ["subject", "kind"])
    op.create_index(
        "swap_by_bag", "heard", ["detail"], postgresql_where=sa.text("kind = 'collected' AND detail IS NOT NULL")
    )
    op.create_table("withdrawn", sa.Column("event_id", sa.Uuid, primary_key=True))


def _corrections() -> None:
    op.create_table(
        "correction",
        sa.Column("corrected_event_id", sa.Uuid, primary_key=True),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("replacement_event_id", sa.Uuid),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("replacement_digest", sa.LargeBinary),
    )
    op.create_index("correction_of_subject", "correction", ["subject"])


def _events() -> None:
    """The outbox has the event of every row."""
    for table, type, key in (
        ("drop_point", "DropPointRegistered", "point_id"),
        ("bag", "BagInstalled", "bag_id"),
        ("item", "ItemDropped", "item_id"),
    ):
        op.add_column(table, sa.Column("event_id", sa.Uuid))
        op.execute(
            f"UPDATE {table} SET event_id = o.id FROM (SELECT id, convert_from(payload, 'UTF8')::jsonb AS fact FROM outbox "
            f"WHERE type = 'ewaste.dropoff.{type}.v1') o WHERE o.fact ->> 'subject' = {table}.{key}"
        )
        op.alter_column(table, "event_id", nullable=False)
    op.add_column("bag", sa.Column("cause_event_id", sa.Uuid))
    op.execute(
        "UPDATE bag SET cause_event_id = (o.fact ->> 'causationid')::uuid FROM "
        "(SELECT id, convert_from(payload, 'UTF8')::jsonb AS fact FROM outbox "
        "WHERE type = 'ewaste.dropoff.BagInstalled.v1') o WHERE o.id = bag.event_id"
    )
    op.create_index(
        "bag_of_cause", "bag", ["cause_event_id"], postgresql_where=sa.text("cause_event_id IS NOT NULL")
    )
