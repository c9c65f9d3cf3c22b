"""What the logistics service is told by its environment."""

from typing import Literal

from ewaste.contracts.fields import Context
from ewaste.evidence.rules import Rules, Tolerance
from ewaste.runtime.settings import RuntimeSettings

__all__ = ["Settings"]


class Settings(RuntimeSettings):
    context: Literal[Context.LOGISTICS] = Context.LOGISTICS
    http_port: int = 8102
    bulk_lines: int = 5_000
    """At most this many lines in one bulk request."""
    rules: Rules = Rules(tolerance=Tolerance(basis_points=100, scale_division_grams=100))
    """How giver's and receiver's grams are judged; two calibrated scales agree within 1 % or one division."""
