"""Input as CSV: one row per bag or output, rows of one load, batch or treatment become one confirmation.

Lines that begin with `#` are comments, before and after the line with the names of the columns.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any, Final

from ewaste.partner.columns import BOOLEANS, COLUMNS, KINDS, NUMBERS, Kind
from ewaste.partner.findings import Finding
from ewaste.partner.raw import RawClaim

__all__ = ["read_table"]

_COMMENT: Final = ("#", '"#')
"""Also as a spreadsheet writes it back: in quotes, where the comment has commas."""
Row = dict[str, str]


@dataclass
class _Group:
    """The rows of one confirmation so far; `places` says where in the file each field of the data stands."""

    line: int
    kind: Kind
    head: Row = field(default_factory=dict)
    head_lines: dict[str, int] = field(default_factory=dict)
    lists: dict[str, list[Any]] = field(default_factory=dict)
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
        yield from self._check_alone(line, row)
        self.lines += 1
        filled = [name for name, columns in self.kind.lists.items() if any(row.get(column) for column in columns)]
        for name in filled or list(self.kind.lists)[:1]:
            self._add_entry(line, row, name)

    def _check_alone(self, line: int, row: Row) -> Iterator[Finding]:
        if not self.lines:
            return
        if not self.kind.lists:
            yield Finding(line, "says what an earlier row says; one row is enough")
        elif self.kind.lists.get("bag_ids") and not (row.get("bag_id") and self.lists.get("bag_ids")):
            yield Finding(line, "a row without bag_id means the whole load; it must be its only row", "bag_id")

    def _add_entry(self, line: int, row: Row, name: str) -> None:
        entries, columns = self.lists.setdefault(name, []), self.kind.lists[name]
        entry = {field: _cell(column, row[column]) for column, field in columns.items() if row.get(column)}
        number = len(entries)
        if "" in columns.values():
            entries += entry.values()
            self.places[f"data.{name}.{number}"] = (line, "bag_id")
            return
        entries.append(entry)
        for column, field_name in columns.items():
            self.places[f"data.{name}.{number}.{field_name}"] = (line, column)

    def claim(self) -> RawClaim:
        """The confirmation that these rows make."""
        data = {
            name: _cell(column, self.head[column]) for column, name in self.kind.head.items() if column in self.head
        }
        data |= self.lists
        places = {f"data.{name}": (self.line, column) for column, name in self.kind.head.items()} | self.places
        for total, (name, counted) in self.kind.totals.items():
            grams = [entry.get(counted) for entry in self.lists[name]]
            data[total] = sum(each for each in grams if isinstance(each, int))
            places[f"data.{total}"] = (self.line, "grams")
        return RawClaim(self.line, self.kind.type, self.head.get("time", ""), data, places)


_Groups = dict[tuple[str, ...], _Group]


def read_table(text: str) -> Iterator[RawClaim | Finding]:
    """The confirmations of a CSV text in the order in which they begin, not validated yet; and what can't be read."""
    first = next((line for line in text.splitlines() if not line.startswith(_COMMENT)), "")
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(_without_comments(text), delimiter=delimiter, strict=True)
    names = [name.strip().lower() for name in next((cells for cells in reader if any(cells)), [])]
    if findings := list(_check_names(max(1, reader.line_num), names)):
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


def _without_comments(text: str) -> Iterator[str]:
    """Each line; a comment is an empty line, so that lines keep their numbers."""
    for line in StringIO(text, newline=""):
        yield "\n" if line.startswith(_COMMENT) else line


def _check_names(line: int, names: Sequence[str]) -> Iterator[Finding]:
    for name in names:
        if name not in COLUMNS:
            yield Finding(
                line, f"is no column known here; the columns are {', '.join(sorted(COLUMNS))}", name or "(empty)"
            )
        elif names.count(name) > 1:
            yield Finding(line, "stands twice among the columns", name)
    if "record" not in names:
        yield Finding(line, f"is missing; it says what a row is: {', '.join(KINDS)}", "record")


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
    yield from groups.setdefault(_key(groups, record, kind, row), _Group(line, kind)).add(line, row)


def _key(groups: _Groups, record: str, kind: Kind, row: Row) -> tuple[str, ...]:
    """Which confirmation the row belongs to; without its carried column, the last one that agrees in the others."""
    key = (record, *(row.get(column, "") for column in kind.group))
    if kind.carried and not row.get(kind.carried):
        place = 1 + kind.group.index(kind.carried)
        return next((each for each in reversed(groups) if (*each[:place], "", *each[place + 1 :]) == key), key)
    return key


def _cell(column: str, text: str) -> Any:
    """A cell as the contracts want it; what does not fit stays text and is refused by them."""
    if column in NUMBERS:
        return int(text) if text.isascii() and text.isdigit() else text
    if column == "prepared_for_reuse":
        return BOOLEANS.get(text.lower(), text)
    return text
