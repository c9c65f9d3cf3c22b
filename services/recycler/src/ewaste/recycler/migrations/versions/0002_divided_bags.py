"""Bags divided over batches, weights of bags, partial rejections, resolutions, treatments in full, licences and keys over time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"

_WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    _divide_bags()
    _learn_weights()
    _answer_for_bags()
    _tell_treatments()
    _keep_licences()


def _divide_bags() -> None:
    op.drop_constraint("bag_use_pkey", "bag_use", type_="primary")
    op.create_primary_key("bag_use_pkey", "bag_use", ["bag_id", "batch_id"])
    op.add_column("batch", sa.Column("sorted", JSONB, nullable=False, server_default="[]"))
    op.alter_column("batch", "sorted", server_default=None)


def _learn_weights() -> None:
    # What was sent is learned again from the topic, by a consumer of another name: now with the event that told it.
    op.execute("DELETE FROM dispatched_bag")
    op.add_column("dispatched_bag", sa.Column("event_id", sa.Uuid, nullable=False))
    op.drop_constraint("dispatched_bag_pkey", "dispatched_bag", type_="primary")
    op.create_primary_key("dispatched_bag_pkey", "dispatched_bag", ["load_id", "bag_id", "event_id"])
    op.create_index("dispatched_by_bag", "dispatched_bag", ["bag_id"])
    op.create_table(
        "weighing",
        sa.Column("bag_id", sa.String, primary_key=True),
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("gross_grams", sa.BigInteger, nullable=False),
        sa.Column("tare_grams", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "settled_bag",
        sa.Column("bag_id", sa.String, primary_key=True),
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("load_id", sa.String, nullable=False),
        sa.Column("gross_grams", sa.BigInteger),
        sa.Column("decided", sa.Boolean, nullable=False),
    )
    op.create_table(
        "logistics_correction",
        sa.Column("corrected_id", sa.Uuid, primary_key=True),
        sa.Column("event_id", sa.Uuid, primary_key=True),
    )


def _answer_for_bags() -> None:
    op.create_table(
        "received_bag",
        sa.Column("load_id", sa.String, primary_key=True),
        sa.Column("bag_id", sa.String, primary_key=True),
        sa.Column("gross_grams", sa.BigInteger, nullable=False),
    )
    op.create_index("received_by_bag", "received_bag", ["bag_id"])
    for name, *more in (
        ("rejected_bag",),
        ("stated_bag", sa.Column("gross_grams", sa.BigInteger)),
    ):
        op.create_table(
            name,
            sa.Column("load_id", sa.String, primary_key=True),
            sa.Column("partner_id", sa.String, primary_key=True),
            sa.Column("event_id", sa.Uuid, primary_key=True),
            sa.Column("bag_id", sa.String, primary_key=True),
            *more,
        )


def _tell_treatments() -> None:
    op.add_column("fraction", sa.Column("waste_code", sa.String))
    op.add_column("fraction", sa.Column("facility_country", sa.String))
    op.add_column("fraction", sa.Column("prepared_for_reuse", sa.Boolean, nullable=False, server_default=sa.false()))
    op.alter_column("fraction", "prepared_for_reuse", server_default=None)
    op.add_column("fraction", sa.Column("pieces", sa.BigInteger))
    op.add_column("treatment", sa.Column("process_loss_grams", sa.BigInteger, nullable=False, server_default="0"))
    op.alter_column("treatment", "process_loss_grams", server_default=None)
    for name in ("facility_id", "facility_country", "basel_notification_number", "basel_movement_number"):
        op.add_column("treatment", sa.Column(name, sa.String))
    op.add_column("treatment", sa.Column("treated_at", _WHEN))


def _keep_licences() -> None:
    op.create_table(
        "licence",
        sa.Column("partner_id", sa.String, primary_key=True),
        sa.Column("licence_number", sa.String, primary_key=True),
        sa.Column("valid_from", sa.Date, primary_key=True),
        sa.Column("valid_until", sa.Date, nullable=False),
        sa.Column("registered_at", _WHEN, nullable=False),
    )
    op.create_table(
        "scheme_certificate",
        sa.Column("partner_id", sa.String, primary_key=True),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("certificate_number", sa.String, primary_key=True),
        sa.Column("valid_from", sa.Date, primary_key=True),
        sa.Column("valid_until", sa.Date, nullable=False),
    )
    op.execute(
        "INSERT INTO licence SELECT partner_id, licence_number, licence_valid_from, licence_valid_until, registered_at "
        "FROM partner"
    )
    op.execute(
        "INSERT INTO scheme_certificate SELECT DISTINCT ON (1, 2, 3, 4) p.partner_id, s->>'name', "
        "s->>'certificate_number', (s->>'valid_from')::date, (s->>'valid_until')::date "
        "FROM partner p, jsonb_array_elements(p.schemes) s"
    )
    op.add_column("partner_key", sa.Column("rotated_from", sa.String))
    op.add_column("partner_key", sa.Column("rotation_proof", sa.String))
