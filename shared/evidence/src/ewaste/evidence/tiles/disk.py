"""The few calls to the operating system that keep a log's files: nothing else here may touch a file.

Tests put a disk in its place that fails, lies, or loses what was not fsynced.
"""

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["Disk"]

T = TypeVar("T")


class Disk:
    """Raises OSError as the system does. Paths are text; a file descriptor is what `create` and `lock` gave."""

    def __init__(self, threads: int = 8) -> None:
        # What one append writes waits for the disk together: one after the other takes four times as long.
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="disk")

    def read(self, path: str) -> bytes | None:
        """The content of a file; None where there is none."""
        try:
            with open(path, "rb", buffering=0) as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def names(self, path: str) -> list[str]:
        """What a folder holds; nothing where there is none."""
        try:
            return os.listdir(path)
        except FileNotFoundError:
            return []

    def create(self, path: str) -> int:
        """An empty file, open to write and read."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)

    def write(self, file: int, content: memoryview) -> int:
        """Write at the end; gives how many bytes were taken, maybe fewer than all."""
        return os.write(file, content)

    def fsync(self, file: int) -> None:
        """Return when the file's bytes are on the disk."""
        os.fsync(file)

    def fsync_all(self, files: Iterable[int]) -> None:
        """Return when the bytes of all these files are on the disk."""
        self._together(self.fsync, files)

    def read_back(self, file: int, most: int) -> bytes:
        """What an open file holds from its start."""
        parts: list[bytes] = []
        at = 0
        while at < most and (part := os.pread(file, most - at, at)):
            parts.append(part)
            at += len(part)
        return b"".join(parts)

    def close(self, file: int) -> None:
        """Give the file up; a lock on it falls."""
        os.close(file)

    def rename(self, old: str, new: str) -> None:
        """Put the file under its new name, in one step, in place of what stands there."""
        os.replace(old, new)

    def make_folder(self, path: str) -> None:
        """A folder, its parent being there; nothing where it is there already."""
        with contextlib.suppress(FileExistsError):
            os.mkdir(path)

    def sync_folder(self, path: str) -> None:
        """Return when the names in this folder are on the disk."""
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def sync_folders(self, paths: Iterable[str]) -> None:
        """Return when the names in all these folders are on the disk."""
        self._together(self.sync_folder, paths)

    def remove(self, path: str) -> None:
        """Remove a file; nothing where there is none."""
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)

    def remove_folder(self, path: str) -> None:
        """Remove an empty folder."""
        os.rmdir(path)

    def lock(self, path: str) -> int:
        """Hold this file for one process alone. Raises BlockingIOError while another one does."""
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            raise
        return file

    def _together(self, sync: Callable[[T], None], what: Iterable[T]) -> None:
        for _ in self._pool.map(sync, what):
            pass
