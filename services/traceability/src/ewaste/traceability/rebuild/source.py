"""A log's folder or a mirror of it, as what a ledger is made from or held to."""

from pathlib import Path

from ewaste.evidence.notes.checkpoints import Checkpoint, CheckpointError, parse_checkpoint
from ewaste.evidence.notes.note import NoteError, parse_note
from ewaste.evidence.tiles.layout import CHECKPOINT_PATH
from ewaste.evidence.tiles.tree import TileTree

__all__ = ["LogSource", "SourceUnusable"]


class SourceUnusable(Exception):
    """This folder holds no log of this ledger: the message says what to do."""


class LogSource:
    """Read as its checkpoint says. Raises SourceUnusable where there is none, or it is another log's."""

    def __init__(self, folder: Path, origin: str) -> None:
        self.folder = folder
        self.checkpoint = self._checkpoint(origin)
        self.tree = TileTree(self.read, self.checkpoint.size)

    def read(self, path: str) -> bytes | None:
        """The bytes at a path of the log."""
        try:
            return (self.folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _checkpoint(self, origin: str) -> Checkpoint:
        note = self.read(CHECKPOINT_PATH)
        if note is None:
            raise SourceUnusable(
                f"{self.folder} has no checkpoint: give a log's folder, or one `ewaste-auditor mirror` made"
            )
        try:
            found = parse_checkpoint(parse_note(note).text)
        except (NoteError, CheckpointError) as error:
            raise SourceUnusable(f"{self.folder / CHECKPOINT_PATH} can't be read: {error}") from None
        if found.origin != origin:
            raise SourceUnusable(f"{self.folder} is the log {found.origin}, not {origin}: is EWASTE_CITY right?")
        return found
