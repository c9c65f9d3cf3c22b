"""Opens the writer of a format. CSV and JSON lines need nothing; XLSX and Parquet the extra `tables`."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Final

from ewaste.evidence.tables.csv_table import CsvTable
from ewaste.evidence.tables.jsonl_table import JsonlTable
from ewaste.evidence.tables.model import MEDIA_TYPES, Format, Stamp, TableWriter, UnknownFormat
from ewaste.evidence.tables.parquet_table import ParquetTable
from ewaste.evidence.tables.xlsx_table import XlsxTable

__all__ = ["check_format", "open_table"]

_OPENERS: Final[Mapping[Format, Callable[[Stamp], TableWriter]]] = {
    "csv": CsvTable,
    "jsonl": JsonlTable,
    "xlsx": XlsxTable,
    "parquet": ParquetTable,
}
_NEEDS: Final = {"xlsx": "xlsxwriter", "parquet": "pyarrow"}


def check_format(format: str) -> None:
    """Raise UnknownFormat for one that is not known, or whose library is not installed."""
    if format not in MEDIA_TYPES:
        raise UnknownFormat(f"no format {format!r}; formats are {', '.join(MEDIA_TYPES)}")
    needed = _NEEDS.get(format)
    if needed is not None and find_spec(needed) is None:
        raise UnknownFormat(f"{format} needs {needed}: install it, or choose csv or jsonl")


@contextmanager
def open_table(stamp: Stamp, format: Format, *, bom: bool = False) -> Iterator[TableWriter]:
    """The writer; whatever happens, it leaves no temporary file. `bom` concerns CSV alone. Raises UnknownFormat."""
    check_format(format)
    writer: TableWriter = CsvTable(stamp, bom=bom) if format == "csv" else _OPENERS[format](stamp)
    try:
        yield writer
    finally:
        writer.close()
