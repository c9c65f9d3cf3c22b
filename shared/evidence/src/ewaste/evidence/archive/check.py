"""Holds a file of the archive to its own leaf hashes, to its seal, and to the ledger's tiles where they are given."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, Final

from ewaste.contracts.events.traceability import ArchiveSealed
from ewaste.evidence.archive.layout import COLUMNS
from ewaste.evidence.archive.rows import ArchiveRow, archive_row
from ewaste.evidence.archive.writer import require_parquet
from ewaste.evidence.ledger.differences import Change, differences
from ewaste.evidence.ledger.merkle import Frontier, leaf_hash

__all__ = ["ArchiveBroken", "ArchiveFault", "archived", "check_archive"]

_BATCH: Final = 4_096
_MOST_FAULTS: Final = 100
_NAMES: Final = tuple(name for name, _ in COLUMNS)
_SAID: Final = {
    Change.CHANGED: "was changed: the ledger has another record here",
    Change.TAKEN_OUT: "was taken out: the ledger has it",
    Change.PUT_IN: "has a record put in before it that the ledger has not",
}


class ArchiveBroken(ValueError):
    """This file is no archive of this format: rebuild it from the tiles."""


@dataclass(frozen=True, slots=True)
class ArchiveFault:
    """What is wrong; `index` is the ledger's, None where no single record is at fault."""

    index: int | None
    what: str


def archived(path: Path) -> Iterator[ArchiveRow]:
    """The rows as they stand in the file. Raises ArchiveBroken."""
    require_parquet()
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            if tuple(file.schema_arrow.names) != _NAMES:
                raise ArchiveBroken(f"{path.name} has the columns {', '.join(file.schema_arrow.names)}")
            for batch in file.iter_batches(_BATCH):
                yield from (_row(values) for values in zip(*map(_values, batch.columns), strict=True))
    except (pyarrow.ArrowException, OSError) as error:
        raise ArchiveBroken(f"{path.name}: {error}") from None


def _values(column: Any) -> list[Any]:
    if str(column.type).startswith("timestamp[ms"):
        column = column.cast("int64")
    found: list[Any] = column.to_pylist()
    return found


def _row(values: tuple[Any, ...]) -> ArchiveRow:
    return ArchiveRow._make((*values[:-1], tuple(values[-1] or ())))


def check_archive(
    path: Path, seal: ArchiveSealed, expected: Callable[[int], bytes] | None = None
) -> list[ArchiveFault]:
    """Everything that is wrong with a file, by index, a hundred faults at most; nothing where it is what was sealed.

    `expected` gives the ledger's own leaf hash at an index (from tiles): with it the very record is named.
    """
    same_bytes = _sha256(path) == seal.file_sha256
    if same_bytes and expected is None:
        return []
    try:
        faults = _Rows(seal, path).faults()
        if expected is not None:
            faults += _differences(path, seal, expected)
        if not faults and not same_bytes and _written_by(path) == seal.writer:
            faults = [ArchiveFault(None, "every record is right, yet the file has other bytes than were sealed")]
    except ArchiveBroken as broken:
        return [ArchiveFault(None, str(broken))]
    return sorted(dict.fromkeys(faults), key=lambda fault: -1 if fault.index is None else fault.index)


def _differences(path: Path, seal: ArchiveSealed, expected: Callable[[int], bytes]) -> list[ArchiveFault]:
    hashes = (leaf_hash(row.raw) for row in archived(path))
    found = differences(hashes, expected, seal.start, seal.end)
    return [
        ArchiveFault(each.index, f"record {each.index} {_SAID[each.change]}") for each in islice(found, _MOST_FAULTS)
    ]


def _written_by(path: Path) -> str:
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path) as file:
        return str(file.metadata.created_by)


def _sha256(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while part := file.read(1_048_576):
            digest.update(part)
    return digest.hexdigest()


class _Rows:
    """One pass over a file, each row held to its own leaf and to its place."""

    def __init__(self, seal: ArchiveSealed, path: Path) -> None:
        self._seal = seal
        self._path = path
        self._faults: list[ArchiveFault] = []

    def faults(self) -> list[ArchiveFault]:
        frontier, hashes, expected = Frontier(), list[bytes](), self._seal.start
        for row in archived(self._path):
            true = archive_row(row.place, row.raw, row.contents)
            self._hold(expected, row, true)
            expected = row.place + 1
            hashes.append(true.leaf_hash)
            if len(hashes) == _BATCH:
                frontier, hashes = frontier.extend(hashes), []
        frontier = frontier.extend(hashes)
        if frontier.size != self._seal.rows:
            self._add(None, f"the file has {frontier.size} records; {self._seal.rows} were sealed")
        if frontier.root().hex() != self._seal.range_hash:
            said = f"its records hash to {frontier.root().hex()}; {self._seal.range_hash} was sealed"
            self._add(None, said)
        return self._faults

    def _hold(self, expected: int, row: ArchiveRow, true: ArchiveRow) -> None:
        if row.place != expected:
            self._add(min(row.place, expected), f"record {row.place} stands where {expected} belongs")
        if row.leaf_hash != true.leaf_hash:
            self._add(row.place, f"record {row.place}: raw is not what its leaf hash says")
        elif row != true:
            wrong = ", ".join(name for name, was, is_so in zip(_NAMES, row, true, strict=True) if was != is_so)
            self._add(row.place, f"record {row.place}: {wrong} is not what raw says")

    def _add(self, index: int | None, what: str) -> None:
        if len(self._faults) < _MOST_FAULTS:
            self._faults.append(ArchiveFault(index, what))
