"""All registers by name, their rows from evidence, and the data dictionary."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ewaste.evidence.custody.fold import Evidence, fold
from ewaste.evidence.registers.alerts import ALERTS
from ewaste.evidence.registers.bags import BAGS
from ewaste.evidence.registers.batches import BATCHES
from ewaste.evidence.registers.certificates import CERTIFICATES
from ewaste.evidence.registers.columns import Row
from ewaste.evidence.registers.entries import Entry
from ewaste.evidence.registers.handovers import HANDOVERS
from ewaste.evidence.registers.model import Register, View
from ewaste.evidence.rules.ruleset import DEFAULT_RULES, Rules

__all__ = ["REGISTERS", "dictionary", "rows_of"]

REGISTERS: Final[Mapping[str, Register]] = {
    each.name: each for each in (BAGS, HANDOVERS, BATCHES, CERTIFICATES, ALERTS)
}


def rows_of(
    register: Register, evidence: Iterable[Evidence], entries: Iterable[Entry], rules: Rules = DEFAULT_RULES
) -> Iterator[Row]:
    """The rows that these entries give, in their order; `evidence` may hold more than they need, never less."""
    view = View.of(fold(evidence, rules))
    for entry in entries:
        yield from register.rows(view, entry)


def dictionary() -> list[dict[str, Any]]:
    """Every register and its columns as plain values."""
    return [
        {
            "register": each.name,
            "th": each.th,
            "en": each.en,
            "period_th": each.period_th,
            "period_en": each.period_en,
            "decided_by": each.decided_by.__name__,
            "columns": [column.to_dict() for column in each.columns],
        }
        for each in REGISTERS.values()
    ]
