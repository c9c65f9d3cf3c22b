"""Files that are whole and on the disk, or not there: temp file, fsync, read back, rename, fsync of the folder."""

import posixpath
from collections.abc import Mapping, Sequence

from ewaste.evidence.tiles.disk import Disk

__all__ = ["BytesDiffer", "FolderInUse", "Store", "WriteBroken"]

_TEMP = ".temp"
_LOCK = ".lock"
_AT_ONCE = 64


class BytesDiffer(Exception):
    """A file of the log holds other bytes than its entries make: an alarm, not a fault to be retried.

    Someone changed the file or the entries. Stop, keep both, and compare them with a mirror.
    """


class WriteBroken(OSError):
    """What was written does not read back: the disk or its driver lies. Nothing was put in place; check the disk."""


class FolderInUse(RuntimeError):
    """Another process writes this log: there must be one only."""


class Store:
    """A folder that one process writes. Every file it gives was once whole on the disk.

    Raises OSError as the disk does, and leaves every name as it was before or after the call. Raises FolderInUse.
    """

    def __init__(self, root: str, disk: Disk) -> None:
        self._root = root
        self._disk = disk
        self._folders: set[str] = set()
        disk.make_folder(root)
        try:
            self._held = disk.lock(self._at(_LOCK))
        except BlockingIOError as error:
            raise FolderInUse(f"another process writes the log in {root}; stop it first") from error
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let another process write."""
        self._disk.close(self._held)

    def read(self, path: str) -> bytes | None:
        """The file at this path of the log; None where there is none."""
        return self._disk.read(self._at(path))

    def put_once(self, files: Mapping[str, bytes], then: tuple[str, bytes] | None = None) -> None:
        """Put these files in place; one that is there must hold the same bytes: else BytesDiffer.

        It is written again all the same: after a failed fsync nobody knows what of it is on the disk. ``then`` is put
        in place of what is there under its name, once all the others are on the disk.
        """
        for path, content in files.items():
            if (found := self.read(path)) not in (None, content):
                raise BytesDiffer(f"{path} holds {len(found or b'')} other bytes than the {len(content)} to be written")
        items = list(files.items())
        # Not too many files open at once; the last of them share their wait for the disk with `then`.
        while len(items) > _AT_ONCE:
            self._put(items[:_AT_ONCE], None)
            items = items[_AT_ONCE:]
        self._put(items, then)

    def put(self, path: str, content: bytes) -> None:
        """Put this file in place of what is there."""
        self._put([], (path, content))

    def remove_folder(self, path: str) -> None:
        """Remove a folder of files, where there is one."""
        if names := self._disk.names(self._at(path)):
            self._folders.discard(path)
            for name in names:
                self._disk.remove(self._at(f"{path}/{name}"))
            self._disk.remove_folder(self._at(path))

    def _prepare(self) -> None:
        self._disk.sync_folder(posixpath.dirname(self._root))
        self._disk.make_folder(self._at(_TEMP))
        # What a killed writer left half done.
        for name in self._disk.names(self._at(_TEMP)):
            self._disk.remove(self._at(f"{_TEMP}/{name}"))

    def _put(self, items: Sequence[tuple[str, bytes]], then: tuple[str, bytes] | None) -> None:
        every = [*items, then] if then else items
        temps = [self._at(f"{_TEMP}/{number}") for number in range(len(every))]
        self._write_temps(temps, every)
        self._rename(temps, items)
        if then:
            self._rename(temps[-1:], [then])

    def _rename(self, temps: Sequence[str], items: Sequence[tuple[str, bytes]]) -> None:
        folders = dict.fromkeys(posixpath.dirname(path) for path, _ in items)
        changed = dict(folders)
        for folder in folders:
            self._make(folder, changed)
        for temp, (path, _) in zip(temps, items, strict=False):
            self._disk.rename(temp, self._at(path))
        self._disk.sync_folders(self._at(folder) for folder in changed)
        self._folders.update(folders)

    def _write_temps(self, temps: Sequence[str], items: Sequence[tuple[str, bytes]]) -> None:
        files: list[int] = []
        try:
            for temp, (path, content) in zip(temps, items, strict=True):
                files.append(self._disk.create(temp))
                self._write(files[-1], path, memoryview(content))
            self._disk.fsync_all(files)
            for file, (path, content) in zip(files, items, strict=True):
                if self._disk.read_back(file, len(content) + 1) != content:
                    raise WriteBroken(f"{path} does not read back as it was written")
        finally:
            for file in files:
                self._disk.close(file)

    def _write(self, file: int, path: str, content: memoryview) -> None:
        while content:
            if (taken := self._disk.write(file, content)) <= 0:
                raise WriteBroken(f"the disk takes no bytes of {path}")
            content = content[taken:]

    def _make(self, folder: str, changed: dict[str, None]) -> None:
        """Make a folder and those above it; `changed` gets all whose names must last for this one to last."""
        if not folder or folder in self._folders:
            return
        above = posixpath.dirname(folder)
        self._make(above, changed)
        self._disk.make_folder(self._at(folder))
        changed[above] = None
        changed[folder] = None

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}" if path else self._root
