"""When two statements are the same (part two, 2.3.1): what a store or a second sending may change is left out."""

import json
from hashlib import sha256
from typing import Any, Final

from ewaste.education.xapi.mentions import agent_key
from ewaste.education.xapi.rules.formats import duration_seconds
from ewaste.education.xapi.rules.shape import Value

__all__ = ["digest"]

_RELATED_ACTORS: Final = ("instructor", "team")


def digest(statement: Value) -> bytes:
    """SHA-256 of what a checked statement says.

    Left out: id, stored, timestamp, version, authority; how verbs and activities are described; names of agents; the
    order of a group's members and of context activities, and whether one of those stands alone or in an array.
    """
    return sha256(json.dumps(_said(statement), sort_keys=True, ensure_ascii=True).encode()).digest()


def _said(statement: Value) -> dict[str, Any]:
    return {
        "actor": _actor(statement["actor"]),
        "verb": statement["verb"]["id"],
        "object": _object(statement["object"]),
        "result": _result(statement.get("result", {})),
        "context": _context(statement.get("context", {})),
    }


def _actor(actor: Value) -> Any:
    return agent_key(actor) or sorted(str(agent_key(one)) for one in actor["member"])


def _object(said: Value) -> Any:
    kind = said.get("objectType", "Activity")
    if kind == "SubStatement":
        return [kind, _said(said)]
    if kind in ("Agent", "Group"):
        return [kind, _actor(said)]
    return [kind, said["id"].lower() if kind == "StatementRef" else said["id"]]


def _result(result: Value) -> dict[str, Any]:
    found = _plain(result)
    if "duration" in found:
        # Precision beyond a hundredth of a second is not compared; here whole seconds are.
        seconds = duration_seconds(result["duration"])
        found["duration"] = result["duration"] if seconds is None else seconds
    return {name: value for name, value in found.items() if value != {}}


def _context(context: Value) -> dict[str, Any]:
    found = {name: value for name, value in _plain(context).items() if value != {}}
    for name in _RELATED_ACTORS:
        if name in found:
            found[name] = _actor(context[name])
    if "registration" in found:
        found["registration"] = context["registration"].lower()
    if "statement" in found:
        found["statement"] = context["statement"]["id"].lower()
    if "contextActivities" in found:
        found["contextActivities"] = {
            key: sorted(one["id"] for one in (value if isinstance(value, list) else [value]))
            for key, value in context["contextActivities"].items()
        }
    return found


def _plain(value: Value) -> Any:
    """JSON values in which 1 and 1.0 are the same number."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
