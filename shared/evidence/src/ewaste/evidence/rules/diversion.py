"""Landfill, diversion and re-use: where the grams of a batch ended.

Levels are decided on exact grams by cross-multiplication; basis points are for the reader.
"""

from typing import Any

from ewaste.evidence.rules.outcome_model import WHOLE, Outcome, share_down, share_up
from ewaste.evidence.rules.schemes import Landfill, TrueZeroWaste, Ul2799, Upcycle

__all__ = ["assess_landfill", "assess_true", "assess_ul2799", "assess_upcycle"]


def _reaches(grams: int, whole: int, basis_points: int) -> bool:
    return grams * WHOLE >= basis_points * whole


def assess_landfill(outcome: Outcome, rule: Landfill) -> dict[str, Any]:
    """Grams landfilled of all that went in; zero landfill needs none, and none whose end is still unknown."""
    landfilled = outcome.in_operations(rule.operations)
    return {
        "landfill_grams": landfilled,
        "landfill_basis_points": min(WHOLE, share_up(landfilled, outcome.input_grams)),
        "interim_grams": outcome.interim_grams,
        "zero_landfill": landfilled == 0 and outcome.interim_grams == 0,
    }


def assess_ul2799(outcome: Outcome, rule: Ul2799) -> dict[str, Any]:
    """The highest level whose share is diverted, if enough of it is without energy recovery; else `none`."""
    energy, other = outcome.in_operations(rule.energy_recovery), outcome.in_operations(rule.diverted)
    _, energy, other = outcome.within_input(outcome.accounted_grams - energy - other, energy, other)
    whole, diverted = outcome.input_grams, energy + other
    enough = _reaches(other, whole, rule.least_without_energy_basis_points)
    reached = (each.name for each in rule.levels if enough and _reaches(diverted, whole, each.from_basis_points))
    return {
        "level": next(reached, "none"),
        "diverted_grams": diverted,
        "diverted_basis_points": share_down(diverted, whole),
        "without_energy_grams": other,
        "without_energy_basis_points": share_down(other, whole),
        "energy_recovery_grams": energy,
        "energy_recovery_basis_points": share_up(energy, whole),
        "not_diverted_grams": whole - diverted,
    }


def assess_true(outcome: Outcome, rule: TrueZeroWaste) -> dict[str, Any]:
    """Whether enough is diverted, energy recovery excluded."""
    diverted = outcome.in_operations(rule.diverted)
    _, diverted = outcome.within_input(outcome.accounted_grams - diverted, diverted)
    return {
        "reached": _reaches(diverted, outcome.input_grams, rule.least_basis_points),
        "diverted_grams": diverted,
        "diverted_basis_points": share_down(diverted, outcome.input_grams),
    }


def assess_upcycle(outcome: Outcome, rule: Upcycle) -> dict[str, Any]:
    """Grams prepared for re-use and grams recycled, apart."""
    both = outcome.in_operations(rule.operations)
    reused = sum(
        each.grams for each in outcome.outputs if each.prepared_for_reuse and each.operation in rule.operations
    )
    _, recycled, reused = outcome.within_input(outcome.accounted_grams - both, both - reused, reused)
    return {
        "reuse_grams": reused,
        "reuse_basis_points": share_down(reused, outcome.input_grams),
        "recycled_grams": recycled,
        "recycled_basis_points": share_down(recycled, outcome.input_grams),
    }
