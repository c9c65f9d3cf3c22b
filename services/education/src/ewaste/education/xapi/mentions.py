"""Whom and what a statement is about, as keys to find it by."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ewaste.education.xapi.rules.actors import IDENTIFIERS
from ewaste.education.xapi.rules.shape import Value

__all__ = ["Mention", "activity_key", "agent_key", "mentions"]

_RELATED_ACTORS: Final = ("instructor", "team")


@dataclass(frozen=True, slots=True)
class Mention:
    """An agent or an activity in a statement; `direct` where the filter finds it without `related_…`."""

    key: str
    direct: bool


def agent_key(agent: Value) -> str | None:
    """Two agents or groups are the same when their identifier is (2.4.2.3); None for an anonymous group."""
    name = next((name for name in IDENTIFIERS if name in agent), None)
    if name is None:
        return None
    said = agent[name]
    if name == "account":
        # A space ends the home page: an IRI holds none, an account's name may hold anything.
        return f"agent:account {said['homePage']} {said['name']}"
    return f"agent:{name} {said.lower() if name == 'mbox_sha1sum' else said}"


def activity_key(activity_id: str) -> str:
    return f"activity:{activity_id}"


def mentions(statement: Value) -> list[Mention]:
    """Every agent and activity of a checked statement, once each; direct goes before related."""
    found: dict[str, bool] = {}
    for key, direct in _all(statement):
        found[key] = found.get(key, False) or direct
    return [Mention(key, direct) for key, direct in found.items()]


def _all(statement: Value) -> Iterator[tuple[str, bool]]:
    yield from ((key, True) for key in _actors(statement["actor"]))
    kind = statement["object"].get("objectType", "Activity")
    if kind == "Activity":
        yield activity_key(statement["object"]["id"]), True
    elif kind in ("Agent", "Group"):
        yield from ((key, True) for key in _actors(statement["object"]))
    elif kind == "SubStatement":
        yield from ((key, False) for key, _ in _all(statement["object"]))
    yield from ((key, False) for key in _related(statement))


def _related(statement: Value) -> Iterator[str]:
    context = statement.get("context", {})
    for actor in (statement.get("authority"), *(context.get(name) for name in _RELATED_ACTORS)):
        yield from _actors(actor) if actor else ()
    for activities in context.get("contextActivities", {}).values():
        for one in activities if isinstance(activities, list) else [activities]:
            yield activity_key(one["id"])


def _actors(actor: Value) -> Iterator[str]:
    """The agent, or the group and its members: a group matches where a member does (Communication 2.1.3)."""
    for one in (actor, *actor.get("member", ())):
        key = agent_key(one)
        if key:
            yield key
