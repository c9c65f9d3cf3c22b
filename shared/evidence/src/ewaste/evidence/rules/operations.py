"""Recovery and disposal operations: what is final, what is landfill, what is energy (`operations.csv`).

Source: Waste Framework Directive 2008/98/EC, annexes I and II; Basel Convention, annex IV. The table is data, and its
rows enter the rules digest of every certificate.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from ewaste.contracts.events.recycler import Operation

__all__ = ["OPERATIONS", "OperationKind", "OperationRule", "is_final", "is_landfill", "operations_table"]


class OperationKind(StrEnum):
    RECOVERY = "recovery"
    DISPOSAL = "disposal"


@dataclass(frozen=True, slots=True)
class OperationRule:
    """One operation; `final` is False for interim ones (R12, R13, D13-D15): further treatment must follow."""

    code: Operation
    kind: OperationKind
    final: bool
    landfill: bool
    energy_recovery: bool
    meaning: str


_TRUTH: Final = {"true": True, "false": False}


def _read() -> Mapping[Operation, OperationRule]:
    text = files("ewaste.evidence.rules").joinpath("operations.csv").read_text("utf-8")
    rules = {
        Operation(row["code"]): OperationRule(
            Operation(row["code"]),
            OperationKind(row["kind"]),
            _TRUTH[row["final"]],
            _TRUTH[row["landfill"]],
            _TRUTH[row["energy_recovery"]],
            row["meaning"],
        )
        for row in csv.DictReader(text.splitlines())
    }
    if missing := set(Operation) - set(rules):
        raise LookupError(f"operations.csv lacks {', '.join(sorted(missing))}: add a row for each operation")
    return MappingProxyType(rules)


OPERATIONS: Final = _read()
"""Every operation there is, read once from the package's own data."""


def is_final(operation: Operation) -> bool:
    """Whether nothing needs to follow."""
    return OPERATIONS[operation].final


def is_landfill(operation: Operation) -> bool:
    """Whether the grams end in or on the ground for good (D1, D5, D12)."""
    return OPERATIONS[operation].landfill


def operations_table() -> list[dict[str, str | bool]]:
    """The rows as plain values in the file's order, for digests and pages."""
    return [
        {
            "code": rule.code.value,
            "kind": rule.kind.value,
            "final": rule.final,
            "landfill": rule.landfill,
            "energy_recovery": rule.energy_recovery,
            "meaning": rule.meaning,
        }
        for rule in OPERATIONS.values()
    ]
