"""What the demo prints of the week: the index by school, khwaeng and audience, small groups without numbers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ewaste.local.demo.school.week import SchoolWeek
from rich.table import Column, Table

__all__ = ["index_table", "week_numbers"]

_LEVELS: Final = {
    "improvement": "ต้องพัฒนา (improvement)",
    "basic": "พื้นฐาน (basic)",
    "advanced": "สูง (advanced)",
}
_KHWAENG: Final = {
    "nakhon_ping": "แขวงนครพิงค์",
    "kawila": "แขวงกาวิละ",
    "mengrai": "แขวงเม็งราย",
    "sriwichai": "แขวงศรีวิชัย",
}
_AUDIENCES: Final = {
    "pupil": "นักเรียน (pupils)",
    "teacher": "ครู (teachers)",
    "staff": "เจ้าหน้าที่ (city staff)",
    "public": "ประชาชน (public)",
    "elderly": "ผู้สูงอายุ (elderly)",
}


def index_table(week: SchoolWeek) -> Table:
    """Groups after the course: learners, mean with its 95 % interval, level, the weakest dimension."""
    names = Column("group", overflow="fold")  # a school's name is never cut
    table = Table(names, "n", "index (95 %)", "level", "weakest dimension", box=None, pad_edge=False)
    for groups in (week.by_school, week.by_khwaeng, week.by_audience):
        for group in groups:
            table.add_row(_name(group), *_cells(group))
        table.add_section()
    return table


def _name(group: Mapping[str, Any]) -> str:
    group_id = group["group_id"]
    return group["name_th"] or _KHWAENG.get(group_id) or _AUDIENCES.get(group_id) or str(group_id)


def _cells(group: Mapping[str, Any]) -> tuple[str, str, str, str]:
    if group["suppressed"]:
        return "<5", "[dim]ไม่แสดง (not shown)[/dim]", "", ""
    whole, *parts = group["measures"]
    weakest = min(parts, key=lambda one: one["mean"]["basis_points"])
    mean = whole["mean"]
    interval = f"{_score(mean['low_basis_points'])}-{_score(mean['high_basis_points'])}"
    return (
        f"{group['learners']:,}",
        f"[bold]{_score(mean['basis_points'])}[/bold] ({interval})",
        _LEVELS[whole["level"]],
        f"{weakest['measure']} {_score(weakest['mean']['basis_points'])}",
    )


def _score(basis_points: int) -> str:
    return f"{basis_points / 10_000:.2f}"


def week_numbers(week: SchoolWeek) -> Table:
    """The week in numbers."""
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in _rows(week):
        table.add_row(name, f"[bold]{value}[/bold]")
    return table


def _rows(week: SchoolWeek) -> Iterator[tuple[str, str]]:
    yield "learners", ", ".join(f"{_AUDIENCES[name]} {count:,}" for name, count in week.learners.items())
    yield "lessons of the sample course", f"{week.lessons}"
    yield "courses completed (from every hundredth learner)", f"about {week.completed:,}"
    for title, kind in (("gain, questionnaire", "wellness"), ("gain, tests", "test")):
        yield title, _gains([one for one in week.gains if one["kind"] == kind])
    badge = week.badge
    yield "a badge", f"{badge.credential_id} {'holds' if badge.holds else 'DOES NOT HOLD'}"
    yield "the same badge, forged", f"{'HOLDS' if badge.forged_holds else 'does not hold'}: {badge.why}"
    yield "seconds", f"{week.seconds:.1f}"


def _gains(groups: Sequence[Mapping[str, Any]]) -> str:
    shown = [one for one in groups if not one["suppressed"]]
    return ", ".join(
        f"{_AUDIENCES[one['group_id']]} {one['measures'][0]['mean']['basis_points'] / 10_000:+.2f}" for one in shown
    )
