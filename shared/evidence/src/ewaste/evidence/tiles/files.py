"""The writer of a tiled log's folder: entries in, files out, the same bytes however often it is stopped.

The folder is what tlog-tiles serves (``checkpoint``, ``tile/…``), with ``content/…`` for what entries hold by digest
only. Names that start with a dot are the writer's own and are not to be served: ``.head`` says up to which size all
files are there, ``.temp`` holds files that are not whole yet, ``.lock`` keeps a second writer out.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

from ewaste.evidence.ledger.merkle import leaf_hash
from ewaste.evidence.notes.checkpoints import Checkpoint, guard_history, parse_checkpoint
from ewaste.evidence.notes.note import parse_note
from ewaste.evidence.tiles.disk import Disk
from ewaste.evidence.tiles.growth import Edge, grow, leaf_row
from ewaste.evidence.tiles.layout import CHECKPOINT_PATH, content_path, decode_bundle
from ewaste.evidence.tiles.store import BytesDiffer, FolderInUse, Store, WriteBroken
from ewaste.evidence.tiles.tree import TileBroken, TileMissing, TileTree

__all__ = ["BytesDiffer", "EntriesMissing", "FolderInUse", "LogFolder", "WriteBroken", "read_head"]

_HEAD = ".head"


class EntriesMissing(ValueError):
    """The entries start after the log's end: give those between first."""


def read_head(folder: Path) -> Checkpoint | None:
    """Size and root up to which the log in this folder is whole, whoever writes it; None where no log is."""
    stored = Disk(1).read(str(folder / _HEAD))
    return None if stored is None else parse_checkpoint(stored.decode())


class LogFolder:
    """The one writer of the log `origin` in a folder, which is made where its parent is there.

    Raises FolderInUse while another process writes it; BytesDiffer when files do not belong together; HistoryForked
    when the published checkpoint is not of this tree. OSError passes through every method: the log is then as before
    or after the call, and the call may be made again.
    """

    def __init__(self, folder: Path, origin: str, disk: Disk | None = None) -> None:
        self._store = Store(str(folder.absolute()), disk or Disk())
        try:
            self._origin = origin
            self._full: list[str] = []
            self._edge, self._head = self._open()
            if (published := self.published()) is not None:
                guard_history([parse_checkpoint(parse_note(published).text)], self.head.size, self.tree().root)
        except BaseException:
            self._store.close()
            raise

    @property
    def head(self) -> Checkpoint:
        """Size and root up to which every tile is on the disk: what may be signed."""
        return self._head

    def append(
        self, start: int, entries: Sequence[bytes], contents: Iterable[bytes] = (), root: bytes | None = None
    ) -> Checkpoint:
        """Write the tiles with these entries, the first of them at index ``start``, and give the new head.

        Entries that the log has already must be the same (BytesDiffer) and are passed over, so that whoever does not
        know how far it came may begin earlier. ``contents`` are what entries hold by digest only. ``root`` is the one
        after them, where it is known: entries that make another are not written (BytesDiffer). Raises EntriesMissing
        when ``start`` is beyond the end, BundleError for an entry that fits no bundle.
        """
        known = self._edge.size - start
        if known < 0:
            raise EntriesMissing(f"{self._origin} has {self._edge.size} entries; those from {start} cannot follow")
        self._require_same(start, entries[:known])
        growth = grow(self._edge, entries[known:])
        head = Checkpoint(self._origin, growth.edge.size, growth.edge.root())
        if root not in (None, head.root):
            raise BytesDiffer(f"entries {start} to {head.size} of {self._origin} do not make the root that is known")
        self._remove_partials()
        # An entry must never stand in the log before what it refers to, nor the head before what it counts.
        self._store.put_once({content_path(sha256(content).digest()): content for content in contents})
        self._store.put_once({tile.path: content for tile, content in growth.tiles.items()}, self._head_file(head))
        self._full += [tile.path for tile in growth.tiles if tile.full]
        self._edge, self._head = growth.edge, head
        return head

    def publish(self, note: bytes) -> None:
        """Put this signed checkpoint where readers look for it.

        Raises HistoryForked when it is not one of this tree, or older than the published one; NoteError,
        CheckpointError. Signatures are the caller's to check.
        """
        checkpoint = parse_checkpoint(parse_note(note).text)
        if checkpoint.origin != self._origin:
            raise BytesDiffer(f"a checkpoint of {checkpoint.origin} is not one of {self._origin}")
        guard_history([checkpoint], self._head.size, self.tree().root)
        if (published := self.published()) is not None:
            older = parse_checkpoint(parse_note(published).text)
            guard_history([older], checkpoint.size, self.tree().root)
        self._store.put(CHECKPOINT_PATH, note)

    def published(self) -> bytes | None:
        """The signed checkpoint that readers see; None before the first."""
        return self._store.read(CHECKPOINT_PATH)

    def read(self, path: str) -> bytes | None:
        """The file at this path of the log; None where there is none."""
        return self._store.read(path)

    def tree(self) -> TileTree:
        """The tree up to the head, read from the files: entries and proofs."""
        return TileTree(self._store.read, self._head.size)

    def close(self) -> None:
        """Let another process write."""
        # A partial file too many hurts nobody.
        with suppress(OSError):
            self._remove_partials()
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> tuple[Edge, Checkpoint]:
        stored = self._store.read(_HEAD)
        if stored is None:
            return Edge(), Checkpoint(self._origin, 0, Edge().root())
        head = parse_checkpoint(stored.decode())
        if head.origin != self._origin:
            raise BytesDiffer(f"the folder holds the log {head.origin}, not {self._origin}")
        try:
            edge = TileTree(self._store.read, head.size).edge()
        except (TileMissing, TileBroken) as error:
            raise BytesDiffer(f"the log ends at {head.size}, and its last tiles are not whole: {error}") from error
        leaves = leaf_row(decode_bundle(edge.bundle))
        if edge.root() != head.root or leaves != b"".join(edge.rows[:1]):
            raise BytesDiffer(f"the last tiles of {self._origin} do not make its root at size {head.size}")
        return edge, head

    def _require_same(self, start: int, entries: Sequence[bytes]) -> None:
        tree = self.tree()
        for index, entry in enumerate(entries, start):
            if tree.leaf_hash(index) != leaf_hash(entry):
                raise BytesDiffer(f"entry {index} of {self._origin} is another than the one to be written")

    def _head_file(self, head: Checkpoint) -> tuple[str, bytes] | None:
        return None if head == self._head else (_HEAD, head.text().encode())

    def _remove_partials(self) -> None:
        """Partial forms of tiles that are full on the disk; readers find the full form (tlog-tiles, Partial Tiles).

        Done before the next append writes: just after a write, a removal would wait for the disk.
        """
        while self._full:
            self._store.remove_folder(f"{self._full[-1]}.p")
            self._full.pop()
