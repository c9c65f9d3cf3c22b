"""What every decision says and checks alike."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ewaste.contracts.refusal import CONFLICT, Refused

__all__ = ["MOST_BAG_GRAMS", "NO_SEAL", "Word", "check_each_once", "check_time", "id_taken", "named"]

_CLOCK_SKEW: Final = timedelta(minutes=5)

MOST_BAG_GRAMS: Final = 100_000
"""Nobody lifts more out of a box: an amount above it is a unit mistake. A full load of 1,000 bags fits an event."""
NO_SEAL: Final = "none"
"""What a handover says where no seal was found, or none that can be read: a mismatch with any seal."""


@dataclass(frozen=True, slots=True)
class Word:
    """One side's word about a bag: the seal it read and the grams it weighed."""

    seal: str
    grams: int


def check_time(moment: datetime, now: datetime, name: str) -> None:
    """Raises `Refused` when a device's time is further ahead than clocks are."""
    if moment > now + _CLOCK_SKEW:
        raise Refused("time-in-future", f"{name} is after {now:%H:%M:%S} UTC; check the clock", field=name)


def check_each_once(bag_ids: Sequence[str], field: str) -> None:
    """Raises `Refused` naming the bags that are there twice."""
    if twice := [bag_id for bag_id, times in Counter(bag_ids).items() if times > 1]:
        raise Refused("bag-twice", f"named twice: {named(twice)}; name every bag once", field=field)


def id_taken(field: str, detail: str) -> Refused:
    return Refused("id-taken", f"{detail}; choose another id", field=field, status=CONFLICT)


def named(ids: Iterable[str]) -> str:
    """Some of the ids, for a sentence."""
    shown = sorted(ids)
    more = f" and {len(shown) - 5} more" if len(shown) > 5 else ""
    return ", ".join(shown[:5]) + more
