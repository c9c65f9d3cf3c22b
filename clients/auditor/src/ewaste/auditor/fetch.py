"""Download a ledger into a file; an interrupted download goes on after the last whole line."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import BinaryIO, Final
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from ewaste.auditor.ledgerfile import BrokenLine, CannotRun, Head, Line, heads_file, read_line

__all__ = ["Fetched", "LedgerShrank", "fetch"]

_BLOCK: Final = 1 << 20
_SECONDS: Final = 60


class LedgerShrank(Exception):
    """The ledger has fewer records than were fetched before: a finding, exit code 1. The file is left as it was."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """`kept` records were in the file before, `added` are new."""

    kept: int
    added: int
    head: Head


def fetch(url: str, path: Path, ledger: str, watch: Callable[[int, int], None] = lambda *_: None) -> Fetched:
    """Bring `path` up to the ledger's head as of now; `watch` is told records done and records in all.

    Every head is also added to `<path>.heads`, which `verify` compares with. Raises `CannotRun` and `LedgerShrank`.
    """
    base = url.rstrip("/")
    if not base.startswith(("http://", "https://")):
        raise CannotRun(f"{url!r} is no address; write http:// or https:// and the host of the traceability service")
    path.touch()
    with path.open("r+b") as file:
        kept, end = _whole_lines(file, path)
        total = _size(base, ledger)
        if total < kept:
            raise LedgerShrank(
                f"{base} has {total} records of the {ledger} ledger, {path} has {kept} from before: records are gone. "
                f"Keep {path} and {heads_file(path)} as proof and tell the municipality."
            )
        lines = _lines(f"{base}/ledgers/{ledger}/export?start={kept}")
        head = _append(file, end, lines, kept, lambda done: watch(done, max(done, total)))
    _remember(path, head)
    return Fetched(kept, head.size - kept, head)


def _whole_lines(file: BinaryIO, path: Path) -> tuple[int, int]:
    """How many leaves the file holds, and the byte where the next one belongs."""
    count = end = 0
    for raw in file:
        if not raw.endswith(b"\n"):
            break
        try:
            found = read_line(raw)
        except BrokenLine as error:
            raise CannotRun(f"{path} line {count + 1} is not from a ledger ({error}); give another file") from None
        if isinstance(found, Head):
            break
        if found.index != count:
            raise CannotRun(f"{path} line {count + 1} has index {found.index}; fetch into a new file") from None
        count += 1
        end += len(raw)
    return count, end


def _append(file: BinaryIO, end: int, lines: Iterator[bytes], index: int, watch: Callable[[int], None]) -> Head:
    """Write whole lines after `end`; the old head is cut off once the first new line is here."""
    file.seek(end)
    try:
        for raw in lines:
            found = _checked(raw, index)
            file.write(raw)
            if isinstance(found, Head):
                watch(index)
                return found
            index += 1
            if index % 1_000 == 0:
                watch(index)
    finally:
        if file.tell() > end:
            file.truncate()
    raise _ended(index)


def _checked(raw: bytes, index: int) -> Line | Head:
    if not raw.endswith(b"\n"):
        raise _ended(index)
    try:
        found = read_line(raw)
    except BrokenLine:
        raise CannotRun(f"what follows record {index} is no ledger; is this the traceability service?") from None
    if (found.size if isinstance(found, Head) else found.index) != index:
        raise CannotRun(f"the service sent another record than {index}; try again, then ask its operator")
    return found


def _ended(index: int) -> CannotRun:
    return CannotRun(f"the connection ended after {index} records; run the same command again, it goes on there")


def _size(base: str, ledger: str) -> int:
    answer = b"".join(_lines(f"{base}/ledgers/{ledger}"))
    try:
        size = json.loads(answer)["size"]
    except (ValueError, TypeError, KeyError):
        size = None
    if type(size) is not int:
        raise CannotRun(f"{base} does not answer like the traceability service; check the address")
    return size


def _lines(url: str) -> Iterator[bytes]:
    try:
        with urlopen(url, timeout=_SECONDS) as answer:
            yield from answer
    except HTTPError as error:
        raise CannotRun(f"{url} answers {error.code}: {_detail(error)}") from None
    except (URLError, HTTPException, OSError) as error:
        reason = getattr(error, "reason", error)
        raise CannotRun(f"{url} can't be read: {reason}. Is the service up? Run the same command again.") from None


def _detail(error: HTTPError) -> str:
    try:
        return str(json.loads(error.read(_BLOCK))["detail"])
    except (ValueError, TypeError, KeyError):
        return "check the address and the ledger's name (custody or learning)"


def _remember(path: Path, head: Head) -> None:
    seen = heads_file(path)
    line = head.to_line()
    if not seen.exists() or line not in seen.read_bytes().splitlines(keepends=True):
        with seen.open("ab") as file:
            file.write(line)
