"""The files that are generated from the registry, and what `generate` and `check` do with them.

Under this package: `schemas/<type>.json` (what a consumer validates with), `released/<type>.json` (the schema, key
and subject that a type was last released with, which may only grow), `asyncapi.json`.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from ewaste.contracts.asyncapi import asyncapi_document
from ewaste.contracts.compatibility import breaking_changes
from ewaste.contracts.registry import EVENT_TYPES, EventType
from ewaste.contracts.schemas import Schema, event_schema, rendered

__all__ = ["PACKAGE", "check", "generate", "generated", "refusals"]

PACKAGE: Final = Path(__file__).parent
_FOLDERS: Final = ("schemas", "released")


def generated(types: Iterable[EventType] = EVENT_TYPES) -> Mapping[str, bytes]:
    """Every generated file's path, relative to the package, and its bytes."""
    documents: dict[str, bytes] = {"asyncapi.json": rendered(asyncapi_document())}
    for event_type in types:
        documents[f"schemas/{event_type.name}.json"] = rendered(event_schema(event_type))
        documents[f"released/{event_type.name}.json"] = rendered(_release(event_type))
    return documents


def _release(event_type: EventType) -> Schema:
    return {"key": event_type.key, "subject": event_type.subject, "schema": event_schema(event_type)}


def refusals(types: Iterable[EventType] = EVENT_TYPES, root: Path = PACKAGE) -> list[str]:
    """Why these types may not be released over the ones in `released/`, a line per place; empty: they may."""
    by_name = {event_type.name: event_type for event_type in types}
    found = []
    for path in sorted((root / "released").glob("*.json")):
        event_type = by_name.get(path.stem)
        if event_type is None:
            found.append(f"{path.stem}: a released type is gone; ledgers hold it and its readers stay")
        else:
            found += [f"{path.stem}: {why}" for why in _changes(json.loads(path.read_bytes()), _release(event_type))]
    return found


def _changes(old: Schema, new: Schema) -> list[str]:
    moved = [f"{word} was {old[word]}, is {new[word]}" for word in ("key", "subject") if old[word] != new[word]]
    return [*moved, *breaking_changes(old["schema"], new["schema"])]


def generate(root: Path = PACKAGE) -> list[str]:
    """Write what differs and remove what no type has any more; gives the changed paths. Call after `refusals`."""
    documents = generated()
    changed = [path for path, content in documents.items() if _bytes(root / path) != content]
    for path in changed:
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_bytes(documents[path])
    orphans = _orphans(documents, root)
    for path in orphans:
        (root / path).unlink()
    return [*changed, *orphans]


def check(root: Path = PACKAGE) -> list[str]:
    """What is wrong with the committed files, a line each, the file named; empty: nothing."""
    documents = generated()
    stale = [f"{path}: not what the models give" for path, text in documents.items() if _bytes(root / path) != text]
    return [*refusals(root=root), *stale, *(f"{path}: no event type has it" for path in _orphans(documents, root))]


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _orphans(documents: Mapping[str, bytes], root: Path) -> list[str]:
    found = (path.relative_to(root).as_posix() for folder in _FOLDERS for path in sorted((root / folder).glob("*")))
    return [path for path in found if path not in documents]
