"""The pictures that a pupil picks three of, in order."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from ewaste.contracts.refusal import Refused

__all__ = ["PICKED", "Picture", "check_pictures", "pick", "pictures"]

PICKED: Final = 3


@dataclass(frozen=True, slots=True)
class Picture:
    picture_id: str
    emoji: str
    name_th: str
    name_en: str


@cache
def pictures() -> Mapping[str, Picture]:
    """All of them by id, as of `pictures.csv`."""
    text = files("ewaste.education.people.signin").joinpath("pictures.csv").read_text("utf-8")
    return {row["picture_id"]: Picture(**row) for row in csv.DictReader(text.splitlines())}


def pick(sample: Callable[[Sequence[str], int], list[str]]) -> tuple[str, ...]:
    """Three different pictures; `sample` is that of `secrets.SystemRandom()`."""
    return tuple(sample(list(pictures()), PICKED))


def check_pictures(picked: Sequence[str]) -> None:
    """Raise `Refused` for what can't be anybody's secret."""
    if len(picked) != PICKED or len(set(picked)) != PICKED or any(one not in pictures() for one in picked):
        raise Refused("pictures-invalid", f"pick {PICKED} different pictures of GET /pictures", field="pictures")
