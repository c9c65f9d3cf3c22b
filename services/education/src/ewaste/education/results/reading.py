"""A file of results into rows: CSV as spreadsheets write it, or JSON with the same names."""

import csv
import io
import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, Final

from ewaste.education.results.model import COLUMNS, NEEDED, Cells, Row, RowError, read_row

__all__ = ["read_results", "template"]

_NOTE: Final = "#"


def template() -> bytes:
    """An empty file with notes on every column, for a spreadsheet: with the mark that it is UTF-8."""
    return b"\xef\xbb\xbf" + files("ewaste.education.results").joinpath("template.csv").read_bytes()


def read_results(raw: bytes, most: int) -> tuple[list[Row], list[RowError]]:
    """Every row that can be read, and everything that is wrong. JSON begins with a bracket, everything else is CSV."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [], [RowError(0, "", "the file is not UTF-8; save it as CSV UTF-8")]
    found = list(_json(text) if text.lstrip()[:1] in ("{", "[") else _csv(text))
    if len(found) > most:
        return [], [RowError(0, "", f"{len(found)} rows; a file holds at most {most}: make several of it")]
    if not found:
        return [], [RowError(0, "", "the file holds no results; GET /results/template.csv shows its form")]
    rows = [one if isinstance(one, RowError) else read_row(*one) for one in found]
    errors = [error for one in rows if not isinstance(one, Row) for error in (one if isinstance(one, list) else [one])]
    return [one for one in rows if isinstance(one, Row)], errors


def _csv(text: str) -> Iterator[tuple[int, Cells] | RowError]:
    reader = csv.reader(io.StringIO(text))
    header: list[str] | None = None
    try:
        for cells in reader:
            trimmed = [cell.strip() for cell in cells]
            if not any(trimmed) or trimmed[0].startswith(_NOTE):
                continue
            if header is None:
                header = trimmed
                yield from _header_errors(reader.line_num, header)
            elif len(trimmed) > len(header) and any(trimmed[len(header) :]):
                yield RowError(reader.line_num, "", f"{len(trimmed)} cells; the header has {len(header)} columns")
            else:
                yield reader.line_num, dict(zip(header, trimmed, strict=False))
    except csv.Error as error:
        yield RowError(reader.line_num, "", f"this is no CSV: {error}")


def _header_errors(line: int, header: list[str]) -> Iterator[RowError]:
    for column in header:
        if column not in COLUMNS:
            yield RowError(line, column[:40], f"is no column; the columns are {', '.join(COLUMNS)}")
        elif header.count(column) > 1:
            yield RowError(line, column, "stands twice in the header")
    for column in NEEDED:
        if column not in header:
            yield RowError(line, column, "is missing in the header")


def _json(text: str) -> Iterator[tuple[int, Cells] | RowError]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        yield RowError(0, "", f"this is no JSON: {str(error)[:200]}")
        return
    found = value.get("results") if isinstance(value, dict) else value
    if not isinstance(found, list):
        yield RowError(0, "results", "must be an array of objects")
        return
    for number, one in enumerate(found, 1):
        yield (number, _cells(one)) if _is_row(one) else RowError(number, "", _form_of(one))


def _is_row(one: Any) -> bool:
    return isinstance(one, dict) and one.keys() <= set(COLUMNS) and all(_is_cell(cell) for cell in one.values())


def _is_cell(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str | int | float) and not isinstance(cell, bool))


def _cells(one: dict[str, Any]) -> Cells:
    return {name: "" if cell is None else str(cell).strip() for name, cell in one.items()}


def _form_of(one: Any) -> str:
    unknown = sorted(set(one) - set(COLUMNS)) if isinstance(one, dict) else []
    if unknown:
        return f"{unknown[0][:40]!r} is no name here; the names are {', '.join(COLUMNS)}"
    return f"must be an object of texts and numbers: {', '.join(COLUMNS)}"
