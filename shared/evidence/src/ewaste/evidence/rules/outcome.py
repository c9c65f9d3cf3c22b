"""How a batch stands against every scheme; each for itself, never mixed.

Grams and pieces in, grams, basis points and names out: integers and texts only, so that a certificate's bytes are the
same everywhere. The rules are data (`Rules.schemes`); what they mean and why: docs/architecture/rules.md.
"""

from typing import Any

from ewaste.evidence.rules.diversion import assess_landfill, assess_true, assess_ul2799, assess_upcycle
from ewaste.evidence.rules.outcome_model import WHOLE, CoverageGrams, FinalOutput, Outcome
from ewaste.evidence.rules.ruleset import Rules
from ewaste.evidence.rules.schemes import Climate, stem_of
from ewaste.evidence.rules.weee import assess_weee

__all__ = ["CoverageGrams", "FinalOutput", "Outcome", "assess"]


def assess(outcome: Outcome, rules: Rules) -> dict[str, Any]:
    """How the batch stands against every scheme, by the scheme's name as its file has it.

    Entries: `landfill`, `ul2799`, `true`, `weee-eu`, `weee-fr`, `coverage`, `upcycle`, `climate`; in each, `rules` is
    the stem of the file that decided. Values are integers, texts, booleans, and lists and objects of them.
    """
    schemes = rules.schemes
    entries = {
        "landfill": assess_landfill(outcome, schemes.landfill),
        "ul2799": assess_ul2799(outcome, schemes.ul2799),
        "true": assess_true(outcome, schemes.true),
        "weee_eu": assess_weee(outcome, schemes.weee_eu),
        "weee_fr": assess_weee(outcome, schemes.weee_fr),
        "coverage": _coverage(outcome),
        "upcycle": assess_upcycle(outcome, schemes.upcycle),
        "climate": _climate(outcome, schemes.climate),
    }
    return {
        name.replace("_", "-"): {"rules": stem_of(name, getattr(schemes, name)), **entry}
        for name, entry in entries.items()
    }


def _coverage(outcome: Outcome) -> dict[str, Any]:
    grams = outcome.coverage.by_model()
    return {
        "grams": grams,
        "basis_points": _summing_to_whole(grams, outcome.own_grams),
        "weakest": [model for model, amount in grams.items() if amount][-1],
    }


def _summing_to_whole(grams: dict[str, int], whole: int) -> dict[str, int]:
    """Basis points by largest remainder; of equal remainders the weaker model (later here) gets the point."""
    shares = {name: divmod(amount * WHOLE, whole) for name, amount in grams.items()}
    missing = WHOLE - sum(floor for floor, _ in shares.values())
    rest = sorted(shares, key=lambda name: (shares[name][1], list(shares).index(name)), reverse=True)[:missing]
    return {name: floor + (name in rest) for name, (floor, _) in shares.items()}


def _climate(outcome: Outcome, rule: Climate) -> dict[str, Any]:
    pieces = outcome.pieces_by_category
    return {
        "estimate": True,
        "basis_published": rule.basis_published,
        "pieces": sum(pieces.values()),
        "grams_co2e": sum(count * rule.factor_of(category) for category, count in pieces.items()),
    }
