"""The rows of one file: UTF-8 with or without byte order mark, a header that the binding knows, RFC 4180 quoting."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Final

from ewaste.education.people.roster.binding import COMMON, EXTENSION, Table
from ewaste.education.people.roster.problems import Faults

__all__ = ["Row", "read_rows", "read_table"]

_LONGEST_LINE: Final = 1024 * 1024
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    """As a spreadsheet counts: the header is row 1."""
    cells: dict[str, str]
    """The cells that are not empty."""


class _Unreadable(Exception):
    """The file can't be read on; the message says why and what to do."""


def read_rows(name: str, stream: IO[bytes], faults: Faults) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of every row that is not blank, the header first. Stops at what can't be read, which is told."""
    number = 0
    reader = csv.reader(_lines(stream), strict=True)
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except _Unreadable as error:
            faults.add(name, number, None, "file-unreadable", str(error))
            return
        except csv.Error:
            faults.add(
                name, number, None, "file-unreadable", "quotes do not match, or a cell is too long; save it again"
            )
            return
        if cells:
            yield number, cells


def read_table(table: Table, stream: IO[bytes], faults: Faults) -> Iterator[Row]:
    """The rows that have the shape of the header; everything else is told."""
    rows = read_rows(table.file, stream, faults)
    _, header = next(rows, (0, []))
    if not _check_header(table, header, faults):
        return
    for number, cells in rows:
        if len(cells) == len(header):
            yield Row(number, {name: cell for name, cell in zip(header, cells, strict=True) if cell})
        elif any(cells):
            detail = f"{len(cells)} cells under {len(header)} columns; quote cells that hold a comma"
            faults.add(table.file, number, None, "row-shape", detail)


def _lines(stream: IO[bytes]) -> Iterator[str]:
    first = True
    while line := stream.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise _Unreadable("a line is longer than 1 MB; is this a CSV file?")
        if first:
            line = line.removeprefix(_BOM)
            first = False
        try:
            yield line.decode()
        except UnicodeDecodeError:
            raise _Unreadable("not UTF-8 (Windows-874, perhaps?); save it as “CSV UTF-8”") from None


def _check_header(table: Table, header: Sequence[str], faults: Faults) -> bool:
    required = {COMMON[0], *(column.name for column in table.columns if column.required)}
    before = faults.total
    for name in sorted(required - set(header)):
        faults.add(table.file, 1, name, "column-missing", "add this column, the binding requires it")
    known = set(table.header)
    for position, name in enumerate(header, 1):
        if name not in known and not name.startswith(EXTENSION):
            detail = f"column {position} is not of the binding; names of your own start with {EXTENSION}"
            faults.add(table.file, 1, None, "column-unknown", detail)
        elif name in header[: position - 1]:
            faults.add(table.file, 1, name, "column-repeated", "the column stands twice; keep one")
    return faults.total == before
