"""The file that `fetch` writes and everything else reads: one JSON line per leaf, then one line with the head."""

import json
from array import array
from binascii import a2b_base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Self

from ewaste.auditor.errors import CannotRun

__all__ = ["BrokenLine", "CannotRun", "Head", "LedgerFile", "Line", "heads_file", "heads_seen", "read_line"]

_TAIL_BYTES: Final = 4_096
_HEAD_KEYS: Final = {"origin", "size", "root"}


class BrokenLine(ValueError):
    """A line is neither a leaf nor a head."""


@dataclass(frozen=True, slots=True)
class Line:
    """One leaf at its index; `contents` are the bytes that it holds by digest only."""

    index: int
    leaf: bytes
    contents: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """What the ledger's owner said of it: so many leaves under this root (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def to_line(self) -> bytes:
        return json.dumps({"origin": self.origin, "size": self.size, "root": self.root.hex()}).encode() + b"\n"


def read_line(raw: bytes) -> Line | Head:
    """One line of the file; raises `BrokenLine`."""
    try:
        fields = json.loads(raw)
        if isinstance(fields, dict) and fields.keys() == _HEAD_KEYS:
            return _head(fields)
        index, contents = fields["index"], fields.get("contents", ())
        if type(index) is not int or index < 0 or not isinstance(contents, list | tuple):
            raise BrokenLine(f"index {index!r} is not a number of a leaf")
        return Line(index, _bytes(fields["leaf"]), tuple(_bytes(content) for content in contents))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BrokenLine(f"{type(error).__name__}: {error}") from None


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        raise BrokenLine("need base64 text")
    return a2b_base64(text.encode(), strict_mode=True)


def _head(fields: dict[str, object]) -> Head:
    origin, size, root = fields["origin"], fields["size"], fields["root"]
    if not isinstance(origin, str) or type(size) is not int or not isinstance(root, str) or len(root) != 64:
        raise BrokenLine("the head needs origin, size and a root of 64 hex digits")
    return Head(origin, size, bytes.fromhex(root))


class LedgerFile:
    """A fetched ledger, read from front to back and at single places. Raises `CannotRun` when it can't be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise CannotRun(f"{path} can't be read: {error.strerror}. Give the file that `fetch` wrote.") from None
        self.bytes = path.stat().st_size
        self.head, self._end = self._read_head()
        self._starts = array("Q")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _read_head(self) -> tuple[Head, int]:
        self._file.seek(max(0, self.bytes - _TAIL_BYTES))
        tail = self._file.read()
        last = tail.rstrip(b"\n").rpartition(b"\n")[2]
        try:
            found = read_line(last)
        except BrokenLine:
            found = None
        if not isinstance(found, Head):
            raise CannotRun(
                f"{self.path} has no head line at its end: it is not a fetched ledger, or the fetch was interrupted. "
                f"Run `ewaste-auditor fetch` with the same file again; it goes on where it stopped."
            )
        return found, self.bytes - len(tail) + tail.rindex(last)

    def raw_lines(self) -> Iterator[tuple[int, bytes]]:
        """Every line before the head, with the byte it starts at; remembers where each is for `line_at`."""
        self._starts = array("Q")
        with self.path.open("rb") as file:
            at = 0
            for raw in file:
                if at >= self._end:
                    return
                self._starts.append(at)
                yield at, raw
                at += len(raw)

    def line_at(self, position: int) -> Line:
        """The line at a position that `raw_lines` has passed. Raises `BrokenLine`."""
        self._file.seek(self._starts[position])
        found = read_line(self._file.readline())
        if not isinstance(found, Line):
            raise BrokenLine("a head stands among the leaves")
        return found

    def leaves(self, start: int, end: int) -> Iterator[bytes]:
        """The leaves at these positions; a broken line counts as empty. `raw_lines` has passed them."""
        if start >= end:
            return
        self._file.seek(self._starts[start])
        for _ in range(start, end):
            try:
                found = read_line(self._file.readline())
            except BrokenLine:
                found = None
            yield found.leaf if isinstance(found, Line) else b""


def heads_file(path: Path) -> Path:
    """Where `fetch` keeps every head that it was ever given for this file."""
    return path.with_name(path.name + ".heads")


def heads_seen(path: Path) -> Iterable[Head]:
    """The heads that earlier fetches of this file were given. Raises `CannotRun` on a line that is none."""
    found = heads_file(path)
    if not found.exists():
        return
    for number, raw in enumerate(found.read_bytes().splitlines(), 1):
        try:
            head = read_line(raw)
        except BrokenLine:
            head = None
        if not isinstance(head, Head):
            raise CannotRun(f"{found} line {number} is no head. Mend or remove the line; it is your own.")
        yield head
