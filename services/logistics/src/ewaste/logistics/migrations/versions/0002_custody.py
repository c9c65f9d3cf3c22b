"""Facts are kept as they were told; states, holders and disputes are read from them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    _records()
    _told_by_others()
    _loads()
    _disputes()
    _keep_what_was_told()


def _records() -> None:
    op.create_table(
        "record",
        sa.Column("position", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("event_id", sa.Uuid, nullable=False, unique=True),
        sa.Column("topic", sa.String, nullable=False),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("happened_at", WHEN, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "record_node",
        sa.Column("node", sa.String, primary_key=True),
        sa.Column("position", sa.BigInteger, sa.ForeignKey("record.position"), primary_key=True),
    )
    op.create_table(
        "correction",
        sa.Column("corrected_event_id", sa.Uuid, primary_key=True),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("replacement_event_id", sa.Uuid),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("replacement_digest", sa.LargeBinary),
    )
    op.create_table("actor", sa.Column("actor_id", sa.String, primary_key=True))


def _told_by_others() -> None:
    # Both consumers have new names, so they read their topics from the start: nothing told is lost.
    for table in ("answer_bag", "answer", "bag", "point"):
        op.drop_table(table)
    op.create_table("withdrawn", sa.Column("event_id", sa.Uuid, primary_key=True))
    op.create_table(
        "point",
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("point_id", sa.String, nullable=False),
        sa.Column("name_th", sa.String, nullable=False),
        sa.Column("name_en", sa.String),
        sa.Column("khwaeng", sa.String, nullable=False),
        sa.Column("latitude_microdegrees", sa.Integer, nullable=False),
        sa.Column("longitude_microdegrees", sa.Integer, nullable=False),
    )
    op.create_index("point_by_id", "point", ["point_id"])
    op.create_table(
        "bag",
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("bag_id", sa.String, nullable=False),
        sa.Column("point_id", sa.String, nullable=False),
        sa.Column("installed_at", WHEN, nullable=False),
    )
    op.create_index("bag_by_id", "bag", ["bag_id"])


def _loads() -> None:
    for name, value in (("state", "'dispatched'"), ("holder_id", "carrier_id"), ("place_id", "origin_id")):
        op.add_column("load", sa.Column(name, sa.String))
        op.execute(f"UPDATE load SET {name} = {value}")
        op.alter_column("load", name, nullable=False)
    op.drop_constraint("load_bag_bag_id_fkey", "load_bag")
    op.add_column("load_bag", sa.Column("seal_number", sa.String))
    op.add_column("load_bag", sa.Column("gross_grams", sa.Integer))
    op.add_column("load_bag", sa.Column("stated", sa.Boolean, server_default=sa.false()))
    op.add_column("load_bag", sa.Column("standing", sa.String, server_default="in_transit"))
    op.execute(
        "UPDATE load_bag SET seal_number = c.seal_number, gross_grams = c.gross_grams "
        "FROM collection c WHERE c.bag_id = load_bag.bag_id"
    )
    for name in ("seal_number", "gross_grams", "stated", "standing"):
        op.alter_column("load_bag", name, nullable=False, server_default=None)
    op.create_index("loads_of_bag", "load_bag", ["bag_id"])
    op.create_index("load_of_seal", "load_bag", ["seal_number"])
    _handovers()


def _handovers() -> None:
    op.add_column("handover", sa.Column("number", sa.Integer))
    op.add_column("handover", sa.Column("partial", sa.Boolean, server_default=sa.false()))
    op.execute(
        "UPDATE handover SET number = n.number FROM (SELECT handover_id, row_number() OVER (PARTITION BY load_id "
        "ORDER BY handed_over_at, handover_id) AS number FROM handover) n WHERE n.handover_id = handover.handover_id"
    )
    for name in ("number", "partial"):
        op.alter_column("handover", name, nullable=False, server_default=None)
    op.drop_table("handover_bag")
    for name in (
        "giver_id", "receiver_id", "place_id", "given_grams", "received_grams", "difference", "handed_over_at",
    ):
        op.drop_column("handover", name)
    op.drop_index("handover_of_load", "handover")
    op.create_index("handover_of_load", "handover", ["load_id", "number"], unique=True)
    op.create_table(
        "offer",
        sa.Column("offer_id", sa.String, primary_key=True),
        sa.Column("load_id", sa.String, sa.ForeignKey("load.load_id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("giver_id", sa.String, nullable=False),
        sa.Column("receiver_id", sa.String, nullable=False),
        sa.Column("offered_at", WHEN, nullable=False),
        sa.Column("stored_at", WHEN, nullable=False),
    )
    op.create_index("offer_of_load", "offer", ["load_id"])
    op.create_table(
        "offer_bag",
        sa.Column("offer_id", sa.String, sa.ForeignKey("offer.offer_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("bag_id", sa.String, primary_key=True),
        sa.Column("seal_given", sa.String, nullable=False),
        sa.Column("given_grams", sa.Integer, nullable=False),
    )


def _disputes() -> None:
    op.create_table(
        "dispute",
        sa.Column("load_id", sa.String, sa.ForeignKey("load.load_id"), primary_key=True),
        sa.Column("bag_id", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("opened_at", WHEN, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_index("dispute_by_time", "dispute", ["state", "opened_at", "load_id", "bag_id", "number"])
    op.create_table(
        "broken_bag",
        sa.Column("bag_id", sa.String, primary_key=True),
        sa.Column("break_id", sa.String, nullable=False),
    )
    op.create_index("bag_of_break", "broken_bag", ["break_id"])


def _keep_what_was_told() -> None:
    """The outbox has every fact of this service; the recyclers' come again from their topic."""
    op.execute(
        "INSERT INTO record (event_id, topic, type, subject, happened_at, value) "
        "SELECT id, aggregatetype, split_part(type, '.', 3), fact ->> 'subject', (fact ->> 'time')::timestamptz, payload "
        "FROM (SELECT *, convert_from(payload, 'UTF8')::jsonb AS fact FROM outbox) told ORDER BY position"
    )
    for node in (
        "'bag/' || (data ->> 'bag_id')", "'bag/' || (data ->> 'next_bag_id')", "'load/' || (data ->> 'load_id')",
        "'handover/' || (data ->> 'handover_id')", "'plan/' || (data ->> 'plan_id')",
    ):
        # A collection names its plan and is not about it.
        op.execute(
            f"INSERT INTO record_node (node, position) SELECT {node}, position FROM "
            "(SELECT position, type, convert_from(value, 'UTF8')::jsonb -> 'data' AS data FROM record) told "
            f"WHERE {node} IS NOT NULL AND ({node} NOT LIKE 'plan/%' OR type = 'CollectionPlanned')"
        )
    # Holder and place as of the last handover; state, standings and disputes follow with the recyclers' next word.
    op.execute(
        "UPDATE load SET holder_id = h.data ->> 'receiver_id', place_id = h.data ->> 'place_id' FROM "
        "(SELECT DISTINCT ON (data ->> 'load_id') data FROM (SELECT happened_at, position, type, "
        "convert_from(value, 'UTF8')::jsonb -> 'data' AS data FROM record) r WHERE type = 'HandoverRecorded' "
        "ORDER BY data ->> 'load_id', happened_at DESC, position DESC) h WHERE h.data ->> 'load_id' = load.load_id"
    )
