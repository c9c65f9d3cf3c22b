"""Recovery and recycling rates of the WEEE directive (2012/19/EU, article 11 and annex V), for one batch."""

from collections.abc import Mapping
from typing import Any

from ewaste.contracts.events.dropoff import Category
from ewaste.evidence.rules.outcome_model import WHOLE, Outcome, share_down
from ewaste.evidence.rules.schemes import Weee

__all__ = ["assess_weee"]


def assess_weee(outcome: Outcome, rule: Weee) -> dict[str, Any]:
    """The batch's rates against the target of every annex III category in it.

    Undetermined, with the reason, without sorted weights (`not_sorted`) or without equipment (`no_equipment`).
    """
    if outcome.input_by_category is None:
        return {"determined": False, "reason": "not_sorted"}
    by_weee, batteries = _by_weee(outcome.input_by_category, rule)
    if not by_weee:
        return {"determined": False, "reason": "no_equipment"}
    whole = outcome.input_grams - batteries
    recovered, recycled = _rates(outcome, rule, batteries)
    targets = [_against(weee, grams, recovered, recycled, whole, rule) for weee, grams in sorted(by_weee.items())]
    return {
        "determined": True,
        "rates_of": "batch",
        "entered_grams": whole,
        "outside_grams": batteries,
        "recovered_grams": recovered,
        "recovered_basis_points": share_down(recovered, whole),
        "recycled_grams": recycled,
        "recycled_basis_points": share_down(recycled, whole),
        "categories": targets,
        "reached": all(each["reached"] for each in targets),
    }


def _by_weee(grams: Mapping[Category, int], rule: Weee) -> tuple[dict[int, int], int]:
    """Grams by annex III category, and the grams that are no equipment."""
    by_weee: dict[int, int] = {}
    outside = 0
    for category, amount in grams.items():
        weee = rule.weee_of(category)
        if weee is None:
            outside += amount
        elif amount:
            by_weee[weee] = by_weee.get(weee, 0) + amount
    return by_weee, outside


def _rates(outcome: Outcome, rule: Weee, batteries: int) -> tuple[int, int]:
    """Grams of equipment recovered and of them recycled, at the least.

    Which outputs were batteries nobody knows: were all of them recycled, this much of the rest is equipment's.
    """
    recycled, other = outcome.in_operations(rule.recycling), outcome.in_operations(rule.other_recovery)
    _, other, recycled = outcome.within_input(outcome.accounted_grams - recycled - other, other, recycled)
    return max(0, recycled + other - batteries), max(0, recycled - batteries)


def _against(weee: int, grams: int, recovered: int, recycled: int, whole: int, rule: Weee) -> dict[str, Any]:
    target = rule.target_of(weee)
    asked = {"recycling_target_basis_points": target.recycling_basis_points}
    reached = recycled * WHOLE >= target.recycling_basis_points * whole
    if target.recovery_basis_points is not None:
        asked["recovery_target_basis_points"] = target.recovery_basis_points
        reached = reached and recovered * WHOLE >= target.recovery_basis_points * whole
    return {"weee": weee, "own_grams": grams, **asked, "reached": reached}
