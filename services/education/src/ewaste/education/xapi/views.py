"""A stored statement as it is given out: exact, ids or canonical (Communication 2.1.3)."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec
from ewaste.contracts.fields import utc_text
from ewaste.education.xapi.reading import members
from ewaste.education.xapi.rules.actors import IDENTIFIERS
from ewaste.education.xapi.rules.shape import Value

__all__ = ["Format", "Kept", "languages", "served"]

_RELATED_ACTORS: Final = ("instructor", "team")
_INTERACTION_LISTS: Final = ("choices", "scale", "source", "target", "steps")


class Format(StrEnum):
    EXACT = "exact"
    IDS = "ids"
    CANONICAL = "canonical"


@dataclass(frozen=True, slots=True)
class Kept:
    """A statement as it was stored: `raw` is the sender's text, the rest was assigned here."""

    id: UUID
    raw: str
    stored: datetime
    authority: dict[str, Any]
    version: str


def served(kept: Kept, wanted: Format, preferred: Sequence[str] = ()) -> bytes:
    """One statement as JSON; `preferred` are language tags, best first, for the canonical form."""
    exact = _exact(kept)
    if wanted is Format.EXACT:
        return exact
    statement = json.loads(exact)
    change = _ids if wanted is Format.IDS else lambda said: _canonical(said, preferred)
    return json.dumps(change(statement), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _exact(kept: Kept) -> bytes:
    """What was sent, letter for letter, under what is assigned here; context activities always in arrays (2.4.6.2)."""
    said = members(kept.raw)
    found: dict[str, Any] = {**said, "id": str(kept.id), "stored": utc_text(kept.stored), "authority": kept.authority}
    found.setdefault("timestamp", utc_text(kept.stored))
    found.setdefault("version", kept.version)
    if "context" in said:
        found["context"] = _arrayed(said["context"])
    if b'"SubStatement"' in bytes(said["object"]):
        inner = members(bytes(said["object"]).decode())
        if "context" in inner:
            found["object"] = {**inner, "context": _arrayed(inner["context"])}
    return msgspec.json.encode(found)


def _arrayed(raw: msgspec.Raw) -> dict[str, Any]:
    context: dict[str, Any] = dict(members(bytes(raw).decode()))
    if "contextActivities" in context:
        activities = members(bytes(context["contextActivities"]).decode())
        context["contextActivities"] = {
            key: one if bytes(one).lstrip().startswith(b"[") else [one] for key, one in activities.items()
        }
    return context


def _changed(statement: Value, actor: Callable[[Value], Value], thing: Callable[[Value], Value]) -> Value:
    """The statement with every agent and activity in it changed."""
    found = {**statement, "actor": actor(statement["actor"]), "object": _object(statement["object"], actor, thing)}
    if "authority" in found:
        found["authority"] = actor(found["authority"])
    if "context" in found:
        found["context"] = _context(found["context"], actor, thing)
    return found


def _object(said: Value, actor: Callable[[Value], Value], thing: Callable[[Value], Value]) -> Value:
    kind = said.get("objectType", "Activity")
    if kind == "SubStatement":
        return _changed(said, actor, thing)
    if kind in ("Agent", "Group"):
        return actor(said)
    return thing(said) if kind == "Activity" else said


def _context(context: Value, actor: Callable[[Value], Value], thing: Callable[[Value], Value]) -> Value:
    found = {**context, **{name: actor(context[name]) for name in _RELATED_ACTORS if name in context}}
    if "contextActivities" in found:
        found["contextActivities"] = {
            key: [thing(one) for one in value] for key, value in found["contextActivities"].items()
        }
    return found


def _ids(statement: Value) -> Value:
    found = _changed(statement, _actor_ids, lambda activity: _only(activity, "objectType", "id"))
    for said in (found, found["object"]):
        if "verb" in said:
            said["verb"] = _only(said["verb"], "id")
    return found


def _actor_ids(actor: Value) -> Value:
    found = _only(actor, "objectType", *IDENTIFIERS)
    if "member" in actor and not any(name in actor for name in IDENTIFIERS):
        found["member"] = [_actor_ids(one) for one in actor["member"]]
    return found


def _only(said: Value, *names: str) -> Value:
    return {name: said[name] for name in names if name in said}


def _canonical(statement: Value, preferred: Sequence[str]) -> Value:
    """One language of each language map: the definition is the statement's own."""

    def thing(activity: Value) -> Value:
        if "definition" not in activity:
            return activity
        return {**activity, "definition": _in_one_language(activity["definition"], preferred)}

    found = _changed(statement, lambda actor: actor, thing)
    for said in (found, found["object"]):
        if "verb" in said:
            said["verb"] = _translated(said["verb"], preferred, "display")
    return found


def _in_one_language(definition: Value, preferred: Sequence[str]) -> Value:
    found = _translated(definition, preferred, "name", "description")
    for name in _INTERACTION_LISTS:
        if name in found:
            found[name] = [_translated(one, preferred, "description") for one in found[name]]
    return found


def _translated(said: Value, preferred: Sequence[str], *names: str) -> Value:
    return {**said, **{name: _best(said[name], preferred) for name in names if name in said}}


def _best(spoken: dict[str, str], preferred: Sequence[str]) -> dict[str, str]:
    """RFC 4647 lookup: the first wanted tag, or the tag that it begins; else the first there is."""
    for wanted in preferred:
        for tag, said in spoken.items():
            if tag.lower() == wanted or tag.lower().startswith(f"{wanted}-") or wanted.startswith(f"{tag.lower()}-"):
                return {tag: said}
    return dict(list(spoken.items())[:1])


def languages(header: str | None) -> list[str]:
    """The tags of an Accept-Language header, best first; what can't be read is left out."""
    found: list[tuple[float, str]] = []
    for part in (header or "").split(","):
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight.strip() else 1.0
        except ValueError:
            continue
        if tag.strip() not in ("", "*") and quality > 0:
            found.append((quality, tag.strip().lower()))
    return [tag for _, tag in sorted(found, key=lambda one: -one[0])]
