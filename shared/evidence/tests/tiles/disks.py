"""Disks for tests: one in memory that loses what was not fsynced, one on real files that fails or lies on demand."""

import errno
import os
import posixpath
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ewaste.evidence.tiles.disk import Disk

__all__ = ["Crash", "FaultyDisk", "KillingDisk", "MemoryDisk", "failing"]


class Crash(BaseException):
    """The power went."""


@dataclass(eq=False)
class Node:
    seen: bytes = b""
    durable: bytes = b""


class MemoryDisk(Disk):
    """Files and folders as processes see them, and as they would be after the power went.

    A file's bytes last with its fsync, a name with the fsync of its folder; what was not synced lasts or not, as
    `choose` says. `steps` counts down with every change; at zero the power goes.
    """

    def __init__(self) -> None:
        self.seen: dict[str, Node | None] = {"/": None}
        self.durable: dict[str, Node | None] = {"/": None}
        self.open: dict[int, tuple[str, Node]] = {}
        self.steps: int | None = None
        self.made = 0

    def crash(self, choose: Callable[[int], int]) -> None:
        """Keep what was synced, and of the rest what `choose(n)` (0 to n - 1) says."""
        for path in sorted(self.seen.keys() | self.durable.keys(), key=len):
            if self.seen.get(path, self) is not self.durable.get(path, self) and choose(2):
                self._persist(path)
        for node in {id(node): node for node in self.durable.values() if node}.values():
            torn = node.seen[: len(node.seen) // 2] + bytes(len(node.seen) - len(node.seen) // 2)
            if node.seen != node.durable:
                node.durable = node.seen = (node.durable, node.seen, torn)[choose(3)]
        self.durable = {path: node for path, node in self.durable.items() if self._reachable(path)}
        self.seen, self.open, self.steps = dict(self.durable), {}, None

    def read(self, path: str) -> bytes | None:
        node = self.seen.get(path)
        return node.seen if node else None

    def names(self, path: str) -> list[str]:
        return [posixpath.basename(each) for each in self.seen if posixpath.dirname(each) == path and each != path]

    def create(self, path: str) -> int:
        self._step()
        node = self.seen[path] = Node()
        return self._opened(path, node)

    def write(self, file: int, content: memoryview) -> int:
        self._step()
        taken = max(len(content) // 2, 1)
        self.open[file][1].seen += bytes(content[:taken])
        return taken

    def fsync(self, file: int) -> None:
        self._step()
        node = self.open[file][1]
        node.durable = node.seen

    def fsync_all(self, files: Iterable[int]) -> None:
        for file in files:
            self.fsync(file)

    def sync_folders(self, paths: Iterable[str]) -> None:
        for path in paths:
            self.sync_folder(path)

    def read_back(self, file: int, most: int) -> bytes:
        return self.open[file][1].seen[:most]

    def close(self, file: int) -> None:
        self.open.pop(file, None)

    def rename(self, old: str, new: str) -> None:
        self._step()
        assert posixpath.dirname(new) in self.seen
        self.seen[new] = self.seen.pop(old)

    def make_folder(self, path: str) -> None:
        self._step()
        assert posixpath.dirname(path) in self.seen
        self.seen.setdefault(path, None)

    def sync_folder(self, path: str) -> None:
        self._step()
        for name in {each for each in (*self.seen, *self.durable) if posixpath.dirname(each) == path}:
            self._persist(name)

    def remove(self, path: str) -> None:
        self._step()
        self.seen.pop(path, None)

    def remove_folder(self, path: str) -> None:
        self._step()
        assert not self.names(path)
        del self.seen[path]

    def lock(self, path: str) -> int:
        if any(name == path for name, _ in self.open.values()):
            raise BlockingIOError
        node = self.seen.setdefault(path, Node()) or Node()
        return self._opened(path, node)

    def _opened(self, path: str, node: Node) -> int:
        self.made += 1
        self.open[self.made] = (path, node)
        return self.made

    def _persist(self, path: str) -> None:
        if path in self.seen:
            self.durable[path] = self.seen[path]
        else:
            self.durable.pop(path, None)

    def _reachable(self, path: str) -> bool:
        above = posixpath.dirname(path)
        return path == "/" or (above in self.durable and self._reachable(above))

    def _step(self) -> None:
        if self.steps is not None:
            if self.steps <= 0:
                raise Crash
            self.steps -= 1


class FaultyDisk(Disk):
    """Real files; from the `at`-th change on, `fault` is called in its place (`times` times).

    It waits for no disk: what a machine that stops leaves behind is `MemoryDisk`'s to show.
    """

    def __init__(self, at: int = -1, fault: Callable[[], int | None] | None = None, times: int = 1) -> None:
        super().__init__()
        self.count, self.at, self.fault, self.times = 0, at, fault, times
        self.calls: list[str] = []

    def _hit(self, call: str) -> bool:
        self.calls.append(call)
        self.count += 1
        return self.fault is not None and self.at < self.count <= self.at + self.times

    def _or_fault(self, call: str) -> None:
        if self._hit(call) and self.fault is not None:
            self.fault()

    def create(self, path: str) -> int:
        self._or_fault("create")
        return super().create(path)

    def write(self, file: int, content: memoryview) -> int:
        if self._hit("write") and self.fault is not None:
            taken = self.fault()
            # A forged answer: half is written, all is claimed.
            os.write(file, content[: len(content) // 2])
            return len(content) if taken is None else taken
        return super().write(file, content)

    def fsync(self, file: int) -> None:
        self._or_fault("fsync")

    def fsync_all(self, files: Iterable[int]) -> None:
        for file in files:
            self.fsync(file)

    def sync_folders(self, paths: Iterable[str]) -> None:
        for path in paths:
            self.sync_folder(path)

    def rename(self, old: str, new: str) -> None:
        self._or_fault("rename")
        super().rename(old, new)

    def make_folder(self, path: str) -> None:
        self._or_fault("make_folder")
        super().make_folder(path)

    def sync_folder(self, path: str) -> None:
        self._or_fault("sync_folder")

    def remove(self, path: str) -> None:
        self._or_fault("remove")
        super().remove(path)


class KillingDisk(FaultyDisk):
    """The process is killed in place of the `at`-th change."""

    def __init__(self, at: int) -> None:
        super().__init__(at, lambda: os.kill(os.getpid(), signal.SIGKILL))


def failing(number: int) -> Callable[[], int | None]:
    """A fault that is this error of the system, as ``errno.EIO``."""

    def fail() -> int | None:
        raise OSError(number, errno.errorcode[number])

    return fail
