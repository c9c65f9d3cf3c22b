"""Tables of the room people: rosters, people, groups, consents, secrets and sessions."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"

WHEN = sa.DateTime(timezone=True)


def key(name: str, kind: Any = sa.String) -> sa.Column[object]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def needed(name: str, kind: Any = sa.String) -> sa.Column[object]:
    return sa.Column(name, kind, nullable=False)


def of_person(*, primary_key: bool = False) -> sa.Column[object]:
    link = sa.ForeignKey("person.learner_id", ondelete="CASCADE")
    return sa.Column("learner_id", sa.Uuid, link, nullable=False, primary_key=primary_key)


def of_group(*, primary_key: bool = False) -> sa.Column[object]:
    link = sa.ForeignKey("learner_group.group_id", ondelete="CASCADE")
    return sa.Column("group_id", sa.Uuid, link, nullable=not primary_key, primary_key=primary_key)


def upgrade() -> None:
    op.create_table(
        "roster", key("roster_id"), needed("imported_at", WHEN), sa.Column("system_name", sa.String),
        sa.Column("system_code", sa.String), needed("files", JSONB),
    )
    op.create_table("roster_entry", key("roster_id"), key("file"), key("sourced_id"), needed("cells", JSONB))
    op.create_table(
        "person", key("learner_id", sa.Uuid), sa.Column("roster_id", sa.String), sa.Column("sourced_id", sa.String),
        needed("audience"), sa.Column("school_id", sa.String), sa.Column("grade", sa.String),
        sa.Column("age_band", sa.String), needed("enabled", sa.Boolean),
        sa.UniqueConstraint("roster_id", "sourced_id", name="person_in_roster"),
    )
    op.create_table(
        "learner_group", key("group_id", sa.Uuid), needed("kind"), needed("title"), sa.Column("school_id", sa.String),
        sa.Column("audience", sa.String), sa.Column("roster_id", sa.String), sa.Column("class_id", sa.String),
        sa.Column("held_on", sa.Date), needed("created_at", WHEN), sa.Column("code", sa.String, unique=True),
        sa.Column("code_expires_at", WHEN), needed("numbers", sa.Integer), needed("failures", sa.Integer),
        sa.Column("locked_until", WHEN), sa.UniqueConstraint("roster_id", "class_id", name="group_of_class"),
    )
    op.create_table(
        "group_member", of_group(primary_key=True), of_person(primary_key=True), sa.Column("number", sa.Integer),
        sa.UniqueConstraint("group_id", "number", name="number_in_group"),
    )
    op.create_index("ix_group_member_learner_id", "group_member", ["learner_id"])
    op.create_table(
        "consent", sa.Column("consent_id", sa.BigInteger, primary_key=True, autoincrement=True),
        needed("learner_id", sa.Uuid), needed("purpose"), needed("given_by"), needed("age_rule"),
        needed("text_version"), needed("given_at", WHEN), needed("recorded_by", sa.Uuid),
        sa.Column("withdrawn_at", WHEN), sa.Column("withdrawn_by", sa.Uuid),
    )
    op.create_index("consent_of_learner", "consent", ["learner_id", "purpose"])
    op.create_table(
        "picture_secret", of_person(primary_key=True), needed("hash"), needed("set_at", WHEN),
        needed("failures", sa.Integer), sa.Column("locked_until", WHEN),
    )
    op.create_table(
        "personal_code", of_person(primary_key=True), sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
        needed("expires_at", WHEN),
    )
    op.create_table(
        "sign_in_session", key("session_id", sa.Uuid), of_person(), of_group(), needed("expires_at", WHEN),
    )
    op.create_index("ix_sign_in_session_learner_id", "sign_in_session", ["learner_id"])
    op.create_index("ix_sign_in_session_group_id", "sign_in_session", ["group_id"])
