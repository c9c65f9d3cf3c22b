"""JSON lines: an object per row, every value of its own type."""

from collections.abc import Iterable, Iterator

import msgspec
from ewaste.evidence.registers.columns import Row
from ewaste.evidence.tables.cells import json_value
from ewaste.evidence.tables.model import Stamp

__all__ = ["JsonlTable"]


class JsonlTable:
    def __init__(self, stamp: Stamp) -> None:
        self._columns = [(column.name, column.kind) for column in stamp.register.columns]
        self._encode = msgspec.json.Encoder().encode

    def add(self, rows: Iterable[Row]) -> bytes:
        return b"".join(self._encode(self._object(row)) + b"\n" for row in rows)

    def finish(self) -> Iterator[bytes]:
        return iter(())

    def close(self) -> None:
        """Nothing is held."""

    def _object(self, row: Row) -> dict[str, object]:
        return {name: json_value(kind, value) for (name, kind), value in zip(self._columns, row, strict=True)}
