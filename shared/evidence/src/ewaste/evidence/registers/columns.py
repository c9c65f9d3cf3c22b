"""What a register's columns are: name, kind, unit and a description in both languages."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

__all__ = ["Column", "Kind", "Row", "Value", "flag", "grams", "indices", "integer", "moment", "text", "texts"]

Value: TypeAlias = str | int | bool | datetime | tuple[str, ...] | tuple[int, ...] | None
"""A cell: what its column's kind says, or None where nothing is known."""
Row: TypeAlias = tuple[Value, ...]


class Kind(StrEnum):
    """How a cell is written; the same in every format as far as the format can."""

    TEXT = "text"
    INTEGER = "integer"
    FLAG = "flag"
    MOMENT = "moment"
    """A moment in UTC."""
    THAI_TIME = "thai_time"
    """The same moment as a clock in Thailand shows it."""
    TEXTS = "texts"
    INTEGERS = "integers"


@dataclass(frozen=True, slots=True)
class Column:
    """`unit` is `g` for grams and none where a unit makes no sense."""

    name: str
    kind: Kind
    th: str
    en: str
    unit: str | None = None

    def to_dict(self) -> dict[str, str | None]:
        """Plain values for the dictionary."""
        return {"name": self.name, "kind": self.kind.value, "unit": self.unit, "th": self.th, "en": self.en}


def text(name: str, th: str, en: str) -> Column:
    return Column(name, Kind.TEXT, th, en)


def texts(name: str, th: str, en: str) -> Column:
    """Several ids or words; in CSV and XLSX joined by `;`, which none of them holds."""
    return Column(name, Kind.TEXTS, th, en)


def integer(name: str, th: str, en: str) -> Column:
    return Column(name, Kind.INTEGER, th, en)


def grams(name: str, th: str, en: str) -> Column:
    return Column(name, Kind.INTEGER, th, en, "g")


def indices(name: str, th: str, en: str) -> Column:
    """Ledger indices, the first record has 0."""
    return Column(name, Kind.INTEGERS, th, en)


def flag(name: str, th: str, en: str) -> Column:
    return Column(name, Kind.FLAG, th, en)


def moment(name: str, th: str, en: str) -> tuple[Column, Column]:
    """Two columns: the moment in UTC, and under `<name>_thai` in Thai time."""
    return (
        Column(name, Kind.MOMENT, f"{th} (เวลาสากล UTC)", f"{en}, UTC"),
        Column(f"{name}_thai", Kind.THAI_TIME, f"{th} (เวลาประเทศไทย)", f"{en}, Thai time (UTC+7)"),
    )
