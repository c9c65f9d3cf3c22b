"""The link between a pseudonym and the caller's reference: the only row that leads back to a person."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from ewaste.education.storage import Table
from ewaste.runtime.database import Transaction, driver
from ewaste.runtime.tables import moment
from sqlmodel import Field

__all__ = ["LearnerLinkRow"]


class LearnerLinkRow(Table, table=True):
    __tablename__: ClassVar[Any] = "learner_link"

    learner_id: UUID = Field(primary_key=True)
    reference: str = Field(unique=True)
    """The caller's own opaque word for the person."""
    linked_at: datetime = Field(sa_column=moment())


# In the order of the references: two requests over the same people wait for each other instead of deadlocking.
_LINK: Final = """
INSERT INTO learner_link (reference, learner_id, linked_at)
SELECT reference, learner_id, $3 FROM unnest($1::text[], $2::uuid[]) AS fresh (reference, learner_id) ORDER BY reference
ON CONFLICT (reference) DO NOTHING
"""
_LINKED: Final = "SELECT reference, learner_id FROM learner_link WHERE reference = ANY($1::text[])"
_ERASE: Final = "DELETE FROM learner_link WHERE learner_id = $1"
# A kept answer holds the pseudonym beside a digest of the request, from which a short reference could be guessed.
_FORGET_ANSWERS: Final = """
DELETE FROM idempotency WHERE scope LIKE 'enrolments%' AND position(convert_to($1, 'UTF8') IN response) > 0
"""


async def link(tx: Transaction, proposed: Mapping[str, UUID], now: datetime) -> dict[str, UUID]:
    """Give each reference its pseudonym: the proposed one, or the one that it has already."""
    connection = await driver(tx)
    await connection.execute(_LINK, list(proposed), list(proposed.values()), now)
    rows = await connection.fetch(_LINKED, list(proposed))
    return {row["reference"]: row["learner_id"] for row in rows}


async def erase_link(tx: Transaction, learner_id: UUID) -> bool:
    """Delete everything that leads from the pseudonym to the person; False where there was no link."""
    connection = await driver(tx)
    await connection.execute(_FORGET_ANSWERS, str(learner_id))
    return await connection.execute(_ERASE, learner_id) != "DELETE 0"
