"""Groups of learners as they may be shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["Group", "suppressed"]

_FEWEST_SHOWN: Final = 5
"""Results of fewer learners than this could be tied to one of them (PDPA; docs/architecture/education.md)."""


@dataclass(frozen=True, slots=True)
class Group:
    """The learners of one audience, school and grade in a version of a course; no numbers where suppressed."""

    audience: str
    school_id: str | None
    grade: str | None
    learners: int | None
    learners_completed: int | None
    lessons_completed: int | None

    @property
    def suppressed(self) -> bool:
        return self.learners is None


def suppressed(groups: Sequence[Group]) -> list[Group]:
    """The groups, without the numbers of those under five learners.

    There is one grain and no total, so nothing that is shown subtracts to what is hidden.
    """
    return [group if _may_be_shown(group) else _hidden(group) for group in groups]


def _may_be_shown(group: Group) -> bool:
    return group.learners is not None and group.learners >= _FEWEST_SHOWN


def _hidden(group: Group) -> Group:
    return Group(group.audience, group.school_id, group.grade, None, None, None)
