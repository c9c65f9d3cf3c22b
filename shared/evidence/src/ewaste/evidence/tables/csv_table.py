"""CSV (RFC 4180): UTF-8, CRLF, texts quoted and safe for spreadsheets."""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

from ewaste.evidence.registers.columns import Column, Kind, Row, Value
from ewaste.evidence.tables.cells import plain_text, safe_text
from ewaste.evidence.tables.model import Stamp

__all__ = ["CsvTable"]

_BOM = "\ufeff"


class CsvTable:
    """`bom` puts a byte order mark in front, without which Excel doesn't see that the text is UTF-8."""

    def __init__(self, stamp: Stamp, *, bom: bool = False) -> None:
        self._columns = stamp.register.columns
        self._buffer = StringIO(newline="")
        # Numbers stand bare and texts in quotes, so that a reader can tell the id 0012 from the number 12.
        self._writer = csv.writer(self._buffer, quoting=csv.QUOTE_NONNUMERIC)
        self._buffer.write(_BOM if bom else "")
        self._writer.writerow([column.name for column in self._columns])

    def add(self, rows: Iterable[Row]) -> bytes:
        self._writer.writerows(
            [_cell(column, value) for column, value in zip(self._columns, row, strict=True)] for row in rows
        )
        return self._taken()

    def finish(self) -> Iterator[bytes]:
        yield self._taken()

    def close(self) -> None:
        self._buffer.close()

    def _taken(self) -> bytes:
        text = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return text.encode()


def _cell(column: Column, value: Value) -> str | int:
    if column.kind is Kind.INTEGER and value is not None:
        assert isinstance(value, int)
        return value
    return safe_text(plain_text(column.kind, value))
