"""What became of a batch: the grams and pieces that every scheme is assessed on, and their shares."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Final

from ewaste.contracts.events.dropoff import Category
from ewaste.contracts.events.recycler import Operation
from ewaste.evidence.rules.operations import is_final

__all__ = ["WHOLE", "CoverageGrams", "FinalOutput", "Outcome", "share_down", "share_up"]

WHOLE: Final = 10_000
"""Basis points of a whole."""


def share_down(grams: int, whole: int) -> int:
    """Basis points, rounded down: for what speaks in our favour."""
    return grams * WHOLE // whole


def share_up(grams: int, whole: int) -> int:
    """Basis points, rounded up: for what speaks against us, so that 0 means none at all."""
    return -(-grams * WHOLE // whole)


def _require_grams(**grams: object) -> None:
    for name, number in grams.items():
        if type(number) is not int or number < 0:
            raise ValueError(f"{name} is {number!r}; give whole grams from 0")


def _require_sum(name: str, grams: Collection[int], own_grams: int) -> None:
    for number in grams:
        _require_grams(**{name: number})
    if sum(grams) != own_grams:
        raise ValueError(f"{name} sums to {sum(grams)} g, not to our {own_grams} g; give every gram once")


@dataclass(frozen=True, slots=True)
class FinalOutput:
    """Grams that came to their end by a final operation. Raises ValueError for an interim one or negative grams."""

    operation: Operation
    material: str
    grams: int
    prepared_for_reuse: bool = False

    def __post_init__(self) -> None:
        if not is_final(self.operation):
            raise ValueError(f"{self.operation.value} is interim; count its grams as interim_grams")
        _require_grams(grams=self.grams)


@dataclass(frozen=True, slots=True)
class CoverageGrams:
    """Our own grams by chain-of-custody model (ISO 22095), and those whose custody broke."""

    identity_preserved: int = 0
    segregated: int = 0
    mass_balance: int = 0
    broken: int = 0

    def __post_init__(self) -> None:
        _require_grams(**self.by_model())

    def by_model(self) -> dict[str, int]:
        """Grams by model, strongest first."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch, in grams and pieces; order of outputs is of no account.

    Raises ValueError when none of our grams went in, or the parts of our grams are not our grams: a batch whose
    balance closes never gives such an outcome.
    """

    input_grams: int
    """All that went in, also of other clients."""
    own_grams: int
    outputs: tuple[FinalOutput, ...]
    coverage: CoverageGrams
    process_loss_grams: int = 0
    interim_grams: int = 0
    """In R12, R13, D13 to D15 and waiting for what follows."""
    pieces_by_category: Mapping[Category, int] = field(default_factory=dict)
    input_by_category: Mapping[Category, int] | None = None
    """Our own grams as sorted and weighed; None where nobody sorted."""

    def __post_init__(self) -> None:
        if not 0 < self.own_grams <= self.input_grams:
            raise ValueError(
                f"{self.own_grams} g of ours in {self.input_grams} g of input; give at least one of ours, at most all"
            )
        _require_grams(process_loss_grams=self.process_loss_grams, interim_grams=self.interim_grams)
        _require_sum("coverage", self.coverage.by_model().values(), self.own_grams)
        if self.input_by_category is not None:
            _require_sum("input_by_category", self.input_by_category.values(), self.own_grams)

    def in_operations(self, operations: Collection[Operation]) -> int:
        """Output grams that ended in these operations."""
        return sum(each.grams for each in self.outputs if each.operation in operations)

    @property
    def accounted_grams(self) -> int:
        """Outputs, interim and loss: within the balance's tolerance of the input, on either side."""
        return sum(each.grams for each in self.outputs) + self.interim_grams + self.process_loss_grams

    def within_input(self, *worst_first: int) -> tuple[int, ...]:
        """The amounts, each cut to what the ones before it leave of the input.

        More may be weighed out than went in, within tolerance. No share may pass the whole by that, and what speaks
        against us is never cut in favour of what speaks for us.
        """
        left, cut = self.input_grams, []
        for grams in worst_first:
            cut.append(min(grams, left))
            left -= cut[-1]
        return tuple(cut)
