"""Use cases of people. The caller owns the transaction."""

from uuid import UUID

from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.education.credentials import storage as credentials
from ewaste.education.learning.storage import is_enrolled
from ewaste.education.people import storage
from ewaste.education.xapi import handlers as xapi
from ewaste.runtime.database import Transaction

__all__ = ["erase_learner_link"]


async def erase_learner_link(tx: Transaction, learner_id: UUID) -> None:
    """Facts stay, and nothing ties them to a person any more; again changes nothing. Raises `Refused`.

    Statements of xAPI name the person, so they go with the link; badges go on to hold, and nobody knows whose they are.
    """
    await xapi.forget_learner(tx, learner_id)
    await credentials.forget_learner(tx, learner_id)
    if not await storage.erase_link(tx, learner_id) and not await is_enrolled(tx, learner_id):
        raise Refused(
            "learner-unknown", f"no learner {learner_id}; nothing was erased, check the id", field="learner_id",
            status=NOT_FOUND,
        )  # fmt: skip
