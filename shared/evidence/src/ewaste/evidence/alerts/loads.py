"""Alerts of loads and batches: nobody confirmed, bags are missing, or nothing goes on."""

from datetime import timedelta
from typing import Any

from ewaste.contracts.events.logistics import HandoverPurpose, HandoverRecorded, LoadDispatched
from ewaste.contracts.events.recycler import BatchOpened, BatchRecycled, FractionTreated
from ewaste.contracts.events.traceability import GapKind
from ewaste.evidence.alerts.limits import Limits
from ewaste.evidence.alerts.model import Gap, gap_of, limit_after
from ewaste.evidence.custody.bags import is_broken
from ewaste.evidence.custody.disputes import load_disputes
from ewaste.evidence.custody.fold import Custody, Fact, happened
from ewaste.evidence.custody.fractions import fractions_of
from ewaste.evidence.custody.graph import node
from ewaste.evidence.custody.loads import Book, book_of
from ewaste.evidence.custody.model import DisputeKind

__all__ = ["batch_gaps", "load_gaps"]


def load_gaps(custody: Custody, load_id: str, limits: Limits) -> list[Gap]:
    """`count_mismatch` and `load_not_confirmed`."""
    return [*_miscounted(custody, load_id), *_unconfirmed(custody, load_id, limits)]


def _miscounted(custody: Custody, load_id: str) -> list[Gap]:
    """A bag is missing, nobody sent it, or it was both taken and refused."""
    counted = [each for each in load_disputes(custody, load_id) if each.is_open and DisputeKind.COUNT in each.kinds]
    if all(is_broken(custody, each.bag_id) for each in counted):
        return []
    book = book_of(custody, load_id)
    return [gap_of(GapKind.COUNT_MISMATCH, node("load", load_id), [*book.dispatches, *book.receipts, *book.rejections])]


def _unconfirmed(custody: Custody, load_id: str, limits: Limits) -> list[Gap]:
    """From the last change of hands on, until the recycler spoke of the load at all."""
    book = book_of(custody, load_id)
    hands: list[Fact[LoadDispatched] | Fact[HandoverRecorded]] = [*book.dispatches, *book.handovers]
    if book.answered or not hands or all(is_broken(custody, each) for each in book.bag_ids):
        return []
    last = max(hands, key=lambda fact: happened(fact.evidence))
    due_at = limit_after(last, _patience(book, last, limits))
    reason = str(last.evidence.event.envelope.id)
    return [gap_of(GapKind.LOAD_NOT_CONFIRMED, node("load", load_id), hands, reason, due_at=due_at)]


def _patience(book: Book, last: Fact[LoadDispatched] | Fact[HandoverRecorded], limits: Limits) -> timedelta:
    data = last.data
    if isinstance(data, LoadDispatched):
        return limits.transit
    if data.purpose is HandoverPurpose.STORAGE_IN:
        return limits.storage
    goals = {fact.data.destination_id for fact in book.dispatches}
    arrived = data.receiver_id in goals or data.place_id in goals
    return limits.confirm if arrived else limits.transit


def batch_gaps(custody: Custody, batch_id: str, limits: Limits) -> list[Gap]:
    """`batch_stalled`: something waits for its final operation, and nothing more was said of the batch."""
    batch = node("batch", batch_id)
    steps: list[Fact[Any]] = [
        *custody.facts(batch, BatchOpened),
        *custody.facts(batch, BatchRecycled),
        *custody.facts(batch, FractionTreated),
    ]
    if not steps or fractions_of(custody, batch_id).is_final:
        return []
    last = max(steps, key=lambda fact: happened(fact.evidence))
    reason = str(last.evidence.event.envelope.id)
    return [gap_of(GapKind.BATCH_STALLED, batch, steps, reason, due_at=limit_after(last, limits.batch))]
