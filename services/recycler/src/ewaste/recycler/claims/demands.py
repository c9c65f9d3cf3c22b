"""What several rules demand of a claim."""

from collections.abc import Iterable

from ewaste.contracts.events.recycler import RefusalReason
from ewaste.recycler.claims.model import NotAccepted

__all__ = ["is_abroad", "once_each"]

_HOME = "TH"


def once_each(ids: Iterable[str], path: str) -> None:
    """Raises `NotAccepted` at the second place of an id; `path` has `{}` for the place's number."""
    seen: set[str] = set()
    for number, id in enumerate(ids):
        if id in seen:
            raise NotAccepted(RefusalReason.SCHEMA, f"{id} stands twice in this claim", path.format(number))
        seen.add(id)


def is_abroad(country: str | None) -> bool:
    """Whether a facility is outside Thailand; without a country it is in Thailand."""
    return country not in (None, _HOME)
