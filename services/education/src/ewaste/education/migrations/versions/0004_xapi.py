"""Tables of the room xapi: statements and how they are found, state, clients, what activities are, what became of them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    when = sa.DateTime(timezone=True)
    op.create_table(
        "xapi_client",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("secret_digest", sa.LargeBinary, nullable=False),
        sa.Column("home_page", sa.String, nullable=False),
        sa.Column("reference_prefix", sa.String, nullable=False),
        sa.Column("reads_all", sa.Boolean, nullable=False),
        sa.Column("added_at", when, nullable=False),
        sa.Column("revoked_at", when),
    )
    op.create_table(
        "xapi_statement",
        sa.Column("position", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("id", sa.Uuid, nullable=False, unique=True),
        sa.Column("client", sa.String, nullable=False),
        sa.Column("stored", when, nullable=False),
        sa.Column("target", sa.Uuid),
        sa.Column("voiding", sa.Boolean, nullable=False),
        sa.Column("voided", sa.Boolean, nullable=False),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("raw", sa.JSON, nullable=False),
    )
    op.create_index("xapi_statement_stored", "xapi_statement", ["stored"])
    op.create_index(
        "xapi_statement_target", "xapi_statement", ["target"], postgresql_where=sa.text("target IS NOT NULL")
    )
    op.create_table(
        "xapi_mention",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("direct", sa.Boolean, nullable=False),
    )
    op.create_table(
        "xapi_reach",
        sa.Column("via", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    )
    op.create_table(
        "xapi_state",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("client", sa.String, nullable=False),
        sa.Column("agent", sa.LargeBinary, nullable=False),
        sa.Column("person", sa.ARRAY(sa.LargeBinary), nullable=False),
        sa.Column("activity", sa.LargeBinary, nullable=False),
        sa.Column("registration", sa.Uuid),
        sa.Column("state_id", sa.String, nullable=False),
        sa.Column("content_type", sa.String, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("updated_at", when, nullable=False),
    )
    op.create_index("xapi_state_of", "xapi_state", ["agent", "activity"])
    op.create_table(
        "xapi_mapping",
        sa.Column("activity_id", sa.String, primary_key=True),
        sa.Column("course_id", sa.String, nullable=False),
        sa.Column("course_version", sa.Integer),
        sa.Column("lesson_id", sa.String),
        sa.Column("assessment_id", sa.String),
        sa.Column("kind", sa.String),
    )
    op.create_table(
        "xapi_match",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("detail", sa.String),
        sa.Column("reference", sa.String),
        sa.Column("course_id", sa.String),
    )
    op.create_index(
        "xapi_match_waiting", "xapi_match", ["reference"], postgresql_where=sa.text("state = 'unmatched'")
    )
    op.create_index("xapi_match_state", "xapi_match", ["state", "position"])
