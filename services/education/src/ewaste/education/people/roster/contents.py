"""What a roster says once everything is read: what stood there before, changed by what came.

Only what rules look at is kept of a row, so that a city with 100,000 people fits into little memory.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from ewaste.education.people.roster.binding import EXTENSION, PASSWORD, TABLES, Mode, Table
from ewaste.education.people.roster.problems import Faults
from ewaste.education.people.roster.reading import Row
from ewaste.education.people.roster.values import check_cell, check_moment, check_sourced_id, parts

__all__ = ["Contents", "Entry", "Staged"]

_REFERENCES: Final = {name: tuple(c for c in table.columns if c.refers_to) for name, table in TABLES.items()}
_FACTS: Final = {
    "orgs": ("type", "identifier", "name"),
    "users": ("grades", "enabledUser"),
    "roles": ("roleType", "role"),
    "enrollments": ("role",),
}
_PERIODS: Final = (("startDate", "endDate"), ("beginDate", "endDate"))
_DELETED: Final = "tobedeleted"
_STATUSES: Final = frozenset({"active", _DELETED})


class Entry(NamedTuple):
    """`row` is None for what was taken over before; `references` in the order of the table's columns."""

    row: int | None
    references: tuple[tuple[str, ...], ...]
    facts: tuple[str, ...]


class Staged(NamedTuple):
    """A row on its way into the database; `cells` without what only tells of this one delivery."""

    sourced_id: str
    deleted: bool
    cells: dict[str, str]


class Contents:
    """Rows of the seven files by sourcedId."""

    def __init__(self, modes: Mapping[str, Mode], faults: Faults) -> None:
        self.entries: dict[str, dict[str, Entry]] = {name: {} for name in TABLES}
        self.faults = faults
        self._modes = modes
        self._seen: dict[str, set[str]] = {name: set() for name in TABLES}
        self._shared: dict[str, str] = {}

    def restore(self, name: str, sourced_id: str, cells: Mapping[str, str]) -> None:
        """A row that was taken over before, where the file is absent or tells changes only."""
        self.entries[name][self._share(sourced_id)] = self._entry(name, None, cells)

    def read(self, table: Table, row: Row) -> Staged | None:
        """Check one row by itself and remember it; None where it is at fault."""
        sourced_id = row.cells.get("sourcedId", "")
        if not self._check(table, row, sourced_id):
            return None
        self._seen[table.name].add(self._share(sourced_id))
        deleted = row.cells.get("status") == _DELETED
        if deleted:
            self.entries[table.name].pop(sourced_id, None)
        else:
            self.entries[table.name][self._share(sourced_id)] = self._entry(table.name, row.number, row.cells)
        kept = {n: cell for n, cell in row.cells.items() if n not in ("sourcedId", "status", "dateLastModified")}
        return Staged(sourced_id, deleted, kept)

    def references(self, name: str) -> Iterator[tuple[Entry, str, str, str]]:
        """Every reference of a file's rows: entry, column, file that it points into, id."""
        columns = [(column.name, column.refers_to or "") for column in _REFERENCES[name]]
        for entry in self.entries[name].values():
            for (column, target), ids in zip(columns, entry.references, strict=True):
                for one in ids:
                    yield entry, column, target, one

    def reference(self, name: str, entry: Entry, column: str) -> str | None:
        """The one id under a column, None where it is empty."""
        position = next(n for n, c in enumerate(_REFERENCES[name]) if c.name == column)
        ids = entry.references[position]
        return ids[0] if ids else None

    def _check(self, table: Table, row: Row, sourced_id: str) -> bool:
        before = self.faults.total
        if wrong := check_sourced_id(sourced_id):
            self._tell(table, row, "sourcedId", "id-invalid", wrong)
        elif sourced_id in self._seen[table.name]:
            self._tell(
                table, row, "sourcedId", "id-repeated", "the sourcedId stands on an earlier row; give each its own"
            )
        self._check_delivery(table, row)
        if row.cells.get("status") == _DELETED:
            return self.faults.total == before
        for column in table.columns:
            if wrong_cell := check_cell(column, row.cells.get(column.name, "")):
                self._tell(table, row, column.name, *wrong_cell)
        self._check_rest(table, row)
        return self.faults.total == before

    def _check_delivery(self, table: Table, row: Row) -> None:
        """`status` and `dateLastModified` tell of changes, and only there (binding, “bulk” and “delta”)."""
        status, moment = row.cells.get("status", ""), row.cells.get("dateLastModified", "")
        if self._modes[table.name] is Mode.DELTA:
            if status not in _STATUSES:
                self._tell(table, row, "status", "value-not-allowed", "write active or tobedeleted in a delta file")
            if wrong := check_moment(moment):
                self._tell(table, row, "dateLastModified", "date-invalid", wrong)
            return
        for name, value in (("status", status), ("dateLastModified", moment)):
            if value:
                detail = "leave it empty in a bulk file, or announce the file as delta in the manifest"
                self._tell(table, row, name, "value-not-allowed", detail)

    def _check_rest(self, table: Table, row: Row) -> None:
        cells = row.cells
        for first, last in _PERIODS:
            if cells.get(first, "") > cells.get(last, "9"):
                self._tell(table, row, last, "date-invalid", f"it lies before {first}; correct one of them")
        if table.name == "users" and cells.get(PASSWORD):
            self._tell(table, row, PASSWORD, "password-sent", "empty the column: passwords are never taken here")
        for name, cell in cells.items():
            if name.startswith(EXTENSION) and ("\x00" in cell or len(cell) > 4_000):
                self._tell(table, row, name, "value-unreadable", "shorten it, and take control characters out")

    def _tell(self, table: Table, row: Row, column: str, code: str, detail: str) -> None:
        self.faults.add(table.file, row.number, column, code, detail)

    def _entry(self, name: str, row: int | None, cells: Mapping[str, str]) -> Entry:
        references = tuple(
            tuple(self._share(one) for one in (parts(cell) if column.many else (cell,))) if cell else ()
            for column, cell in ((c, cells.get(c.name, "")) for c in _REFERENCES[name])
        )
        return Entry(row, references, tuple(self._share(cells.get(fact, "")) for fact in _FACTS.get(name, ())))

    def _share(self, text: str) -> str:
        """One object for one text, however many rows say it."""
        return self._shared.setdefault(text, text)
