"""A workflow file as data: who does what, what it is answered, which facts follow.

Ids in braces, such as `{bag-1}`, are ids of this run; `{at}` is the step's own time and `{day:3}` a day of the flow.
`{key:lanna}` is a partner's public key, `{none}` no value, and `{$name}` what an earlier answer gave under that name
(`keep`; of a claim its id).
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

__all__ = ["FOLDER", "Flow", "Step", "flows", "read_flow", "when"]

FOLDER: Final = Path(__file__).parent
_BLOCKS: Final = FOLDER / "blocks"
_BANGKOK: Final = timedelta(hours=7)
_AT: Final = re.compile(r"(\d+) (\d\d):(\d\d)")
_VERBS: Final = ("post", "claim", "see", "do")
_KEYS: Final = {*_VERBS, "who", "th", "en", "at", "by", "body", "status", "answer", "keep", "facts", "refused", "with"}


@dataclass(frozen=True, slots=True)
class Step:
    """One act: `post` and `see` name service and path, `claim` a type that the partner `by` signs."""

    who: str
    th: str
    en: str
    at: str
    post: str | None = None
    claim: str | None = None
    see: str | None = None
    by: str | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    status: int | None = None
    answer: Mapping[str, Any] = field(default_factory=dict)
    keep: Mapping[str, str] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    refused: str | None = None
    block: str | None = None
    """The block of steps this one comes from."""


@dataclass(frozen=True, slots=True)
class Flow:
    name: str
    title_th: str
    title_en: str
    story_th: str
    story_en: str
    steps: tuple[Step, ...]


def flows() -> list[Flow]:
    """Every flow, by file name."""
    return [read_flow(file) for file in sorted(FOLDER.glob("*.toml"))]


def read_flow(file: Path) -> Flow:
    """The flow in this file with its blocks written out; raises ValueError naming the step at fault."""
    found = tomllib.loads(file.read_text("utf-8"))
    texts = {name: found.pop(name).strip() for name in ("title_th", "title_en", "story_th", "story_en")}
    steps = tuple(_steps(found.pop("step"), file.name, "1 09:00", None, {}))
    if found:
        raise ValueError(f"{file.name}: unknown {', '.join(found)}")
    return Flow(file.stem, **texts, steps=steps)


def _steps(
    rows: list[dict[str, Any]], where: str, at: str, block: str | None, names: Mapping[str, str]
) -> Iterator[Step]:
    for number, row in enumerate(rows, 1):
        place = f"{where}, step {number}"
        if unknown := row.keys() - _KEYS:
            raise ValueError(f"{place}: unknown {', '.join(sorted(unknown))}")
        if sum(verb in row for verb in _VERBS) != 1:
            raise ValueError(f"{place}: needs exactly one of {', '.join(_VERBS)}")
        at = row.pop("at", at)
        if not _AT.fullmatch(at):
            raise ValueError(f"{place}: at is {at!r}; write day and Thai time, such as '2 09:30'")
        if "do" in row:
            file = _BLOCKS / f"{row['do']}.toml"
            inner = tomllib.loads(file.read_text("utf-8"))["step"]
            for step in _steps(inner, file.name, at, row["do"], {**names, **row.get("with", {})}):
                at = step.at
                yield step
        else:
            yield Step(**_renamed({**row, "facts": tuple(row.get("facts", ()))}, names), at=at, block=block)


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """A block's own names in braces, as `bag`, become those of the flow, as `bag-1`."""
    if isinstance(value, str):
        for name, meant in names.items():
            value = value.replace(f"{{{name}}}", meant if meant.isdigit() else f"{{{meant}}}")
            value = int(value) if value.isdigit() and meant.isdigit() else value
            if not isinstance(value, str):
                break
        return value
    if isinstance(value, dict):
        return {key: _renamed(one, names) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_renamed(one, names) for one in value)
    return value


def when(at: str, first_day: datetime) -> datetime:
    """The UTC time of `at`; day 1 is the Thai day that starts at `first_day` (UTC midnight of that date)."""
    day, hour, minute = map(int, _AT.fullmatch(at).groups())  # type: ignore[union-attr]
    return first_day.replace(tzinfo=UTC) - _BANGKOK + timedelta(days=day - 1, hours=hour, minutes=minute)
