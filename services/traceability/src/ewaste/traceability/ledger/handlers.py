"""Sequencing: the ledger grows by one segment per batch of records, in the transaction that moves the positions."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from ewaste.evidence.ledger.record import Record
from ewaste.runtime.database import Transaction
from ewaste.runtime.subscription import RecordHandler
from ewaste.traceability.ledger import storage
from ewaste.traceability.ledger.feed import Feed
from ewaste.traceability.ledger.model import Ledger, append
from sqlalchemy import event

__all__ = ["Guard", "Sequencer", "sequencer"]

Guard: TypeAlias = Callable[[Transaction, Ledger], Awaitable[None]]
"""Raises RoleRefused where a ledger must not grow, as one from a restored backup."""


class Sequencer:
    """The one writer of `ledger`; hands each committed segment to `feed`."""

    def __init__(self, ledger: Ledger, feed: Feed | None = None, guard: Guard | None = None) -> None:
        self._ledger = ledger
        self._feed = feed
        self._guard = guard
        self._epoch: int | None = None

    async def take(self, tx: Transaction) -> None:
        """The role was taken: whoever had it before can write nothing more. Raises RoleRefused as the guard does."""
        if self._guard is not None:
            await self._guard(tx, self._ledger)
        self._epoch = await storage.take_epoch(tx, self._ledger)

    async def sequence(self, tx: Transaction, records: Sequence[Record]) -> None:
        """Append these. Raises Fenced when the role was taken by another process since."""
        if not records:
            return
        # Without a role, each batch is a turn of its own.
        epoch = self._epoch if self._epoch is not None else await storage.take_epoch(tx, self._ledger)
        segment = append(await storage.lock_frontier(tx, self._ledger, epoch), records)
        await storage.save(tx, self._ledger, segment)
        if (feed := self._feed) is not None:
            event.listen(tx.sync_session, "after_commit", lambda _: feed.offer(segment), once=True)


def sequencer(ledger: Ledger, feed: Feed | None = None) -> RecordHandler:
    """The handler of a sequencer without a role, as tools and tests use it."""
    return Sequencer(ledger, feed).sequence
