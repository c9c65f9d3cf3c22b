"""What the recycler service is told by its environment."""

from typing import Literal

from ewaste.contracts.fields import Context
from ewaste.evidence.rules.ruleset import DEFAULT_RULES, Rules, Tolerance
from ewaste.runtime.settings import RuntimeSettings

__all__ = ["Settings"]


class Settings(RuntimeSettings):
    context: Literal[Context.RECYCLER] = Context.RECYCLER
    http_port: int = 8103
    rules: Rules = Rules(tolerance=Tolerance(basis_points=100, scale_division_grams=100))
    """How grams weighed in are judged against those sent; two calibrated scales agree within 1 % or one division."""
    tolerance: Tolerance = DEFAULT_RULES.tolerance
    """How far batches may exceed their bags, and outputs their inputs; the same as the rules of certificates."""
