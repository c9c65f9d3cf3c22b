"""Frames with media and questions, what a course needs to be completed, and attempts at its tests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

# What was scored before belongs to the newest version that the learner takes, as it was judged then.
FILL = """
UPDATE assessment_result r SET course_version = coalesce(
  (SELECT max(e.course_version) FROM enrolment e WHERE e.learner_id = r.learner_id AND e.course_id = r.course_id), 1)
"""


def upgrade() -> None:
    when = sa.DateTime(timezone=True)

    def key(name: str, kind: type = sa.String) -> sa.Column[object]:
        return sa.Column(name, kind, primary_key=True, autoincrement=False)

    op.add_column("course", sa.Column("post_test", sa.Boolean))
    op.execute("UPDATE course SET post_test = false")
    op.alter_column("course", "post_test", nullable=False)
    op.add_column("assessment_result", sa.Column("course_version", sa.Integer))
    op.execute(FILL)
    op.alter_column("assessment_result", "course_version", nullable=False)
    op.create_table(
        "media",
        key("sha256"),
        sa.Column("media_type", sa.String, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("sound", sa.Boolean, nullable=False),
        sa.Column("stored_at", when, nullable=False),
    )
    op.create_table(
        "media_piece",
        key("sha256"),
        key("number", sa.Integer),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    # A piece is read whole and media is compressed already.
    op.execute("ALTER TABLE media_piece ALTER COLUMN content SET STORAGE EXTERNAL")
    op.create_table(
        "attempt",
        key("attempt_id", sa.Uuid),
        sa.Column("learner_id", sa.Uuid, nullable=False),
        sa.Column("course_id", sa.String, nullable=False),
        sa.Column("course_version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("lesson_id", sa.String),
        sa.Column("started_at", when, nullable=False),
        sa.Column("finished_at", when),
        sa.Column("assessment_id", sa.String),
        sa.Column("score_basis_points", sa.Integer),
    )
    op.create_index("attempt_of_learner", "attempt", ["learner_id", "course_id"])
    op.create_table(
        "answer",
        key("attempt_id", sa.Uuid),
        key("question_id"),
        sa.Column("chosen", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("answered_at", when, nullable=False),
        sa.Column("score_basis_points", sa.Integer, nullable=False),
    )
