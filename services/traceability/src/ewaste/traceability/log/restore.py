"""A ledger from its tiles: what a restored backup lacks, taken from the log's folder (or a mirror put in its place).

Reading Kafka again would not do: the order between partitions would be another, and so would be the history.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final, Protocol

from ewaste.evidence.ledger.contents import digests_of, restored
from ewaste.evidence.ledger.record import Record, decode_leaf
from ewaste.evidence.notes.checkpoints import Checkpoint, HistoryForked, sign_checkpoint
from ewaste.evidence.tiles.files import BytesDiffer, LogFolder
from ewaste.evidence.tiles.layout import ENTRIES, TILE_WIDTH, content_path, tile_in
from ewaste.evidence.tiles.tree import TileTree, read_bundle
from ewaste.runtime.database import Database, Transaction, driver, write_rows
from ewaste.traceability.consumers import sequencer_name
from ewaste.traceability.ledger import storage as ledger_storage
from ewaste.traceability.ledger.model import Ledger, Segment, append
from ewaste.traceability.log import storage
from ewaste.traceability.log.folder import open_folder
from ewaste.traceability.log.keys import LogKeys
from ewaste.traceability.log.model import origin_of
from ewaste.traceability.log.places import first_places
from ewaste.traceability.settings import Settings

__all__ = ["Readable", "extend", "restore_ledger"]

_BUNDLES: Final = 8
_POSITIONS: Final = """
INSERT INTO position AS p (consumer, topic, partition, next_offset)
SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::bigint[])
ON CONFLICT (consumer, topic, partition) DO UPDATE SET next_offset = GREATEST(p.next_offset, excluded.next_offset)
"""
# What the backup did not know to be published was published: never again, and never its number for another event.
_PUBLISHED: Final = """
UPDATE outbox o SET published_at = now(), sequence = t.sequence
FROM unnest($1::uuid[], $2::bigint[]) AS t(id, sequence) WHERE o.id = t.id AND o.published_at IS NULL
"""
_NUMBERS: Final = "UPDATE head SET next = GREATEST(next, $1) WHERE name = 'outbox'"


class Readable(Protocol):
    """A log's folder, a mirror: whatever gives the bytes at a path of a log, or None."""

    def read(self, path: str) -> bytes | None: ...


async def restore_ledger(database: Database, settings: Settings, ledger: Ledger) -> tuple[int, int]:
    """Append to the ledger what its log's folder holds beyond it; gives its size before and after.

    The service must not run. Raises FolderInUse; HistoryForked or BytesDiffer where ledger and tiles are not of one
    history, and then changes nothing; LookupError where the folder lacks files.
    """
    folder = await open_folder(settings.log_folder(ledger), origin_of(settings.city, ledger))
    try:
        return await _restored(database, settings, ledger, folder)
    finally:
        folder.close()


async def _restored(database: Database, settings: Settings, ledger: Ledger, folder: LogFolder) -> tuple[int, int]:
    tree = folder.tree()
    async with database.transaction() as tx:
        head = await ledger_storage.head(tx, ledger)
    if head.size > tree.size:
        raise HistoryForked(f"the ledger has {head.size} entries, its log {tree.size}: there is nothing to restore")
    if tree.root(head.size) != head.root:
        raise BytesDiffer(
            f"the first {head.size} entries of the {ledger} ledger are not those of its log: restore an older backup"
        )
    size = head.size
    while size < tree.size:
        async with database.transaction() as tx:
            size = await extend(tx, settings, ledger, tree, folder, size)
    async with database.transaction() as tx:
        await _sign_head(tx, settings, ledger, folder.head)
    return head.size, size


async def extend(
    tx: Transaction, settings: Settings, ledger: Ledger, tree: TileTree, folder: Readable, start: int
) -> int:
    """Append some bundles of the log to the ledger, which has `start` entries; gives its size then.

    Raises BytesDiffer where they do not make the tree's root there, LookupError where the folder lacks files.
    """
    leaves = _leaves(tree, folder, start)
    records = [_record(folder, leaf) for leaf in leaves]
    epoch = await ledger_storage.take_epoch(tx, ledger)
    segment = append(await ledger_storage.lock_frontier(tx, ledger, epoch), records)
    if segment.start != start or segment.root != tree.root(segment.size):
        raise BytesDiffer(f"entries {start} to {segment.size} of the {ledger} log do not make its root there")
    await ledger_storage.save(tx, ledger, segment)
    await storage.keep_places(tx, ledger, start, segment.size, first_places(leaves))
    await _move_positions(tx, f"{settings.context}.{sequencer_name(ledger)}", records)
    await _note_published(tx, settings.source, segment)
    return segment.size


def _leaves(tree: TileTree, folder: Readable, start: int) -> list[bytes]:
    """The leaves from `start` to the end of some bundles."""
    first = start // TILE_WIDTH
    last = min(first + _BUNDLES, -(-tree.size // TILE_WIDTH))
    bundles = [read_bundle(folder.read, tile_in(ENTRIES, each, tree.size)) for each in range(first, last)]
    return [leaf for bundle in bundles for leaf in bundle][start % TILE_WIDTH :]


def _record(folder: Readable, leaf: bytes) -> Record:
    stored = decode_leaf(leaf)
    return stored if isinstance(stored, Record) else restored(stored, _contents(folder, digests_of(stored)))


def _contents(folder: Readable, digests: Iterable[bytes]) -> Iterable[bytes]:
    for digest in digests:
        content = folder.read(content_path(digest))
        if content is None or sha256(content).digest() != digest:
            raise LookupError(f"{content_path(digest)} is not there or was changed: bring it from a mirror")
        yield content


async def _move_positions(tx: Transaction, consumer: str, records: Sequence[Record]) -> None:
    ends = {(each.topic, each.partition): each.offset + 1 for each in records}
    await write_rows(tx, _POSITIONS, [(consumer, *partition, end) for partition, end in ends.items()])


async def _note_published(tx: Transaction, source: str, segment: Segment) -> None:
    own = [each.envelope for each in segment.entries if each.envelope and each.envelope.source == source]
    numbered = [(each.id, number) for each in own if (number := each.sequence_number) is not None]
    if numbered:
        await write_rows(tx, _PUBLISHED, numbered)
        await (await driver(tx)).execute(_NUMBERS, max(number for _, number in numbered) + 1)


async def _sign_head(tx: Transaction, settings: Settings, ledger: Ledger, head: Checkpoint) -> None:
    """What was ever signed lies within the tiles: their head is signed, so that witnesses are not ahead of it."""
    if head.size:
        signers = LogKeys(settings.log_key_file(ledger), head.origin).signers()
        await storage.keep_signed(tx, ledger, head, sign_checkpoint(head, signers).to_bytes())
