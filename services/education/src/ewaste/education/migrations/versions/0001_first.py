"""Courses, links of learners, enrolments, completed lessons and assessments."""

import sqlalchemy as sa
from alembic import op

from ewaste.runtime.migrations import create_runtime_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_runtime_tables(op)
    when = sa.DateTime(timezone=True)

    def key(name: str, kind: type = sa.String) -> sa.Column[object]:
        return sa.Column(name, kind, primary_key=True, autoincrement=False)

    op.create_table(
        "course",
        key("course_id"),
        key("course_version", sa.Integer),
        sa.Column("title_th", sa.String, nullable=False),
        sa.Column("title_en", sa.String),
        sa.Column("sample", sa.Boolean, nullable=False),
        sa.Column("lessons", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("published_at", when, nullable=False),
    )
    op.create_table("lesson", key("course_id"), key("course_version", sa.Integer), key("lesson_id"))
    op.create_index("lesson_by_id", "lesson", ["lesson_id"])
    op.create_table(
        "learner_link",
        key("learner_id", sa.Uuid),
        sa.Column("reference", sa.String, nullable=False, unique=True),
        sa.Column("linked_at", when, nullable=False),
    )
    op.create_table(
        "enrolment",
        key("learner_id", sa.Uuid),
        key("course_id"),
        key("course_version", sa.Integer),
        sa.Column("audience", sa.String, nullable=False),
        sa.Column("school_id", sa.String),
        sa.Column("grade", sa.String),
        sa.Column("age_band", sa.String),
        sa.Column("enrolled_at", when, nullable=False),
        sa.Column("lessons_completed", sa.Integer, nullable=False),
        sa.Column("completed_at", when),
    )
    op.create_index("enrolment_of_course", "enrolment", ["course_id", "course_version"])
    op.create_table(
        "lesson_result",
        key("learner_id", sa.Uuid),
        key("course_id"),
        key("course_version", sa.Integer),
        key("lesson_id"),
        sa.Column("completed_at", when, nullable=False),
        sa.Column("score_basis_points", sa.Integer),
        sa.Column("duration_seconds", sa.Integer),
    )
    op.create_table(
        "assessment_result",
        key("learner_id", sa.Uuid),
        key("course_id"),
        key("assessment_id"),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("score_basis_points", sa.Integer, nullable=False),
        sa.Column("scored_at", when, nullable=False),
    )
    op.create_table(
        "dimension_result",
        key("learner_id", sa.Uuid),
        key("course_id"),
        key("assessment_id"),
        key("dimension"),
        sa.Column("score_basis_points", sa.Integer, nullable=False),
    )
