"""Parquet (zstd): typed columns with units and descriptions, the ledger's size and root in the schema's metadata."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from ewaste.evidence.registers.columns import Column, Kind, Row, Value
from ewaste.evidence.tables.cells import in_bangkok
from ewaste.evidence.tables.model import Stamp

if TYPE_CHECKING:
    import pyarrow

__all__ = ["ROW_GROUP_ROWS", "ParquetTable"]

ROW_GROUP_ROWS: Final = 20_000
_PREFIX: Final = "ewaste."


class ParquetTable:
    """Holds one row group in memory; needs pyarrow."""

    def __init__(self, stamp: Stamp) -> None:
        import pyarrow
        import pyarrow.parquet

        self._arrow = pyarrow
        self._columns = stamp.register.columns
        self._schema = _schema(stamp)
        self._sink = _Sink()
        self._waiting: list[Row] = []
        self._writer = pyarrow.parquet.ParquetWriter(self._sink, self._schema, compression="zstd")

    def add(self, rows: Iterable[Row]) -> bytes:
        self._waiting.extend(rows)
        while len(self._waiting) >= ROW_GROUP_ROWS:
            self._write(self._waiting[:ROW_GROUP_ROWS])
            del self._waiting[:ROW_GROUP_ROWS]
        return self._sink.taken()

    def finish(self) -> Iterator[bytes]:
        if self._waiting:
            self._write(self._waiting)
        self._writer.close()
        yield self._sink.taken()

    def close(self) -> None:
        self._waiting.clear()

    def _write(self, rows: list[Row]) -> None:
        columns = zip(*rows, strict=True)
        arrays = [
            self._arrow.array([_value(column, value) for value in values], type=field.type)
            for column, values, field in zip(self._columns, columns, self._schema, strict=True)
        ]
        self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))


class _Sink:
    """A file that is only ever appended to and gives away what it got."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        self._size += len(part)
        return len(part)

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        self.closed = True

    def taken(self) -> bytes:
        found = b"".join(self._parts)
        self._parts.clear()
        return found


def _schema(stamp: Stamp) -> "pyarrow.Schema":
    import pyarrow

    fields = [_field(column) for column in stamp.register.columns]
    return pyarrow.schema(fields, metadata={_PREFIX + name: value for name, value in stamp.to_dict().items()})


def _field(column: Column) -> "pyarrow.Field":
    import pyarrow

    types: dict[Kind, Any] = {
        Kind.TEXT: pyarrow.string(),
        Kind.INTEGER: pyarrow.int64(),
        Kind.FLAG: pyarrow.bool_(),
        Kind.MOMENT: pyarrow.timestamp("us", tz="UTC"),
        Kind.THAI_TIME: pyarrow.timestamp("us"),
        Kind.TEXTS: pyarrow.list_(pyarrow.string()),
        Kind.INTEGERS: pyarrow.list_(pyarrow.int64()),
    }
    told = {"th": column.th, "en": column.en} | ({"unit": column.unit} if column.unit else {})
    return pyarrow.field(column.name, types[column.kind], metadata=told)


def _value(column: Column, value: Value) -> Any:
    if column.kind is Kind.THAI_TIME and value is not None:
        return in_bangkok(value)  # type: ignore[arg-type]
    return value
