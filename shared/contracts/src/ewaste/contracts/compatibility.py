"""What may change in a released type: new optional fields, nothing else (docs/decisions/0002-schema-compatibility.md).

Readers are open (they ignore what they don't know) and writers are closed (they write what their schema names). So
a change is safe in both directions, old writer to new reader and new writer to old reader, exactly when every field
both versions know takes the same values, means the same when it is left out, and every new field may be left out.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

__all__ = ["breaking_changes"]

Node = Mapping[str, Any]

# Words for people; they change nothing for a machine.
_ANNOTATIONS: Final = frozenset({"$schema", "$id", "$defs", "$comment", "title", "description", "examples"})


def breaking_changes(old: Node, new: Node) -> list[str]:
    """Why `new` may not replace the released schema `old`, a line per place; empty: it may.

    Both are JSON Schemas as pydantic writes them: `$ref` into their own `$defs`, never recursive.
    """
    return list(_compare(_Place(old, new, "$"), old, new))


class _Place:
    """Both documents and the path walked so far."""

    def __init__(self, old_root: Node, new_root: Node, path: str) -> None:
        self.old_root = old_root
        self.new_root = new_root
        self.path = path

    def at(self, step: str) -> "_Place":
        return _Place(self.old_root, self.new_root, f"{self.path}{step}")


def _compare(place: _Place, old: Node, new: Node) -> Iterator[str]:
    old, new = _resolved(place.old_root, old), _resolved(place.new_root, new)
    yield from _facets(place, old, new)
    yield from _fields(place, old, new)
    if "items" in old and "items" in new:
        yield from _compare(place.at("[]"), old["items"], new["items"])
    for before, after in zip(old.get("anyOf", ()), new.get("anyOf", ()), strict=False):
        yield from _compare(place, before, after)


def _resolved(root: Node, node: Node) -> Node:
    reference = node.get("$ref")
    if reference is None:
        return node
    target: Node = root["$defs"][reference.removeprefix("#/$defs/")]
    return {**_resolved(root, target), **{key: value for key, value in node.items() if key != "$ref"}}


def _facets(place: _Place, old: Node, new: Node) -> Iterator[str]:
    """Type, constant, enumeration, format, pattern, bounds, default stay as they were: what is tighter breaks one
    direction, what is wider the other. So does every keyword this module does not know.
    """
    for keyword in sorted((old.keys() | new.keys()) - _ANNOTATIONS - {"properties", "required"}):
        before = _facet(place.old_root, old, keyword)
        after = _facet(place.new_root, new, keyword)
        if before != after:
            yield f"{place.path}: {keyword} was {before}, is {after}"


def _facet(root: Node, node: Node, keyword: str) -> str:
    if keyword not in node:
        return "not there"
    value = node[keyword]
    if keyword == "items":
        return "there"
    if keyword == "anyOf":
        return f"{len(value)} alternatives"
    if keyword == "enum":
        return json.dumps(sorted(value, key=str))
    return json.dumps(_inlined(root, value), sort_keys=True)


def _inlined(root: Node, value: Any) -> Any:
    if isinstance(value, list):
        return [_inlined(root, one) for one in value]
    if isinstance(value, dict):
        return {key: _inlined(root, one) for key, one in _resolved(root, value).items() if key not in _ANNOTATIONS}
    return value


def _fields(place: _Place, old: Node, new: Node) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed_before, needed_after = set(old.get("required", ())), set(new.get("required", ()))
    for name in before:
        here = place.at(f".{name}")
        if name not in after:
            yield f"{here.path}: removed"
            continue
        if (name in needed_before) != (name in needed_after):
            yield f"{here.path}: was {_need(name in needed_before)}, is {_need(name in needed_after)}"
        yield from _compare(here, before[name], after[name])
    for name in sorted(needed_after - before.keys()):
        yield f"{place.path}.{name}: new and required; a new field of a released type is optional"


def _need(required: bool) -> str:
    return "required" if required else "optional"
