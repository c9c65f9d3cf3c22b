"""Answers of the wellness questionnaire, and the tallies of the index."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    when = sa.DateTime(timezone=True)

    def key(name: str, kind: type = sa.String) -> sa.Column[object]:
        return sa.Column(name, kind, primary_key=True, autoincrement=False)

    op.add_column("enrolment", sa.Column("khwaeng", sa.String))
    op.create_table(
        "wellness_attempt",
        key("learner_id", sa.Uuid),
        key("course_id"),
        key("attempt_id"),
        sa.Column("occasion", sa.String, nullable=False),
        sa.Column("configuration", sa.String, nullable=False),
        sa.Column("answers", ARRAY(sa.SmallInteger), nullable=False),
    )
    op.create_table(
        "tally",
        key("kind"),
        key("scoring"),
        key("period_start", sa.Date),
        key("period_end", sa.Date),
        key("khwaeng"),
        key("school_id"),
        key("audience"),
        key("age_band"),
        sa.Column("shown", ARRAY(sa.BigInteger), nullable=False),
        sa.Column("waiting", ARRAY(sa.BigInteger), nullable=False),
        sa.Column("waiting_learners", ARRAY(sa.Uuid), nullable=False),
    )
    op.create_table("tally_counted", key("kind"), key("period_start", sa.Date), key("learner_id", sa.Uuid))
    op.create_table(
        "tally_pair",
        key("learner_id", sa.Uuid),
        key("course_id"),
        key("measure"),
        sa.Column("before", ARRAY(sa.SmallInteger)),
        sa.Column("after", ARRAY(sa.SmallInteger)),
        sa.Column("after_day", sa.Date),
    )
    op.create_table("tally_heard", key("partition", sa.Integer), sa.Column("sequence", sa.BigInteger, nullable=False))
    op.create_table(
        "index_told",
        key("scope"),
        key("scope_id"),
        key("period_start", sa.Date),
        key("occasion"),
        key("scoring"),
        sa.Column("learners", sa.BigInteger, nullable=False),
        sa.Column("told_at", when, nullable=False),
    )
