"""A bag is delivered when a recycler weighs it in, whatever loads it was in before."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("bag_progress", sa.Column("delivered_at", sa.DateTime(timezone=True)))
    op.execute(
        "UPDATE bag_progress SET delivered_at = load_progress.delivered_at FROM load_progress "
        "WHERE load_progress.load_id = bag_progress.load_id"
    )
    op.drop_column("bag_progress", "load_id")
    op.drop_table("load_progress")
