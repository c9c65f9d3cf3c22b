"""XLSX: typed cells, a frozen header, a sheet that explains every column; row by row through a temporary file."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from ewaste.evidence.registers.columns import Column, Kind, Row, Value
from ewaste.evidence.tables.cells import in_bangkok, is_dangerous, plain_text
from ewaste.evidence.tables.model import Stamp

if TYPE_CHECKING:
    pass

__all__ = ["SHEET_ROWS", "XlsxTable"]

SHEET_ROWS: Final = 1_048_575
"""Below the header; the next row begins another sheet (ECMA-376 knows 1,048,576 rows)."""
_MOST_CHARACTERS: Final = 32_767
_CHUNK_BYTES: Final = 262_144
_EXCEL_YEARS: Final = range(1900, 10_000)
# Comes with every Windows and shows Thai well; others fall back to their own Thai font.
_FONT: Final = {"font_name": "Leelawadee UI", "font_size": 11}
_WIDTHS: Final = {Kind.TEXT: 22, Kind.TEXTS: 28, Kind.INTEGERS: 24, Kind.INTEGER: 14, Kind.FLAG: 10}
_TIME_WIDTH: Final = 22


class XlsxTable:
    """Nothing goes out before `finish`: the format's table of contents comes last. Needs XlsxWriter."""

    def __init__(self, stamp: Stamp, *, sheet_rows: int = SHEET_ROWS) -> None:
        import xlsxwriter

        self._stamp = stamp
        self._columns = stamp.register.columns
        self._sheet_rows = sheet_rows
        self._folder = TemporaryDirectory(prefix="ewaste-xlsx-")
        self._path = Path(self._folder.name) / "table.xlsx"
        options = {"constant_memory": True, "tmpdir": self._folder.name, "default_format_properties": dict(_FONT)}
        self._book: xlsxwriter.Workbook = xlsxwriter.Workbook(self._path, options)
        # The clock stays out of the file: the same rows are the same bytes.
        self._book.set_properties({"title": stamp.file_name("xlsx"), "created": stamp.period.end.replace(tzinfo=None)})
        self._head = self._book.add_format({**_FONT, "bold": True, "text_wrap": True, "bottom": 1})
        # Excel's own mark of text: stays text also when somebody edits the cell.
        self._quoted = self._book.add_format({**_FONT, "quote_prefix": True, "num_format": "@"})
        self._text = self._book.add_format({**_FONT, "num_format": "@"})
        self._time = self._book.add_format({**_FONT, "num_format": "yyyy-mm-dd hh:mm:ss"})
        self._number = self._book.add_format({**_FONT, "num_format": "#,##0"})
        self._sheets = 0
        self._begin_sheet()

    def add(self, rows: Iterable[Row]) -> bytes:
        for row in rows:
            if self._row == self._sheet_rows:
                self._begin_sheet()
            self._row += 1
            for place, (column, value) in enumerate(zip(self._columns, row, strict=True)):
                self._write(place, column, value)
        return b""

    def finish(self) -> Iterator[bytes]:
        self._end_sheet()
        self._explain()
        self._book.close()
        with self._path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk

    def close(self) -> None:
        self._folder.cleanup()

    def _begin_sheet(self) -> None:
        if self._sheets:
            self._end_sheet()
        self._sheets += 1
        name = self._stamp.register.name
        self._sheet = self._book.add_worksheet(name if self._sheets == 1 else f"{name} {self._sheets}")
        self._row = 0
        self._sheet.freeze_panes(1, 1)
        for place, column in enumerate(self._columns):
            self._sheet.set_column(place, place, max(_WIDTHS.get(column.kind, _TIME_WIDTH), len(column.name) + 2))
            self._sheet.write_string(0, place, column.name, self._head)

    def _end_sheet(self) -> None:
        self._sheet.autofilter(0, 0, self._row, len(self._columns) - 1)

    def _write(self, place: int, column: Column, value: Value) -> None:
        if value is None or value == ():
            return
        if isinstance(value, bool):
            self._sheet.write_boolean(self._row, place, value)
        elif isinstance(value, int):
            is_amount = column.unit is not None
            self._sheet.write_number(self._row, place, value, self._number if is_amount else None)
        elif isinstance(value, datetime) and column.kind is Kind.THAI_TIME and in_bangkok(value).year in _EXCEL_YEARS:
            self._sheet.write_datetime(self._row, place, in_bangkok(value), self._time)
        else:
            text = _fitting(plain_text(column.kind, value))
            self._sheet.write_string(self._row, place, text, self._quoted if is_dangerous(text) else self._text)

    def _explain(self) -> None:
        """The last sheet: what the table is, and what each column means."""
        sheet = self._book.add_worksheet("dictionary")
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, 2, 10)
        sheet.set_column(3, 4, 60)
        rows: list[tuple[tuple[Any, ...], Any]] = [
            ((name, value), None) for name, value in self._stamp.to_dict().items()
        ]
        rows += [(("period", self._stamp.register.period_th), None), (("period", self._stamp.register.period_en), None)]
        rows += [((), None), (("column", "kind", "unit", "th", "en"), self._head)]
        rows += [((c.name, c.kind.value, c.unit or "", c.th, c.en), None) for c in self._columns]
        for number, (cells, style) in enumerate(rows):
            for place, cell in enumerate(cells):
                sheet.write_string(number, place, cell, style)


def _fitting(text: str) -> str:
    """What Excel takes into one cell; a cut is said, never silent."""
    if len(text) <= _MOST_CHARACTERS:
        return text
    said = f" … cut: {len(text)} characters, whole in csv, jsonl and parquet"
    return text[: _MOST_CHARACTERS - len(said)] + said
