"""Where a roster's files come from: a folder, or a zip that is never unpacked and never believed."""

import io
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Protocol
from zipfile import BadZipFile, ZipFile, ZipInfo

from ewaste.contracts.refusal import Refused

__all__ = ["Bounds", "Folder", "Source", "Zip", "open_source"]

_ENCRYPTED: Final = 0x1
_TOO_LARGE: Final = 413


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is read at most, unpacked; a city with 100,000 people has 50 MB."""

    bytes_in_all: int = 512 * 1024 * 1024
    files: int = 100
    rows: int = 2_000_000

    def __post_init__(self) -> None:
        if min(self.bytes_in_all, self.files, self.rows) < 1:
            raise ValueError("bounds of a roster must be positive")


class Source(Protocol):
    def names(self) -> frozenset[str]:
        """The files at the top. Raises `Refused` for a source that is not safe to read."""
        ...

    def open(self, name: str) -> IO[bytes]: ...


@dataclass(frozen=True, slots=True)
class Folder:
    path: Path

    def names(self) -> frozenset[str]:
        if not self.path.is_dir():
            raise Refused("roster-missing", f"there is no folder {self.path}; name the one with manifest.csv")
        return frozenset(one.name for one in self.path.iterdir() if one.is_file() and one.suffix == ".csv")

    def open(self, name: str) -> IO[bytes]:
        return (self.path / name).open("rb")


class Zip:
    """Entries are read as streams, so nothing is written anywhere; each reading is counted against the bounds."""

    def __init__(self, file: IO[bytes], bounds: Bounds) -> None:
        self._left = bounds.bytes_in_all
        try:
            self._zip = ZipFile(file)
        except (BadZipFile, OSError, ValueError, NotImplementedError):
            raise Refused("zip-invalid", "this is no zip file; zip manifest.csv and the files beside it") from None
        self._entries = self._checked(self._zip.infolist(), bounds)

    def names(self) -> frozenset[str]:
        return frozenset(self._entries)

    def open(self, name: str) -> IO[bytes]:
        try:
            return io.BufferedReader(_Counted(self, self._zip.open(self._entries[name])))
        except (BadZipFile, NotImplementedError, RuntimeError, ValueError):
            raise _broken(name) from None

    def read(self, stream: IO[bytes], size: int) -> bytes:
        """At most `size` bytes. What an entry's header says of its size is not believed."""
        data = stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise Refused("zip-too-large", "unpacked it is larger than allowed; send it in parts", status=_TOO_LARGE)
        return data

    def _checked(self, entries: list[ZipInfo], bounds: Bounds) -> dict[str, ZipInfo]:
        if len(entries) > bounds.files:
            raise Refused("zip-too-large", f"more than {bounds.files} entries; zip the roster alone", status=_TOO_LARGE)
        if sum(entry.file_size for entry in entries) > bounds.bytes_in_all:
            raise Refused("zip-too-large", "unpacked it is larger than allowed; send it in parts", status=_TOO_LARGE)
        kept: dict[str, ZipInfo] = {}
        for number, entry in enumerate(entries, 1):
            if _is_system_litter(entry.filename):
                continue
            _check_entry(number, entry, kept)
            kept[entry.filename] = entry
        return kept


class _Counted(io.RawIOBase):
    def __init__(self, owner: Zip, stream: IO[bytes]) -> None:
        self._owner = owner
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._owner.read(self._stream, len(buffer))
        except (BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
            raise _broken("the zip") from None
        except Exception as error:
            if type(error).__module__ in ("zlib", "lzma"):
                raise _broken("the zip") from None
            raise
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _is_system_litter(name: str) -> bool:
    """What a desktop adds by itself."""
    return name.startswith("__MACOSX/") or name in (".DS_Store", "Thumbs.db", "desktop.ini")


def _check_entry(number: int, entry: ZipInfo, kept: dict[str, ZipInfo]) -> None:
    """Entries are told by number: a name made to do harm is not repeated."""
    name = entry.filename
    if "/" in name or "\\" in name or ":" in name or name in ("", ".", ".."):
        detail = f"entry {number} is in a folder or points out of the zip; put the files at its top"
        raise Refused("zip-entry-unsafe", detail)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Refused("zip-entry-unsafe", f"entry {number} is a link; zip the file itself")
    if entry.flag_bits & _ENCRYPTED:
        raise Refused("zip-entry-unsafe", f"entry {number} is encrypted; zip it without a password")
    if name in kept:
        raise Refused("zip-entry-unsafe", f"entry {number} has the name of another entry; keep one of them")


def _broken(name: str) -> Refused:
    return Refused("zip-invalid", f"{name} can't be read; make the zip again")


@contextmanager
def open_source(path: Path, bounds: Bounds) -> Iterator[Source]:
    """A folder or a zip file. Raises `Refused`."""
    if path.suffix.lower() != ".zip":
        yield Folder(path)
        return
    try:
        file = path.open("rb")
    except OSError:
        raise Refused("roster-missing", f"can't read {path}; name a folder with manifest.csv or a zip") from None
    with file:
        yield Zip(file, bounds)
