"""Takes the ledger into the projections, segment by segment, in index order."""

from ewaste.runtime.database import Database, Transaction, driver
from ewaste.runtime.outbox import Outbox
from ewaste.traceability.certificates.handlers import certify_batches
from ewaste.traceability.custody import storage as custody_storage
from ewaste.traceability.custody.handlers import project
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.feed import Feed
from ewaste.traceability.ledger.model import Entry, Ledger

__all__ = ["Projector"]

_NAME = "custody"
_IDLE_SECONDS = 0.2


class Projector:
    """Custody and certificates; one is active at a time, and the position's row lock keeps it so."""

    def __init__(self, database: Database, outbox: Outbox, feed: Feed, most_entries: int) -> None:
        self._database = database
        self._outbox = outbox
        self._feed = feed
        self._most = most_entries

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if await self.turn() == 0:
                await self._feed.wait(_IDLE_SECONDS)

    async def turn(self) -> int:
        """One transaction; returns how many entries it took in."""
        async with self._database.transaction() as tx:
            # A crash may lose the last turns whole, position, touches and outbox together: the ledger gives them again.
            await (await driver(tx)).execute("SET LOCAL synchronous_commit = off")
            position = await custody_storage.lock_position(tx, _NAME)
            entries, root = await self._next(tx, position)
            if not entries:
                return 0
            size = position + len(entries)
            batches = await project(tx, entries)
            await custody_storage.move_position(tx, _NAME, size)
            if batches:
                await certify_batches(tx, self._outbox, batches, size, root)
            return len(entries)

    async def _next(self, tx: Transaction, position: int) -> tuple[list[Entry], bytes]:
        if segment := self._feed.take(position):
            return list(segment.entries), segment.root
        end = await ledger_storage.next_segment_end(tx, Ledger.CUSTODY, position, self._most)
        if end is None:
            return [], b""
        return await ledger_storage.entries_from(tx, Ledger.CUSTODY, position, end.size), end.root
