"""Input as CSV: one row per bag or output, rows of one load, batch or treatment become one confirmation."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from ewaste.partner.columns import BOOLEANS, COLUMNS, KINDS, NUMBERS, Kind
from ewaste.partner.findings import Finding
from ewaste.partner.raw import RawClaim

__all__ = ["read_table"]

Row = dict[str, str]


@dataclass
class _Group:
    """The rows of one confirmation so far; `places` says where in the file each field of the data stands."""

    line: int
    kind: Kind
    head: Row = field(default_factory=dict)
    head_lines: dict[str, int] = field(default_factory=dict)
    parts: list[Any] = field(default_factory=list)
    places: dict[str, tuple[int, str]] = field(default_factory=dict)
    lines: int = 0

    def add(self, line: int, row: Row) -> Iterator[Finding]:
        """Take a row in; yields where it contradicts the rows before."""
        for column in ("time", *self.kind.head):
            if text := row.get(column, ""):
                known = self.head.setdefault(column, text)
                first = self.head_lines.setdefault(column, line)
                if known != text:
                    yield Finding(line, f"is {text!r} here and {known!r} on line {first}", column)
        if self.lines and "" in self.kind.part.values() and not (row.get("bag_id") and self.parts):
            yield Finding(line, "a row without bag_id means the whole load; it must be its only row", "bag_id")
        self.lines += 1
        self._add_part(line, row)

    def _add_part(self, line: int, row: Row) -> None:
        number = len(self.parts)
        part = {name: _cell(column, row[column]) for column, name in self.kind.part.items() if row.get(column)}
        if "" in self.kind.part.values():
            self.parts += part.values()
            self.places[f"data.{self.kind.parts}.{number}"] = (line, "bag_id")
            return
        self.parts.append(part)
        for column, name in self.kind.part.items():
            self.places[f"data.{self.kind.parts}.{number}.{name}"] = (line, column)

    def claim(self) -> RawClaim:
        """The confirmation that these rows make."""
        data = {
            name: _cell(column, self.head[column]) for column, name in self.kind.head.items() if column in self.head
        }
        data[self.kind.parts] = self.parts
        places = {f"data.{name}": (self.line, column) for column, name in self.kind.head.items()} | self.places
        if self.kind.total:
            grams = [part.get(self.kind.total) for part in self.parts]
            data[self.kind.total] = sum(each for each in grams if isinstance(each, int))
            places[f"data.{self.kind.total}"] = (self.line, "grams")
        return RawClaim(self.line, self.kind.type, self.head.get("time", ""), data, places)


_Groups = dict[tuple[str, ...], _Group]


def read_table(text: str) -> Iterator[RawClaim | Finding]:
    """The confirmations of a CSV text in the order in which they begin, not validated yet; and what can't be read."""
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names = [name.strip().lower() for name in next(reader, [])]
    if findings := list(_check_names(names)):
        yield from findings
        return
    groups: _Groups = {}
    try:
        for cells in reader:
            yield from _take(groups, reader.line_num, names, cells)
    except csv.Error as error:
        yield Finding(reader.line_num, f"not CSV: {error}")
    for group in groups.values():
        yield group.claim()


def _check_names(names: Sequence[str]) -> Iterator[Finding]:
    for name in names:
        if name not in COLUMNS:
            yield Finding(
                1, f"is no column known here; the columns are {', '.join(sorted(COLUMNS))}", name or "(empty)"
            )
        elif names.count(name) > 1:
            yield Finding(1, "stands twice in the first line", name)
    if "record" not in names:
        yield Finding(1, f"is missing; it says what a row is: {', '.join(KINDS)}", "record")


def _take(groups: _Groups, line: int, names: Sequence[str], cells: Sequence[str]) -> Iterator[Finding]:
    row = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
    if not any(cell.strip() for cell in cells):
        return
    if len(cells) > len(names):
        yield Finding(line, f"has {len(cells)} cells, the first line has {len(names)}")
        return
    record = row.get("record", "").lower()
    kind = KINDS.get(record)
    if kind is None:
        yield Finding(line, f"{record!r} is none of {', '.join(KINDS)}", "record")
        return
    for column, text in row.items():
        if text and column not in kind.used:
            yield Finding(line, f"does not belong to {record}; leave it empty", column)
    key = (record, *(row.get(column, "") for column in kind.group))
    yield from groups.setdefault(key, _Group(line, kind)).add(line, row)


def _cell(column: str, text: str) -> Any:
    """A cell as the contracts want it; what does not fit stays text and is refused by them."""
    if column in NUMBERS:
        return int(text) if text.isascii() and text.isdigit() else text
    if column == "prepared_for_reuse":
        return BOOLEANS.get(text.lower(), text)
    return text
