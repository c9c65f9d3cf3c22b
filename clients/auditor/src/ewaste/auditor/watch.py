"""Who looks on while something long is done."""

from collections.abc import Callable
from typing import Final

__all__ = ["TELL_EVERY", "Watch", "nobody"]

Watch = Callable[[str, int, int], None]
"""Told what is being done, how much is done, and of how much."""
TELL_EVERY: Final = 1_000


def nobody(what: str, done: int, total: int) -> None:
    """For whoever has no screen."""
