"""The log's folder, seen from the event loop: one thread at a time writes, and nothing here waits for a witness."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from ewaste.evidence.ledger.contents import is_by_digest
from ewaste.evidence.ledger.merkle import EMPTY_ROOT
from ewaste.evidence.ledger.record import LeafError
from ewaste.evidence.notes.checkpoints import Checkpoint, HistoryForked
from ewaste.evidence.tiles.files import BytesDiffer, LogFolder
from ewaste.evidence.tiles.tree import TileTree
from ewaste.runtime.database import Database
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.ledger.storage import Head
from ewaste.traceability.log import storage
from ewaste.traceability.log.places import first_places

__all__ = ["Follower", "open_folder"]

T = TypeVar("T")

_MOST_ENTRIES = 4_000
"""At once, as the sequencer's segments at most: 240 MB where every leaf is as large as it can be."""


async def open_folder(path: Path, origin: str) -> LogFolder:
    """The log's folder, made where there is none. Raises as `LogFolder` does."""

    def opened() -> LogFolder:
        path.parent.mkdir(parents=True, exist_ok=True)
        return LogFolder(path, origin)

    opening = asyncio.ensure_future(asyncio.to_thread(opened))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        # Its lock would keep us out when we come back.
        await asyncio.wait([opening])
        if not opening.exception():
            opening.result().close()
        raise


class Follower:
    """Writes the tiles of one ledger, segment by segment."""

    def __init__(self, database: Database, ledger: Ledger, folder: LogFolder) -> None:
        self._database = database
        self._ledger = ledger
        self._folder = folder
        # Append and publish use the same temporary names.
        self._writing = asyncio.Lock()

    @property
    def head(self) -> Checkpoint:
        """Size and root up to which every tile is on the disk."""
        return self._folder.head

    def tree(self) -> TileTree:
        """The tree as of now, readable while the log grows. It reads files: to be used in a thread."""
        return self._folder.tree()

    async def published(self) -> bytes | None:
        """The note that readers see."""
        return await asyncio.to_thread(self._folder.published)

    async def publish(self, note: bytes) -> None:
        """Put the note where readers see it. Raises HistoryForked as the folder does."""
        await self._write(lambda: self._folder.publish(note))

    async def close(self) -> None:
        """Let another process write."""
        await self._write(self._folder.close)

    async def hold_to_ledger(self) -> None:
        """Return when the ledger goes on where the folder ends.

        Raises HistoryForked where the ledger is older than what was written or signed, BytesDiffer where it is another.
        """
        size = self.head.size
        async with self._database.transaction() as tx:
            head = await ledger_storage.head(tx, self._ledger)
            signed = await storage.newest(tx, self._ledger)
            boundary = await ledger_storage.boundary_before(tx, self._ledger, size) or Head(0, EMPTY_ROOT)
            leaves = await ledger_storage.leaves_from(tx, self._ledger, boundary.size, size - boundary.size)
        if (known := max(size, signed.size if signed else 0)) > head.size:
            raise HistoryForked(f"the ledger has {head.size} entries, and its log has shown {known}")
        if await asyncio.to_thread(self.tree().root, boundary.size) != boundary.root:
            raise BytesDiffer(f"ledger and tiles have different roots at size {boundary.size}")
        await self._write(lambda: self._folder.append(boundary.size, leaves))

    async def turn(self) -> int:
        """Take in the ledger's next segments; gives how many entries.

        Raises BytesDiffer, before a tile is written, where leaves do not make the root that the sequencer stored.
        """
        start = self.head.size
        async with self._database.transaction() as tx:
            end = await ledger_storage.next_segment_end(tx, self._ledger, start, _MOST_ENTRIES)
            if end is None:
                return 0
            leaves = await ledger_storage.leaves_from(tx, self._ledger, start, end.size - start)
            if len(leaves) != end.size - start:
                raise BytesDiffer(f"the {self._ledger} ledger lacks rows between {start} and {end.size}")
            try:
                # Before the tiles: who finds an entry under a checkpoint shall find its place.
                firsts = await asyncio.to_thread(first_places, leaves)
            except LeafError as error:
                raise BytesDiffer(f"the {self._ledger} ledger's rows {start} to {end.size}: {error}") from error
            await storage.keep_places(tx, self._ledger, start, end.size, firsts)
        await self._append(start, leaves, end.root)
        return len(leaves)

    async def _append(self, start: int, leaves: Sequence[bytes], root: bytes) -> None:
        # Contents one at a time: each may have 4 MB.
        for leaf in leaves:
            if is_by_digest(leaf):
                contents = await self._contents(leaf)
                await self._write(lambda: self._folder.append(start, (), contents))  # noqa: B023 - awaited at once
        await self._write(lambda: self._folder.append(start, leaves, root=root))

    async def _contents(self, leaf: bytes) -> list[bytes]:
        try:
            async with self._database.transaction() as tx:
                return await ledger_storage.contents_behind(tx, leaf)
        except (KeyError, LeafError) as error:
            raise BytesDiffer(
                f"a leaf of the {self._ledger} ledger lacks what it holds by digest: {error!r}"
            ) from error

    async def _write(self, work: Callable[[], T]) -> T:
        """In a thread; one that has begun is waited for, or the next would write over its temporary files."""
        async with self._writing:
            running = asyncio.ensure_future(asyncio.to_thread(work))
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                await asyncio.wait([running])
                raise
