"""Use cases of statements. The caller owns the transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.education.xapi.matching import handlers as matching
from ewaste.education.xapi.matching.handlers import Facts
from ewaste.education.xapi.matching.storage import reference_behind
from ewaste.education.xapi.model import Client, Sent, check_new, check_times, check_voiding
from ewaste.education.xapi.storage import queries, statements
from ewaste.education.xapi.views import Kept
from ewaste.runtime.database import Transaction

__all__ = ["forget_learner", "read_statement", "store_statements"]


async def store_statements(tx: Transaction, facts: Facts, client: Client, sent: Sequence[Sent], now: datetime) -> int:
    """Store those that are new and tell the facts in them; how many were new. Raises `Refused`: none is stored then."""
    check_times(sent, now)
    stored = await statements.take_turn(tx)
    known = await statements.known(tx, [one.id for one in sent] + [one.target for one in sent if one.target])
    fresh = check_new(sent, known)
    check_voiding(fresh, known, client)
    if fresh:
        positions = await statements.add_statements(tx, client, fresh, stored)
        places = list(positions.values())
        await statements.refer(tx, places)
        gone = await statements.void(tx, places)
        standing = [(positions[one.id], one) for one in fresh if positions[one.id] not in gone]
        await matching.match_new(tx, facts, client, standing, stored)
    return len(fresh)


async def read_statement(tx: Transaction, client: Client, id: UUID, *, voided: bool) -> Kept:
    """One statement that the client may read; raises `Refused`."""
    found = await queries.statement(tx, client, id, voided=voided)
    if found is None:
        asked = f"no voided statement {id}" if voided else f"no statement {id}, or it was voided"
        raise Refused("statement-unknown", f"{asked}, or another client sent it", status=NOT_FOUND)
    return found


async def forget_learner(tx: Transaction, learner_id: UUID) -> int:
    """Delete every statement and document about a person; how many statements. Facts stay under the pseudonym.

    To be called while the link from the pseudonym to the person is still there.
    """
    reference = await reference_behind(tx, learner_id)
    found = [f"person:{learner_id}", *([f"person:{reference}"] if reference else [])]
    return await statements.forget(tx, found)
