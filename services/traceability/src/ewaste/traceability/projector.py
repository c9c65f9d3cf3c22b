"""Takes the ledger into the projections, segment by segment, in index order."""

from datetime import UTC, datetime

from ewaste.runtime.database import Database, Transaction, driver
from ewaste.traceability.alerts.handlers import Watch
from ewaste.traceability.certificates import places
from ewaste.traceability.certificates.handlers import Certifier
from ewaste.traceability.custody import storage as custody_storage
from ewaste.traceability.custody.handlers import project
from ewaste.traceability.exports import registers
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.feed import Feed
from ewaste.traceability.ledger.model import Entry, Ledger
from ewaste.traceability.ledger.storage import Head

__all__ = ["Projector"]

_NAME = "custody"
_IDLE_SECONDS = 0.2


class Projector:
    """Custody, certificates and alerts; one is active at a time, and the position's row lock keeps it so."""

    def __init__(self, database: Database, certifier: Certifier, feed: Feed, most_entries: int, watch: Watch) -> None:
        self._database = database
        self._certifier = certifier
        self._feed = feed
        self._most = most_entries
        self._watch = watch

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            taken = await self.turn()
            if self._watch.is_time():
                await self.scan()
            if taken == 0:
                await self._feed.wait(_IDLE_SECONDS)

    async def turn(self) -> int:
        """One transaction; returns how many entries it took in."""
        async with self._database.transaction() as tx:
            # A crash may lose the last turns whole, position, touches and outbox together: the ledger gives them again.
            await (await driver(tx)).execute("SET LOCAL synchronous_commit = off")
            position = await custody_storage.lock_position(tx, _NAME)
            entries, head, behind = await self._next(tx, position)
            projected = await project(tx, entries)
            await registers.note(tx, entries)
            await places.save(tx, entries)
            if entries:
                await custody_storage.move_position(tx, _NAME, head.size)
            if nodes := projected.decisive:
                await self._certifier.look(tx, nodes, head, datetime.now(UTC))
            if entries:
                await self._watch.look(tx, projected, head.size, datetime.now(UTC), behind=behind)
            return len(entries)

    async def scan(self) -> None:
        """Open what time alone opens, under the lock of the turns: nobody takes in meanwhile what would close it."""
        found = 1
        while found:
            async with self._database.transaction() as tx:
                position = await custody_storage.lock_position(tx, _NAME)
                found = await self._watch.scan(tx, position, datetime.now(UTC))

    async def _next(self, tx: Transaction, position: int) -> tuple[list[Entry], Head, bool]:
        """The entries after `position`, the ledger's head after them (none: where we are), and whether more wait."""
        if segment := self._feed.take(position):
            return list(segment.entries), Head(segment.size, segment.root), False
        head = await ledger_storage.next_segment_end(tx, Ledger.CUSTODY, position, self._most)
        if head is None:
            return [], Head(position, b""), False
        entries = await ledger_storage.entries_from(tx, Ledger.CUSTODY, position, head.size)
        behind = await ledger_storage.next_segment_end(tx, Ledger.CUSTODY, head.size, self._most) is not None
        return entries, head, behind
