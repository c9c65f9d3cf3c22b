"""Tables of the room credentials."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "credential",
        sa.Column("credential_id", sa.Uuid, primary_key=True),
        sa.Column("learner_id", sa.Uuid),
        sa.Column("course_id", sa.String, nullable=False),
        sa.Column("course_version", sa.Integer, nullable=False),
        sa.Column("completed_on", sa.Date, nullable=False),
        sa.Column("ordinal", sa.BigInteger, nullable=False, unique=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_for", sa.String),
        sa.UniqueConstraint("learner_id", "course_id", "course_version", name="credential_of_learner"),
    )
