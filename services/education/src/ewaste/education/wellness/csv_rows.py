"""Groups as CSV: one line per group and measure, basis points and counts as whole numbers, empty where suppressed."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, Final

from ewaste.education.wellness.scoring import Level
from ewaste.education.wellness.views import EstimateView, GroupView, MeasuredView

__all__ = ["groups_csv"]

_GROUP: Final = (
    "by",
    "group_id",
    "name_th",
    "period_start",
    "period_end",
    "kind",
    "configuration",
    "suppressed",
    "learners",
)
_MEAN: Final = ("measure", "basis_points", "low_basis_points", "high_basis_points", "level")
_LEVELS: Final = tuple(
    f"{level}_{name}"
    for level in Level
    for name in ("learners", "basis_points", "low_basis_points", "high_basis_points")
)
_NATIONAL: Final = ("national_year", "national_basis_points", "difference_basis_points")
_LESSONS: Final = ("lessons", "mean_score_basis_points", "mean_duration_seconds")


def groups_csv(groups: Iterable[GroupView]) -> str:
    """With a header line; UTF-8, lines end as RFC 4180 says."""
    text = io.StringIO()
    writer = csv.DictWriter(text, (*_GROUP, *_MEAN, *_LEVELS, *_NATIONAL, *_LESSONS), restval="")
    writer.writeheader()
    for group in groups:
        writer.writerows(_lines(group))
    return text.getvalue()


def _lines(group: GroupView) -> Iterator[dict[str, Any]]:
    said = group.model_dump(mode="json")
    own = {name: said[name] for name in _GROUP} | {"suppressed": int(group.suppressed)}
    if group.lessons is not None:
        own |= group.lessons.model_dump()
    if not group.measures:
        yield own
    for one in group.measures:
        yield own | _measured(one)


def _measured(one: MeasuredView) -> dict[str, Any]:
    cells: dict[str, Any] = {"measure": one.measure, "level": one.level or "", **_estimate(one.mean)}
    for share in one.levels:
        cells |= _estimate(share.share, f"{share.level}_") | {f"{share.level}_learners": share.learners}
    if one.national is not None:
        cells |= {
            "national_year": one.national.year,
            "national_basis_points": one.national.basis_points,
            "difference_basis_points": one.national.difference_basis_points,
        }
    return cells


def _estimate(estimate: EstimateView, prefix: str = "") -> dict[str, int]:
    return {f"{prefix}{name}": value for name, value in estimate.model_dump().items()}
