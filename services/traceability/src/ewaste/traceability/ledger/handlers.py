"""Sequencing: the ledger grows by one segment per batch of records, in the transaction that moves the positions."""

from collections.abc import Sequence

from ewaste.evidence.ledger.record import Record
from ewaste.runtime.database import Transaction
from ewaste.runtime.subscription import RecordHandler
from ewaste.traceability.ledger import storage
from ewaste.traceability.ledger.feed import Feed
from ewaste.traceability.ledger.model import Ledger, append
from sqlalchemy import event

__all__ = ["sequencer"]


def sequencer(ledger: Ledger, feed: Feed | None = None) -> RecordHandler:
    """The handler that appends to `ledger` and hands each committed segment to `feed`."""

    async def sequence(tx: Transaction, records: Sequence[Record]) -> None:
        if not records:
            return
        segment = append(await storage.lock_frontier(tx, ledger), records)
        await storage.save(tx, ledger, segment)
        if feed is not None:
            event.listen(tx.sync_session, "after_commit", lambda _: feed.offer(segment), once=True)

    return sequence
