"""Golden examples: whole events, one or more per type, immutable once committed.

Every consumer's tests run them through its own code (`for value in examples()[name]`), so that what was ever written
stays readable. Places, schools' courses and partners in them are samples.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from ewaste.contracts.registry import EVENT_TYPES

__all__ = ["example_names", "examples"]


@cache
def examples() -> Mapping[str, tuple[bytes, ...]]:
    """The values of every type's examples in the order of `example_names`, as `read_event` takes them."""
    return MappingProxyType(
        {event_type.name: tuple(cases.values()) for event_type in EVENT_TYPES if (cases := _cases(event_type.name))}
    )


def example_names(type_name: str) -> tuple[str, ...]:
    """What each example of a type is called: the file's name without `.json`, in alphabetical order."""
    return tuple(_cases(type_name))


def _cases(type_name: str) -> Mapping[str, bytes]:
    folder = files("ewaste.contracts").joinpath("examples", type_name)
    if not folder.is_dir():
        return {}
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".json")), key=lambda file: file.name)
    return {file.name.removesuffix(".json"): file.read_bytes() for file in found}
