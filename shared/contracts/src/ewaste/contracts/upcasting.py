"""What older versions of an event mean today: each is lifted to the next version, purely, until it is the newest.

A released version stays readable for ever: ledgers hold it. A reader knows only the newest model; `read_data` lifts
what is older. A version that is newer than this release is no event here (`is_unknown_version` tells it from garbage).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ewaste.contracts.fields import Part

if TYPE_CHECKING:
    from ewaste.contracts.registry import EventType

__all__ = ["Upcast", "Upcasts", "is_other_version"]

_NAME: Final = re.compile(r"(ewaste\.[a-z]+\.[A-Za-z]+)\.v[1-9][0-9]{0,5}")


@dataclass(frozen=True, slots=True)
class Upcast:
    """From one version to the next: `lift` takes the old model's data and gives the new one's.

    Pure and total: no clock, no other event, and no data that the old model accepts is refused. Raises ValueError for
    two types that are not two versions in a row of one event, or that differ in key or subject.
    """

    old: "EventType"
    new: "EventType"
    lift: Callable[[Any], Part]

    def __post_init__(self) -> None:
        old, new = self.old, self.new
        if _base(old) != _base(new) or new.version != old.version + 1:
            raise ValueError(f"{new.name} is not the version after {old.name}")
        if (old.key, old.subject) != (new.key, new.subject):
            raise ValueError(f"{new.name} has another key or subject than {old.name}: order and place would change")


class Upcasts:
    """Every step there is; at most one from each type."""

    def __init__(self, steps: Iterable[Upcast] = ()) -> None:
        self._steps: dict[str, Upcast] = {}
        for step in steps:
            if self._steps.setdefault(step.old.name, step) is not step:
                raise ValueError(f"two ways lead from {step.old.name}")

    def newest(self, event_type: "EventType") -> "EventType":
        """The version that `lifted` ends with."""
        while (step := self._steps.get(event_type.name)) is not None:
            event_type = step.new
        return event_type

    def lifted(self, event_type: "EventType", data: Part) -> tuple["EventType", Part]:
        """What this data of this type says in the newest version."""
        while (step := self._steps.get(event_type.name)) is not None:
            event_type, data = step.new, step.lift(data)
        return event_type, data


def is_other_version(name: str, known: Mapping[str, object]) -> bool:
    """Whether a type that is not known is another version of one that is."""
    found = _NAME.fullmatch(name)
    return found is not None and name not in known and any(_stem(each) == found[1] for each in known)


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def _base(event_type: "EventType") -> str:
    return _stem(event_type.name)
