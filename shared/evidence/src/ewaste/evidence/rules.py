"""The numbers by which grams and seals are judged: data with a digest, never constants in code."""

from dataclasses import dataclass

from ewaste.contracts.events.logistics import Difference
from ewaste.evidence.canonical import canonical_digest
from ewaste.evidence.operations import operations_table

__all__ = ["DEFAULT_RULES", "Rules", "Tolerance", "classify_handover", "gravest"]

_WHOLE = 10_000
_ORDER = (Difference.MATCHED, Difference.MINOR, Difference.SIGNIFICANT, Difference.SEAL_MISMATCH)


def _require(name: str, number: object, most: int) -> None:
    if type(number) is not int or not 0 <= number <= most:
        raise ValueError(f"{name} is {number!r}; give an integer from 0 to {most}")


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far two weighings of the same thing may differ: the greater of a share and one division of the scale.

    Shares in basis points, divisions in grams. Raises ValueError on anything but sensible integers.
    """

    basis_points: int = 200
    scale_division_grams: int = 100

    def __post_init__(self) -> None:
        _require("basis_points", self.basis_points, _WHOLE)
        _require("scale_division_grams", self.scale_division_grams, 1_000_000)

    def grams_of(self, grams: int) -> int:
        """The greatest whole difference allowed on this many grams."""
        return max(grams * self.basis_points // _WHOLE, self.scale_division_grams)

    def allows(self, difference_grams: int, grams: int) -> bool:
        """Whether a difference of either sign is within tolerance of this many grams; the limit itself is."""
        return abs(difference_grams) <= self.grams_of(grams)


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides over balances and disputes; a changed rule has another digest, and a certificate names it.

    A weight difference above `significant_basis_points` of the grams given is significant (40 CFR 264.72: over 10 %).
    """

    tolerance: Tolerance = Tolerance()
    significant_basis_points: int = 1_000

    def __post_init__(self) -> None:
        _require("significant_basis_points", self.significant_basis_points, _WHOLE)
        if self.significant_basis_points < self.tolerance.basis_points:
            raise ValueError(
                f"significant_basis_points {self.significant_basis_points} is below the tolerance's "
                f"{self.tolerance.basis_points}: nothing could be minor"
            )

    def digest(self) -> str:
        """SHA-256 (hex) over the canonical JSON of these numbers and the table of operations."""
        return canonical_digest(
            {
                "tolerance_basis_points": self.tolerance.basis_points,
                "tolerance_scale_division_grams": self.tolerance.scale_division_grams,
                "significant_basis_points": self.significant_basis_points,
                "operations": operations_table(),
            }
        )


DEFAULT_RULES = Rules()


def classify_handover(
    *, seal_given: str, seal_read: str, given_grams: int, received_grams: int, rules: Rules = DEFAULT_RULES
) -> Difference:
    """How the giver's and the receiver's word about one bag differ; the graver of seal and weight."""
    if seal_given != seal_read:
        return Difference.SEAL_MISMATCH
    short = abs(given_grams - received_grams)
    if rules.tolerance.allows(short, given_grams):
        return Difference.MATCHED
    return Difference.SIGNIFICANT if short * _WHOLE > given_grams * rules.significant_basis_points else Difference.MINOR


def gravest(*differences: Difference) -> Difference:
    """The gravest of these; of none, `matched`."""
    return max(differences, key=_ORDER.index, default=Difference.MATCHED)
