"""Input as JSON Lines: one confirmation a line, `{"type": "BatchOpened", "time": "...", "data": {...}}`."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from ewaste.partner.findings import Finding
from ewaste.partner.raw import RawClaim

__all__ = ["read_jsonl"]

_MEMBERS = frozenset({"type", "time", "data"})


def read_jsonl(lines: Iterable[str]) -> Iterator[RawClaim | Finding]:
    """What stands in each line, not validated yet; empty lines and those that begin with `#` are skipped."""
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            yield _read(number, line)


def _read(number: int, line: str) -> RawClaim | Finding:
    try:
        found = json.loads(line, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        return Finding(number, f"not JSON: {error}")
    if not isinstance(found, dict):
        return Finding(number, "need an object with type, time and data")
    if unknown := sorted(set(found) - _MEMBERS):
        return Finding(number, "is not known here; a line has type, time and data", unknown[0])
    if missing := sorted(_MEMBERS - set(found)):
        return Finding(number, "is missing", missing[0])
    if not isinstance(found["data"], dict):
        return Finding(number, "need an object", "data")
    return RawClaim(number, found["type"], found["time"], found["data"])


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found
