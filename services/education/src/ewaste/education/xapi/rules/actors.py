"""Agents and groups (part two, 2.4.2): who acts, named by exactly one identifier."""

import re
from typing import Final

from ewaste.education.xapi.rules.formats import iri, text
from ewaste.education.xapi.rules.shape import Check, Invalid, Value, array, at, fields, obj, one_of, shown

__all__ = ["IDENTIFIERS", "actor", "agent", "authority", "group", "identified"]

IDENTIFIERS: Final = ("mbox", "mbox_sha1sum", "openid", "account")
"""The inverse functional identifiers (2.4.2.3)."""

_MBOX: Final = re.compile(r"mailto:[^\s@:<>\"]+@[^\s@<>\"]+")
_SHA1: Final = re.compile(r"[0-9a-fA-F]{40}")


def _mbox(value: Value, path: str) -> None:
    text(value, path)
    if not _MBOX.fullmatch(value):
        raise Invalid(path, f"must be mailto: and an e-mail address, not {shown(value)}")


def _sha1(value: Value, path: str) -> None:
    text(value, path)
    if not _SHA1.fullmatch(value):
        raise Invalid(path, f"must be 40 hexadecimal digits, not {shown(value)}")


_ACCOUNT: Final = obj({"homePage": iri, "name": text}, required=("homePage", "name"))
_NAMED: Final[dict[str, Check]] = {
    "name": text,
    "mbox": _mbox,
    "mbox_sha1sum": _sha1,
    "openid": iri,
    "account": _ACCOUNT,
}
_AGENT: Final[dict[str, Check]] = {"objectType": one_of("Agent"), **_NAMED}


def agent(value: Value, path: str) -> None:
    fields(value, path, _AGENT)
    if len(_identifiers(value)) != 1:
        raise Invalid(path, f"needs exactly one of {', '.join(IDENTIFIERS)}; it has {_counted(value)}")


_GROUP: Final[dict[str, Check]] = {"objectType": one_of("Group"), "member": array(agent), **_NAMED}


def group(value: Value, path: str) -> None:
    """Identified by one identifier, or anonymous and then with members."""
    fields(value, path, _GROUP, ("objectType",))
    found = _identifiers(value)
    if len(found) > 1:
        raise Invalid(path, f"needs at most one of {', '.join(IDENTIFIERS)}; it has {_counted(value)}")
    if not found and not value.get("member"):
        raise Invalid(at(path, "member"), "is needed in a group without an identifier, with at least one agent")


def actor(value: Value, path: str) -> None:
    """An agent or a group."""
    kind = value.get("objectType", "Agent") if isinstance(value, dict) else "Agent"
    if kind not in ("Agent", "Group"):
        raise Invalid(at(path, "objectType"), f"must be Agent or Group, not {shown(kind)}")
    (group if kind == "Group" else agent)(value, path)


def authority(value: Value, path: str) -> None:
    """An agent, or the pair of application and user of three-legged OAuth (2.4.9)."""
    actor(value, path)
    if value.get("objectType") == "Group" and (_identifiers(value) or len(value["member"]) != 2):
        raise Invalid(path, "a group as authority is anonymous and has exactly two members")


def identified(value: Value, path: str) -> None:
    """An agent or a group with an identifier: what a filter can ask for."""
    actor(value, path)
    if not _identifiers(value):
        raise Invalid(path, f"needs one of {', '.join(IDENTIFIERS)}; an anonymous group can't be asked for")


def _identifiers(value: dict[str, Value]) -> list[str]:
    return [name for name in IDENTIFIERS if name in value]


def _counted(value: dict[str, Value]) -> str:
    return " and ".join(_identifiers(value)) or "none"
