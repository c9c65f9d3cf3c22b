"""What every table says of itself, and what writers of tables have in common."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from ewaste.evidence.registers.columns import Row
from ewaste.evidence.registers.model import Register
from ewaste.evidence.registers.period import Period

__all__ = ["MEDIA_TYPES", "Format", "Stamp", "TableWriter", "UnknownFormat"]

Format = str
MEDIA_TYPES: Final[Mapping[Format, str]] = {
    "csv": "text/csv; charset=utf-8; header=present",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}


class UnknownFormat(ValueError):
    """No table of this format can be written here; the message says which can, or what to install."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a table is: a register of a period, true for the first `size` records of a ledger under this root (hex)."""

    register: Register
    period: Period
    origin: str
    size: int
    root: str
    rules_digest: str

    def to_dict(self) -> dict[str, str]:
        """Plain texts; Parquet's metadata and the dictionary sheet of XLSX hold them under these names."""
        return {
            "register": self.register.name,
            "from": self.period.first.isoformat(),
            "until": self.period.last.isoformat(),
            "days": "Thai days (UTC+7), both ends included",
            "ledger_origin": self.origin,
            "ledger_size": str(self.size),
            "ledger_root": self.root,
            "rules_digest": self.rules_digest,
        }

    def file_name(self, format: Format) -> str:
        """Names register, period and ledger size: who has only the file can ask for the same again."""
        return f"{self.register.name}_{self.period.first}_{self.period.last}_ledger-{self.size}.{format}"


class TableWriter(Protocol):
    """Bytes of one table, as far as they can go out already; the same rows give the same bytes.

    `add` and `finish` may block on a temporary file. `close` may come at any time and leaves nothing behind.
    """

    def add(self, rows: Iterable[Row]) -> bytes: ...

    def finish(self) -> Iterator[bytes]: ...

    def close(self) -> None: ...
