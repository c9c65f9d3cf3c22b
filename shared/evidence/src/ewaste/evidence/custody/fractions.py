"""What became of a batch: from its first outputs through every interim treatment to the last operation.

An interim operation (R12, R13, D13-D15) is never an end: `FractionTreated` leads on, as often as needed. What is
treated abroad carries the Basel Convention's notification and movement numbers, so no batch's own output ends abroad.
"""

from dataclasses import dataclass
from typing import Final

from ewaste.contracts.events.recycler import BatchRecycled, FractionTreated, OutputFraction
from ewaste.evidence.custody.fold import Custody, Fact
from ewaste.evidence.custody.graph import fraction_node, node
from ewaste.evidence.custody.open_lines import LineCode, OpenLine, in_order
from ewaste.evidence.rules.operations import is_final

__all__ = ["Fraction", "Fractions", "fractions_of", "is_abroad"]

_HERE: Final = "TH"


@dataclass(frozen=True, slots=True)
class Fraction:
    """An output, where it was said, and what was done with it later (nothing, for a final operation)."""

    output: OutputFraction
    said_by: Fact[BatchRecycled] | Fact[FractionTreated]
    treatments: tuple[Fact[FractionTreated], ...]
    children: tuple[str, ...]
    """Ids of the fractions its treatments gave."""

    @property
    def is_leaf(self) -> bool:
        """Whether its grams count here: nothing was made of it (yet)."""
        return not self.treatments

    @property
    def is_final(self) -> bool:
        return is_final(self.output.operation)


@dataclass(frozen=True, slots=True)
class Fractions:
    """Every fraction of a batch by id, and why the chain is not final where it isn't."""

    recycled: Fact[BatchRecycled] | None
    roots: tuple[str, ...]
    by_id: dict[str, Fraction]
    """In the order of the walk: each fraction after the one it came from."""
    process_loss_grams: int
    """Declared losses of the batch and of every treatment."""
    open_lines: tuple[OpenLine, ...]

    @property
    def leaves(self) -> list[Fraction]:
        return [fraction for fraction in self.by_id.values() if fraction.is_leaf]

    @property
    def is_final(self) -> bool:
        """Whether every output has a final operation."""
        return self.recycled is not None and not self.open_lines


def is_abroad(country: str | None) -> bool:
    """Whether grams left the country to get there; no country means here."""
    return country is not None and country != _HERE


class _Walk:
    """One pass over the treatments of a batch; a fraction is entered once, so a circle ends where it began."""

    def __init__(self, custody: Custody, batch_id: str) -> None:
        self.batch_id = batch_id
        self.tolerance = custody.rules.tolerance
        self.treatments: dict[str, list[Fact[FractionTreated]]] = {}
        for fact in custody.facts(node("batch", batch_id), FractionTreated):
            self.treatments.setdefault(fact.data.fraction_id, []).append(fact)
        self.found: dict[str, Fraction] = {}
        self.loss = 0
        self.lines: list[OpenLine] = []

    def line(self, code: LineCode, fraction_id: str, grams: int = 0, limit: int = 0) -> None:
        self.lines.append(OpenLine(code, fraction_node(self.batch_id, fraction_id), grams, limit))

    def enter(self, fact: Fact[BatchRecycled] | Fact[FractionTreated]) -> None:
        waiting = [(output, fact) for output in fact.data.outputs]
        self.loss += fact.data.process_loss_grams
        while waiting:
            output, said_by = waiting.pop(0)
            if output.fraction_id in self.found:
                self.line(LineCode.FRACTION_NAMED_TWICE, output.fraction_id)
                continue
            treatments = self.treatments.pop(output.fraction_id, [])
            children = tuple(child.fraction_id for each in treatments for child in each.data.outputs)
            self.found[output.fraction_id] = Fraction(output, said_by, tuple(treatments), children)
            self.loss += sum(each.data.process_loss_grams for each in treatments)
            self.check(output, treatments)
            if isinstance(said_by.data, BatchRecycled) and _ends_abroad(output):
                self.line(LineCode.FINAL_OUTPUT_ABROAD, output.fraction_id, output.grams)
            waiting.extend((child, each) for each in treatments for child in each.data.outputs)

    def check(self, output: OutputFraction, treatments: list[Fact[FractionTreated]]) -> None:
        id = output.fraction_id
        if is_final(output.operation):
            if treatments:
                self.line(LineCode.FRACTION_ALREADY_FINAL, id)
            return
        if not treatments:
            self.line(LineCode.FRACTION_NOT_TREATED, id, output.grams)
            return
        treated = sum(each.data.grams for each in treatments)
        if not self.tolerance.allows(output.grams - treated, output.grams):
            self.line(LineCode.FRACTION_GRAMS_DIFFER, id, treated, output.grams)
        if len({each.data.treatment_id for each in treatments}) < len(treatments):
            self.line(LineCode.TREATMENT_RECORDED_TWICE, id)
        for each in treatments:
            self.check_treatment(each.data)

    def check_treatment(self, treatment: FractionTreated) -> None:
        out = sum(output.grams for output in treatment.outputs) + treatment.process_loss_grams
        if not self.tolerance.allows(treatment.grams - out, treatment.grams):
            off, allowed = abs(treatment.grams - out), self.tolerance.grams_of(treatment.grams)
            self.line(LineCode.TREATMENT_NOT_BALANCED, treatment.fraction_id, off, allowed)
        left = is_abroad(treatment.facility_country) or any(map(_ends_abroad, treatment.outputs))
        if left and not (treatment.basel_notification_number and treatment.basel_movement_number):
            self.line(LineCode.BASEL_NUMBERS_MISSING, treatment.fraction_id, treatment.grams)


def _ends_abroad(output: OutputFraction) -> bool:
    return is_abroad(output.facility_country) and is_final(output.operation)


def fractions_of(custody: Custody, batch_id: str) -> Fractions:
    """The fractions of a batch, as far as the evidence goes."""
    walk = _Walk(custody, batch_id)
    recycled = custody.first(node("batch", batch_id), BatchRecycled)
    if recycled is not None:
        walk.enter(recycled)
    # What is left was treated without coming from anywhere: a fact is missing, or the treatments run in a circle.
    for fraction_id in walk.treatments:
        walk.line(LineCode.FRACTION_UNKNOWN, fraction_id)
    roots = tuple(dict.fromkeys(output.fraction_id for output in recycled.data.outputs)) if recycled else ()
    return Fractions(recycled, roots, walk.found, walk.loss, in_order(walk.lines))
