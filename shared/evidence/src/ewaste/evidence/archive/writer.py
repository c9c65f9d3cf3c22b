"""Writes a range of a ledger into one Parquet file, the same bytes each time. Needs the extra `archive`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from typing import Any, BinaryIO

from ewaste.contracts.events.traceability import ArchiveSealed
from ewaste.evidence.archive.layout import ARCHIVE_FORMAT, GROUP_BYTES, GROUP_ROWS, SETTINGS, archive_schema
from ewaste.evidence.archive.rows import ArchiveRow, archive_row
from ewaste.evidence.ledger.merkle import Frontier

__all__ = ["ArchiveUnavailable", "ArchiveWriter", "Written", "archive_writer", "require_parquet", "write_archive"]


class ArchiveUnavailable(ImportError):
    """No Parquet here: install what the message names."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file of the archive: its range, the RFC 6962 hash over the leaf hashes in it, and its bytes."""

    start: int
    end: int
    range_hash: bytes
    file_sha256: str
    file_bytes: int
    writer: str

    def event_data(self, origin: str, root: bytes) -> ArchiveSealed:
        """The data of the event that seals it; `root` is the ledger's at size `end`."""
        return ArchiveSealed(
            origin=origin,
            start=self.start,
            end=self.end,
            root=root.hex(),
            range_hash=self.range_hash.hex(),
            file_sha256=self.file_sha256,
            file_bytes=self.file_bytes,
            rows=self.end - self.start,
            format=ARCHIVE_FORMAT,
            writer=self.writer,
        )


def require_parquet() -> None:
    """Raise ArchiveUnavailable without pyarrow."""
    if find_spec("pyarrow") is None:
        raise ArchiveUnavailable("archives need pyarrow: install ewaste-evidence[archive] or ewaste-auditor[archive]")


def archive_writer() -> str:
    """What writes here, as its files say themselves; the same writer gives the same bytes."""
    require_parquet()
    import pyarrow

    return f"parquet-cpp-arrow version {pyarrow.cpp_version}"


class ArchiveWriter:
    """Writes a file record by record; holds one row group in memory. Raises ArchiveUnavailable without pyarrow."""

    def __init__(self, file: BinaryIO, origin: str, start: int) -> None:
        self._writer = archive_writer()
        import pyarrow
        import pyarrow.parquet

        self._arrow = pyarrow
        self._schema = archive_schema(origin, start)
        self._sink = _Sink(file)
        self._parquet = pyarrow.parquet.ParquetWriter(self._sink, self._schema, **SETTINGS)
        self._start = start
        self._next = start
        self._frontier = Frontier()
        self._group: list[ArchiveRow] = []
        self._held = 0

    def add(self, raw: bytes, contents: Sequence[bytes] = ()) -> None:
        """The next leaf, with the contents behind its digests."""
        self._group.append(archive_row(self._next, raw, contents))
        self._next += 1
        self._held += len(raw) + sum(map(len, contents))
        if len(self._group) == GROUP_ROWS or self._held >= GROUP_BYTES:
            self._flush()

    def finish(self) -> Written:
        """End the file; it stays its owner's to close."""
        if self._group:
            self._flush()
        self._parquet.close()
        sink, frontier = self._sink, self._frontier
        return Written(self._start, self._next, frontier.root(), sink.digest.hexdigest(), sink.size, self._writer)

    def _flush(self) -> None:
        columns = zip(zip(*self._group, strict=True), self._schema, strict=True)
        arrays = [self._arrow.array(column, type=field.type) for column, field in columns]
        table = self._arrow.Table.from_arrays(arrays, schema=self._schema)
        self._parquet.write_table(table, row_group_size=len(self._group))
        self._frontier = self._frontier.extend([row.leaf_hash for row in self._group])
        self._group, self._held = [], 0


def write_archive(file: BinaryIO, origin: str, start: int, entries: Iterable[tuple[bytes, Sequence[bytes]]]) -> Written:
    """Write the leaves from index `start` on, each with the contents behind its digests."""
    writer = ArchiveWriter(file, origin, start)
    for raw, contents in entries:
        writer.add(raw, contents)
    return writer.finish()


class _Sink:
    """Passes on what is written and remembers its digest; Parquet only ever appends."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = sha256()
        self.size = 0

    def write(self, part: Any) -> int:
        self._file.write(part)
        self.digest.update(part)
        self.size += len(part)
        return len(part)

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        """The file is its owner's to close."""
        self.closed = True
