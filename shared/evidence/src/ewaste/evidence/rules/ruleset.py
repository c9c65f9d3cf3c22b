"""Everything that judges grams, seals and outcomes: data with a source and a digest, never constants in code.

The numbers come from `book/<scheme>.<version>.toml`; each file's source and reasons: docs/architecture/rules.md.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ewaste.contracts.events.logistics import Difference
from ewaste.evidence.canonical import canonical_digest
from ewaste.evidence.rules.files import PACKAGED, RulesError, read_schemes
from ewaste.evidence.rules.operations import operations_table
from ewaste.evidence.rules.schemes import Custody, Schemes

__all__ = ["DEFAULT_RULES", "Rules", "RulesError", "Tolerance", "classify_handover", "gravest", "load_rules"]

_WHOLE = 10_000
_ORDER = (Difference.MATCHED, Difference.MINOR, Difference.SIGNIFICANT, Difference.SEAL_MISMATCH)
_SCHEMES: Final = read_schemes(PACKAGED)
_CUSTODY: Final = _SCHEMES.custody


def _require(name: str, number: object, most: int) -> None:
    if type(number) is not int or not 0 <= number <= most:
        raise ValueError(f"{name} is {number!r}; give an integer from 0 to {most}")


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far two weighings of the same thing may differ: the greater of a share and one division of the scale.

    Shares in basis points, divisions in grams. Raises ValueError on anything but sensible integers.
    """

    basis_points: int = _CUSTODY.tolerance_basis_points
    scale_division_grams: int = _CUSTODY.tolerance_scale_division_grams

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
    """What decides over balances, disputes and levels; a changed rule has another digest, and a certificate names it.

    A weight difference above `significant_basis_points` of the grams given is significant (40 CFR 264.72: over 10 %).
    The municipality decides a dispute no sooner than `dispute_days` after the record that opened it.
    """

    tolerance: Tolerance = Tolerance()
    significant_basis_points: int = _CUSTODY.significant_basis_points
    dispute_days: int = _CUSTODY.dispute_days
    schemes: Schemes = _SCHEMES
    """The schemes as their files have them; of custody the three numbers above count."""

    def __post_init__(self) -> None:
        _require("significant_basis_points", self.significant_basis_points, _WHOLE)
        _require("dispute_days", self.dispute_days, 365)
        if self.significant_basis_points < self.tolerance.basis_points:
            raise ValueError(
                f"significant_basis_points {self.significant_basis_points} is below the tolerance's "
                f"{self.tolerance.basis_points}: nothing could be minor"
            )

    @property
    def custody(self) -> Custody:
        """The custody file with the numbers that count here."""
        numbers = {
            "tolerance_basis_points": self.tolerance.basis_points,
            "tolerance_scale_division_grams": self.tolerance.scale_division_grams,
            "significant_basis_points": self.significant_basis_points,
            "dispute_days": self.dispute_days,
        }
        return self.schemes.custody.model_copy(update=numbers)

    def digests(self) -> dict[str, str]:
        """SHA-256 (hex) of every file's content as RFC 8785 JSON, by file stem (`landfill.1`), sorted."""
        named = self.schemes.model_copy(update={"custody": self.custody}).named()
        return {stem: named[stem].digest() for stem in sorted(named)}

    def digest(self) -> str:
        """SHA-256 (hex) over the canonical JSON of all digests and the table of operations."""
        return canonical_digest({"files": self.digests(), "operations": operations_table()})


DEFAULT_RULES: Final = Rules()


def load_rules(folder: Path | None = None, stems: Collection[str] | None = None) -> Rules:
    """The rules of a folder of rule files, or of this release: the newest version of each, or those `stems` names.

    The stems are the keys of `Rules.digests()`, so the rules an older certificate names can be had again.
    Raises RulesError with file, key and what to do.
    """
    schemes = read_schemes(PACKAGED if folder is None else folder, stems)
    custody = schemes.custody
    tolerance = Tolerance(custody.tolerance_basis_points, custody.tolerance_scale_division_grams)
    try:
        return Rules(tolerance, custody.significant_basis_points, custody.dispute_days, schemes)
    except ValueError as error:
        raise RulesError(f"custody.{custody.version}.toml: {error}; mend the file") from error


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
