"""What is wrong with a roster: every fault by file, row and column, up to a bound.

A fault never repeats what a cell holds: a shifted column would bring a name into an answer or a log.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from ewaste.contracts.refusal import Refused

__all__ = ["Fault", "Faults", "RosterRefused"]

_MOST_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """`row` as a spreadsheet counts: the header is row 1; None where the file as a whole is at fault, or a row that
    was taken over before."""

    file: str
    row: int | None
    column: str | None
    code: str
    detail: str

    @property
    def place(self) -> str:
        return ":".join(str(part) for part in (self.file, self.row, self.column) if part is not None)


@dataclass(slots=True)
class Faults:
    """All faults are counted, the first of them are kept."""

    most: int = _MOST_SHOWN
    shown: list[Fault] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.counts.total()

    def add(self, file: str, row: int | None, column: str | None, code: str, detail: str) -> None:
        self.counts[code] += 1
        if len(self.shown) < self.most:
            self.shown.append(Fault(file, row, column, code, detail))


class RosterRefused(Refused):
    """The roster has faults: nothing of it was taken over."""

    def __init__(self, faults: Faults) -> None:
        first = faults.shown[0]
        more = f" and {faults.total - 1} more" if faults.total > 1 else ""
        detail = f"{first.place}: {first.detail}{more}; correct them and send the whole roster again"
        super().__init__("roster-invalid", detail, field=first.place)
        self.faults = faults
