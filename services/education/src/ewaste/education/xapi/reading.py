"""From bytes to statements: parsed for deciding, and each one's own text as it was sent."""

import json
from typing import Any, Final

import msgspec
from ewaste.education.xapi.rules.shape import Invalid, Value

__all__ = ["members", "parse", "split"]

_RAW_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])
_RAW_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def parse(raw: bytes | str) -> Value:
    """JSON as the specification wants it: UTF-8, no property twice in an object. Raises `Invalid`."""
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except Invalid:
        raise
    except UnicodeDecodeError:
        raise Invalid("", "the text is not UTF-8") from None
    except RecursionError:
        raise Invalid("", "the JSON is nested too deeply") from None
    except ValueError as error:
        raise Invalid("", f"this is not JSON: {str(error)[:200]}") from None


def split(raw: bytes) -> list[bytes]:
    """The texts of the values in a JSON array that `parse` has read."""
    return [bytes(one) for one in _RAW_ARRAY.decode(raw)]


def members(raw: str) -> dict[str, msgspec.Raw]:
    """The properties of a JSON object that `parse` has read, each with its own text."""
    return _RAW_OBJECT.decode(raw)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Invalid(twice, "stands twice in one object")
    return found


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no JSON number")
