"""Where the files of a course come from: a folder or a zip. Names lead nowhere else, and sizes are bounded."""

import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Protocol, cast

from ewaste.contracts.refusal import Refused

__all__ = ["FolderSource", "Source", "ZipSource", "opened", "read_file"]

_MOST_FILES: Final = 3_000
_MOST_BYTES: Final = 512 * 1024 * 1024
_PART: Final = r"(?!\.{1,2}(/|$))[^/\\:\x00-\x1f\x7f]{1,120}"
_NAME: Final = re.compile(rf"{_PART}(/{_PART}){{0,8}}")
"""Relative, no step up, no drive, no backslash, no control character."""
_LITTER: Final = re.compile(r"(.*/)?(\.[^/]*|__MACOSX|Thumbs\.db)(/.*)?")
"""What file managers leave behind; it is never part of a course."""


class Source(Protocol):
    @property
    def sizes(self) -> Mapping[str, int]:
        """Bytes by name, with slashes, in the order of names."""

    def open(self, name: str) -> BinaryIO: ...


class FolderSource:
    """Raises `Refused` for links, and for more than a course can be."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise Refused("folder-missing", f"{folder} is not a folder", field="folder")
        self._folder = folder
        self.sizes = _checked({name: (folder / name).stat().st_size for name in self._names()})

    def _names(self) -> list[str]:
        found = []
        for path in sorted(self._folder.rglob("*")):
            name = path.relative_to(self._folder).as_posix()
            if _LITTER.fullmatch(name):
                continue
            if path.is_symlink():
                raise Refused("file-unsafe", f"{name} is a link; copy the file itself into the folder", field=name)
            if path.is_file():
                found.append(name)
        return found

    def open(self, name: str) -> BinaryIO:
        return (self._folder / name).open("rb")


class ZipSource:
    """Raises `Refused` for what is no zip, for names that lead elsewhere, links, and more than a course can be."""

    def __init__(self, file: BinaryIO | Path, prefix: str = "") -> None:
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            raise Refused("zip-unreadable", "this is not a zip file; send the course's folder zipped") from None
        if len(self._zip.infolist()) > _MOST_FILES:
            raise Refused("too-many-files", f"more than {_MOST_FILES} files", field="body")
        files = [one for one in self._zip.infolist() if not one.is_dir()]
        for one in files:
            _check_entry(one)
        entries = [one for one in files if not _LITTER.fullmatch(one.filename)]
        if len({one.filename.casefold() for one in entries}) < len(entries):
            raise Refused("file-repeated", "two files of the zip have one name", field="body")
        self._prefix = prefix or _one_folder([one.filename for one in entries])
        self.sizes = _checked({one.filename.removeprefix(self._prefix): one.file_size for one in entries})

    def open(self, name: str) -> BinaryIO:
        return cast(BinaryIO, self._zip.open(self._prefix + name))


@contextmanager
def opened(source: Source, name: str) -> Iterator[BinaryIO]:
    """The file, open for reading; raises `Refused` where it can't be unpacked, also in the middle."""
    try:
        with source.open(name) as file:
            yield file
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, OSError):
        raise Refused("file-unreadable", f"{name} can't be read; zip the folder anew", field=name) from None


def read_file(source: Source, name: str, most: int) -> bytes:
    """The whole file; raises `Refused` where it is missing or larger than `most` bytes."""
    if name not in source.sizes:
        raise Refused("file-missing", f"{name} is not there", field=name)
    if source.sizes[name] > most:
        raise Refused("file-too-large", f"{name} has {source.sizes[name]} bytes, at most {most}", field=name)
    with opened(source, name) as file:
        return file.read(most)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    # A reader that trusts ".." or "/" writes outside its folder; one that follows a link reads outside it.
    if not _NAME.fullmatch(name):
        raise Refused("file-unsafe", f"{name[:80]!r}: a name must stay inside the folder", field="body")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Refused("file-unsafe", f"{name[:80]!r} is a link; put the file itself into the zip", field="body")
    if entry.flag_bits & 0x1:
        raise Refused("zip-encrypted", "the zip has a password; send it without", field="body")


def _one_folder(names: list[str]) -> str:
    """The folder in which everything lies, where someone zipped it from outside."""
    first = names[0].split("/")[0] + "/" if names else ""
    return first if first and "course.toml" not in names and all(name.startswith(first) for name in names) else ""


def _checked(sizes: dict[str, int]) -> dict[str, int]:
    if len(sizes) > _MOST_FILES:
        raise Refused("too-many-files", f"{len(sizes)} files; a course has at most {_MOST_FILES}", field="folder")
    if sum(sizes.values()) > _MOST_BYTES:
        raise Refused(
            "course-too-large", f"more than {_MOST_BYTES // 2**20} MiB; make two courses of it", field="folder"
        )
    return dict(sorted(sizes.items()))
