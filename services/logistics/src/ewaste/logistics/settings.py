"""What the logistics service is told by its environment."""

from typing import Literal

from ewaste.contracts.fields import Context
from ewaste.evidence.rules.ruleset import DEFAULT_RULES, Rules
from ewaste.runtime.settings import RuntimeSettings

__all__ = ["Settings"]


class Settings(RuntimeSettings):
    context: Literal[Context.LOGISTICS] = Context.LOGISTICS
    http_port: int = 8102
    bulk_lines: int = 5_000
    """At most this many lines in one bulk request."""
    rules: Rules = DEFAULT_RULES
    """How grams are judged and disputes end: the same that the ledger's readers use."""
