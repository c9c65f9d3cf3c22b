"""Activities with their definitions, and questions described by their interaction (part two, 2.4.4.1)."""

from typing import Final

from ewaste.education.xapi.rules.formats import extensions, iri, language_map, text
from ewaste.education.xapi.rules.shape import Check, Invalid, Value, array, at, obj, one_of, shown

__all__ = ["activity"]

_INTERACTIONS: Final = (
    "true-false", "choice", "fill-in", "long-fill-in", "matching", "performance", "sequencing", "likert", "numeric",
    "other",
)  # fmt: skip
_LISTS: Final = ("choices", "scale", "source", "target", "steps")
_COMPONENT: Final = obj({"id": text, "description": language_map}, required=("id",))


def _components(value: Value, path: str) -> None:
    array(_COMPONENT)(value, path)
    ids = [one["id"] for one in value]
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice is not None:
        raise Invalid(path, f"id {shown(twice)} stands twice; each component needs an id of its own")


_PLAIN: Final = obj(
    {
        "name": language_map,
        "description": language_map,
        "type": iri,
        "moreInfo": iri,
        "extensions": extensions,
        "interactionType": one_of(*_INTERACTIONS),
        "correctResponsesPattern": array(text),
        **dict.fromkeys(_LISTS, _components),
    }
)


def _definition(value: Value, path: str) -> None:
    _PLAIN(value, path)
    question = next((name for name in ("correctResponsesPattern", *_LISTS) if name in value), None)
    if question and "interactionType" not in value:
        raise Invalid(at(path, "interactionType"), f"is missing; {question} belongs to an interaction")


_ACTIVITY: Final[dict[str, Check]] = {"objectType": one_of("Activity"), "id": iri, "definition": _definition}
activity: Final = obj(_ACTIVITY, required=("id",))
