"""What came of it: score, success, completion, duration (part two, 2.4.5)."""

from typing import Final

from ewaste.education.xapi.rules.formats import boolean, duration, extensions, number, text
from ewaste.education.xapi.rules.shape import Invalid, Value, at, obj

__all__ = ["result"]

_SCORE: Final = obj({"scaled": number, "raw": number, "min": number, "max": number})


def _score(value: Value, path: str) -> None:
    _SCORE(value, path)
    if not -1 <= value.get("scaled", 0) <= 1:
        raise Invalid(at(path, "scaled"), f"must be from -1 to 1, not {value['scaled']}")
    low, high, raw = value.get("min"), value.get("max"), value.get("raw")
    if low is not None and high is not None and low >= high:
        raise Invalid(at(path, "min"), f"must be less than max: {low} and {high}")
    if raw is not None and ((low is not None and raw < low) or (high is not None and raw > high)):
        raise Invalid(at(path, "raw"), f"must be between min and max: {raw}")


result: Final = obj(
    {
        "score": _score,
        "success": boolean,
        "completion": boolean,
        "response": text,
        "duration": duration,
        "extensions": extensions,
    }
)
