"""Checks are functions of a value and its dotted path; a rule is put together from smaller ones."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

__all__ = ["Check", "Invalid", "Value", "anything", "array", "at", "fields", "obj", "one_of", "optional_array", "shown"]

Value: TypeAlias = Any
"""Parsed JSON: of any type until a check has seen it."""
Check: TypeAlias = Callable[[Value, str], None]
_SHOWN: Final = 60


class Invalid(ValueError):
    """The specification doesn't allow it: refuse the whole request. `path` is dotted, `message` for people."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message


def at(path: str, key: str | int) -> str:
    return f"{path}.{key}" if path else str(key)


def shown(value: Value) -> str:
    """A value in a message, never long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def anything(_value: Value, _path: str) -> None:
    """No rule: extensions hold whatever their owner puts there, null included."""


def obj(checks: Mapping[str, Check], *, required: Sequence[str] = ()) -> Check:
    """An object with these properties and no others."""

    def check(value: Value, path: str) -> None:
        fields(value, path, checks, required)

    return check


def fields(value: Value, path: str, checks: Mapping[str, Check], required: Sequence[str] = ()) -> None:
    """Raises `Invalid` for what is no object, an unknown property, a missing one, or one that its check refuses."""
    if not isinstance(value, dict):
        raise Invalid(path, f"must be an object, not {shown(value)}")
    for key in required:
        if key not in value:
            raise Invalid(at(path, key), "is missing")
    for key, one in value.items():
        rule = checks.get(key)
        if rule is None:
            raise Invalid(at(path, key), _unknown(key, checks))
        rule(one, at(path, key))


def _unknown(key: str, checks: Mapping[str, Check]) -> str:
    meant = next((name for name in checks if name.lower() == key.lower()), None)
    return f"is not a property here; write {meant}" if meant else "is not a property here; put it into extensions"


def array(check: Check) -> Check:
    def check_all(value: Value, path: str) -> None:
        if not isinstance(value, list):
            raise Invalid(path, f"must be an array, not {shown(value)}")
        for index, one in enumerate(value):
            check(one, at(path, index))

    return check_all


def optional_array(check: Check) -> Check:
    """An array, or a single value that stands for an array of one."""
    several = array(check)

    def check_any(value: Value, path: str) -> None:
        (several if isinstance(value, list) else check)(value, path)

    return check_any


def one_of(*words: str) -> Check:
    def check(value: Value, path: str) -> None:
        if value not in words:
            raise Invalid(path, f"must be one of {', '.join(words)}, not {shown(value)}")

    return check
