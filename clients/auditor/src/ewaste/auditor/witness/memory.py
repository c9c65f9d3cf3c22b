"""What a witness has cosigned, one file per log: on the disk before an answer leaves, and never an older one again."""

import contextlib
import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock
from typing import Final

from ewaste.auditor.errors import CannotRun
from ewaste.evidence.notes.checkpoints import Checkpoint, parse_checkpoint
from ewaste.evidence.notes.keys import NoteKey
from ewaste.evidence.notes.note import NoteError, open_note
from ewaste.evidence.tiles.disk import Disk
from ewaste.evidence.tiles.store import FolderInUse, Store

__all__ = ["Cosigning", "LogMemory", "NotRemembered", "claim_folder", "log_id", "open_memories"]

_OWNER: Final = "witness"
_STATE: Final = "checkpoint"
_REFUSED: Final = "refused"
_MOST_REFUSED: Final = 20
_DISK_FAILED: Final = "its memory could not be written; look at the disk, then start the witness again"


def log_id(origin: str) -> str:
    """SHA-256 of the origin in hex: the log's name in folders and addresses."""
    return hashlib.sha256(origin.encode()).hexdigest()


class NotRemembered(Exception):
    """The disk did not take a checkpoint: nothing may be answered for this log until the witness is started again."""


class Cosigning:
    """A checkpoint with the witness's own signature, verified, and when that was made, in seconds since 1970."""

    __slots__ = ("checkpoint", "note", "time")

    def __init__(self, note: bytes, key: NoteKey) -> None:
        parsed, (mine,) = open_note(note, [key])
        self.note = note
        self.checkpoint: Checkpoint = parse_checkpoint(parsed.text)
        self.time: int = mine.time or 0


class LogMemory:
    """The last checkpoint of one log; hold `lock` from reading `last` until `remember` is back.

    After a write that failed nobody knows which checkpoint a restart would find, so nothing of this log is cosigned
    until then: `broken` says why. Raises CannotRun at the start.
    """

    def __init__(self, folder: Path, origin: str, key: NoteKey, disk: Disk) -> None:
        self.origin, self.id, self.lock = origin, log_id(origin), Lock()
        self.broken: str | None = None
        self._key = key
        self._store = _store(folder / self.id, disk)
        self.refused = {path.name for path in (folder / self.id / _REFUSED).glob("*")}
        self.last = self._read(folder)
        if self.last:
            self._write_again(self.last)

    def remember(self, cosigning: Cosigning) -> None:
        """Return once it is on the disk in place of the last one. Raises NotRemembered."""
        try:
            self._store.put(_STATE, cosigning.note)
        except OSError as error:
            self.broken = f"{_DISK_FAILED} ({error})"
            raise NotRemembered(f"{self.origin}: {self.broken}") from error
        self.last = cosigning

    def keep_refused(self, request: bytes) -> None:
        """Keep a request that the log signed and that contradicts `last`: it may be proof. Twenty at most."""
        name = hashlib.sha256(request).hexdigest()[:32]
        if name not in self.refused and len(self.refused) < _MOST_REFUSED:
            # Best effort: what it answers does not rest on this file.
            with contextlib.suppress(OSError):
                self._store.put(f"{_REFUSED}/{name}", request)
                self.refused.add(name)

    def close(self) -> None:
        """Let another process go on from here."""
        self._store.close()

    def _write_again(self, last: Cosigning) -> None:
        """After a failed fsync the system may show bytes that the disk has not: make it have what is believed."""
        try:
            self.remember(last)
        except NotRemembered as error:
            self.close()
            raise CannotRun(str(error)) from error

    def _read(self, folder: Path) -> Cosigning | None:
        note = self._store.read(_STATE)
        if note is None:
            return None
        try:
            found = Cosigning(note, self._key)
            if found.checkpoint.origin != self.origin:
                raise NoteError(f"it is of {found.checkpoint.origin}")
        except ValueError as error:
            self.close()
            raise CannotRun(
                f"{folder / self.id / _STATE} is not what {self._key.name} has cosigned of {self.origin}: {error}. "
                "Don't mend it and don't take it away: retire this key and start a new witness in a new folder"
            ) from None
        return found


def claim_folder(folder: Path, key: NoteKey, *, is_new_key: bool, disk: Disk | None = None) -> None:
    """Tie the folder to this key: a key without its memory could cosign a second history.

    Raises CannotRun for an old key in an empty folder, and for a folder of another key.
    """
    store = _store(folder, disk or Disk())
    try:
        owner = store.read(_OWNER)
        if owner is None and not is_new_key:
            raise CannotRun(
                f"{folder} does not hold what {key.name} has cosigned so far. Put its folder back as it was; if "
                "that is lost, retire the key: start with a new --key and --folder, and hand its new line out"
            )
        if owner not in (None, f"{key}\n".encode()):
            raise CannotRun(f"{folder} belongs to the witness {owner.decode().strip()}; give another folder")
        store.put(_OWNER, f"{key}\n".encode())
    except OSError as error:
        raise CannotRun(f"{folder} can't be written: {error}") from error
    finally:
        store.close()


def open_memories(
    folder: Path, origins: Iterable[str], key: NoteKey, disk: Callable[[], Disk] = Disk
) -> dict[str, LogMemory]:
    """The memory of every log that is followed, by origin. Raises CannotRun."""
    found: dict[str, LogMemory] = {}
    try:
        for origin in origins:
            found[origin] = LogMemory(folder, origin, key, disk())
    except BaseException:
        for memory in found.values():
            memory.close()
        raise
    return found


def _store(folder: Path, disk: Disk) -> Store:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        return Store(str(folder.absolute()), disk)
    except FolderInUse:
        raise CannotRun(f"another witness works in {folder}; stop it first, there must be one only") from None
    except OSError as error:
        raise CannotRun(f"{folder} can't be used: {error}; give another with --folder") from None
