"""A folder that holds a copy of one log: its checkpoint, tiles, entries and contents, in the layout of tlog-tiles.

Reading believes nothing: `ewaste.auditor.verify` holds every file to the checkpoint, and the checkpoint to a policy.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Self

from ewaste.auditor.errors import CannotRun
from ewaste.evidence.ledger.contents import digests_of, restored
from ewaste.evidence.ledger.record import Record, decode_leaf
from ewaste.evidence.notes.checkpoints import Checkpoint, CheckpointError, parse_checkpoint
from ewaste.evidence.notes.note import NoteError, parse_note
from ewaste.evidence.tiles.layout import CHECKPOINT_PATH, ENTRIES, TILE_WIDTH, content_path, tile_in
from ewaste.evidence.tiles.tree import Read, TileTree, read_bundle

__all__ = ["Mirror", "files_in"]

_KEPT_BUNDLES = 64


def files_in(folder: Path) -> Read:
    """Reads the file at a path of the log in this folder; None where there is none."""

    def read(path: str) -> bytes | None:
        try:
            with open(f"{folder}/{path}", "rb", buffering=0) as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None

    return read


class Mirror:
    """A log as its files say: `checkpoint` is parsed from `note` and not verified, `tree` is as large as it says.

    Methods raise TileMissing and TileBroken where files are not as a tree of this size has them, IndexError for what
    it has not. Memory does not grow with the log: 64 bundles and 1,024 tiles are kept.
    """

    def __init__(self, folder: Path, note: bytes, checkpoint: Checkpoint) -> None:
        self.folder = folder
        self.note = note
        self.checkpoint = checkpoint
        self.origin = checkpoint.origin
        self.read = files_in(folder)
        self.tree = TileTree(self.read, checkpoint.size)
        self._bundle = lru_cache(_KEPT_BUNDLES)(self.bundle)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The log in this folder. Raises `CannotRun` where there is none."""
        try:
            note = (folder / CHECKPOINT_PATH).read_bytes()
        except OSError as error:
            raise CannotRun(
                f"{folder} holds no checkpoint ({error.strerror}): it is no mirror, or taking it was interrupted. "
                f"Run `ewaste-auditor mirror URL {folder}`; it goes on where it stopped."
            ) from None
        try:
            return cls(folder, note, parse_checkpoint(parse_note(note).text))
        except (NoteError, CheckpointError) as error:
            raise CannotRun(
                f"{folder / CHECKPOINT_PATH} is no checkpoint ({error}). Keep it as proof if you did not change it, "
                f"then take the mirror into a new folder."
            ) from None

    @property
    def size(self) -> int:
        """How many records the checkpoint counts."""
        return self.checkpoint.size

    def leaf(self, index: int) -> bytes:
        """The leaf at this index, as the ledger hashes it."""
        if not 0 <= index < self.size:
            raise IndexError(f"record {index} is not in a ledger of {self.size}")
        return self._bundle(index // TILE_WIDTH)[index % TILE_WIDTH]

    def leaves(self, start: int = 0, end: int | None = None) -> Iterator[tuple[int, bytes]]:
        """The leaves from `start` to before `end` (default: all) with their indices, bundle by bundle."""
        end = self.size if end is None else end
        if not 0 <= start <= end <= self.size:
            raise IndexError(f"records {start} to {end} are not in a ledger of {self.size}")
        for bundle in range(start // TILE_WIDTH, -(-end // TILE_WIDTH)):
            first = bundle * TILE_WIDTH
            for index, leaf in enumerate(self.bundle(bundle), first):
                if start <= index < end:
                    yield index, leaf

    def record(self, index: int) -> Record:
        """The record at this index, whole. Raises LeafError also where a content that it names is not here."""
        return self.record_of(self.leaf(index))

    def records(self, start: int = 0, end: int | None = None) -> Iterator[tuple[int, Record]]:
        """The records from `start` to before `end` (default: all) with their indices. Raises LeafError."""
        for index, leaf in self.leaves(start, end):
            yield index, self.record_of(leaf)

    def record_of(self, leaf: bytes) -> Record:
        """The whole record of a leaf of this log. Raises LeafError."""
        stored = decode_leaf(leaf)
        if isinstance(stored, Record):
            return stored
        return restored(stored, self.contents(digests_of(stored)))

    def contents(self, digests: list[bytes]) -> list[bytes]:
        """Of the bytes that leaves hold by digest only, those that are here; whoever uses them hashes them."""
        found = (self.read(content_path(digest)) for digest in digests)
        return [content for content in found if content is not None]

    def bundle(self, bundle: int) -> list[bytes]:
        """The up to 256 leaves of this bundle; its first has index 256 times its number."""
        return read_bundle(self.read, tile_in(ENTRIES, bundle, self.size))
