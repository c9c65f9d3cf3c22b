"""The statement as a whole (part two, 2.2–2.4)."""

from typing import Final

from ewaste.education.xapi.rules.activities import activity
from ewaste.education.xapi.rules.actors import actor, agent, authority, group
from ewaste.education.xapi.rules.formats import extensions, iri, language, language_map, text, timestamp, uuid, version
from ewaste.education.xapi.rules.results import result
from ewaste.education.xapi.rules.shape import (
    Check,
    Invalid,
    Value,
    at,
    fields,
    obj,
    one_of,
    optional_array,
    shown,
)

__all__ = ["VOIDED", "check_statement"]

VOIDED: Final = "http://adlnet.gov/expapi/verbs/voided"
"""The one verb that the specification reserves (2.3.2)."""

_VERB: Final = obj({"id": iri, "display": language_map}, required=("id",))
_REFERENCE: Final = obj({"objectType": one_of("StatementRef"), "id": uuid}, required=("objectType", "id"))
_CONTEXT_KEYS: Final = ("parent", "grouping", "category", "other")
_ONLY_OF_ACTIVITIES: Final = ("revision", "platform")


def _context_activities(value: Value, path: str) -> None:
    fields(value, path, dict.fromkeys(_CONTEXT_KEYS, optional_array(activity)))
    if not value:
        raise Invalid(path, f"needs at least one of {', '.join(_CONTEXT_KEYS)}, or leave it out")


_CONTEXT: Final = obj(
    {
        "registration": uuid,
        "instructor": actor,
        "team": group,
        "contextActivities": _context_activities,
        "revision": text,
        "platform": text,
        "language": language,
        "statement": _REFERENCE,
        "extensions": extensions,
    }
)


def _attachments(_value: Value, path: str) -> None:
    raise Invalid(path, "attachments are not supported here; send the statement without them")


_SAID: Final[dict[str, Check]] = {
    "actor": actor,
    "verb": _VERB,
    "result": result,
    "context": _CONTEXT,
    "timestamp": timestamp,
    "attachments": _attachments,
}
_NEEDED: Final = ("actor", "verb", "object")


def _object(value: Value, path: str, *, inner: bool) -> None:
    kind = value.get("objectType", "Activity") if isinstance(value, dict) else "Activity"
    checks = {"Activity": activity, "Agent": agent, "Group": group, "StatementRef": _REFERENCE}
    if kind == "SubStatement" and not inner:
        _sub_statement(value, path)
    elif not isinstance(kind, str) or kind not in checks:
        wanted = ", ".join(checks if inner else [*checks, "SubStatement"])
        raise Invalid(at(path, "objectType"), f"must be one of {wanted}, not {shown(kind)}")
    else:
        checks[kind](value, path)


def _sub_statement(value: Value, path: str) -> None:
    """It has no id, stored, version or authority, and holds no further one (2.4.4.3)."""
    own: dict[str, Check] = {"objectType": one_of("SubStatement"), "object": lambda v, p: _object(v, p, inner=True)}
    fields(value, path, {**_SAID, **own}, _NEEDED)
    _check_context(value, path)


_STATEMENT: Final[dict[str, Check]] = {
    **_SAID,
    "id": uuid,
    "object": lambda value, path: _object(value, path, inner=False),
    "stored": timestamp,
    "authority": authority,
    "version": version,
}


def check_statement(value: Value, path: str = "") -> None:
    """Raises `Invalid` for the first thing that is not as the specification has it; attachments are refused too."""
    fields(value, path, _STATEMENT, _NEEDED)
    _check_context(value, path)
    if value["verb"]["id"] == VOIDED and value["object"].get("objectType") != "StatementRef":
        raise Invalid(at(path, "object.objectType"), "must be StatementRef where the verb is voided")


def _check_context(value: dict[str, Value], path: str) -> None:
    """`revision` and `platform` are said of activities only (2.4.6)."""
    found = next((name for name in _ONLY_OF_ACTIVITIES if name in value.get("context", {})), None)
    if found and value["object"].get("objectType", "Activity") != "Activity":
        raise Invalid(at(path, f"context.{found}"), "is only allowed where the object is an Activity")
