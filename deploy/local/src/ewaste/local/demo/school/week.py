"""The week, stage by stage: enrol, questionnaire and pre-test, lessons, post-test and questionnaire, the index."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ewaste.local.demo.school.badge import ShownBadge, show_badge
from ewaste.local.demo.school.world import Questions, Week, make_week
from ewaste.local.demo.services import Services
from ewaste.local.errors import StackFailed
from rich.progress import Progress

__all__ = ["SchoolWeek", "live_week"]

_LINES: Final = 2_000
_WAIT_SECONDS: Final = 120.0
_FEWEST: Final = 5


@dataclass(frozen=True, slots=True)
class SchoolWeek:
    """What the week came to."""

    learners: Mapping[str, int]
    """By audience."""
    lessons: int
    seconds: float
    by_school: Sequence[Mapping[str, Any]]
    by_audience: Sequence[Mapping[str, Any]]
    by_khwaeng: Sequence[Mapping[str, Any]]
    gains: Sequence[Mapping[str, Any]]
    completed: int
    """Courses that this week's learners completed, judged by every hundredth of them."""
    badge: ShownBadge


async def live_week(
    services: Services, *, seed: int, run: int, monday: date, pupils: int, bars: Callable[[], Progress]
) -> SchoolWeek:
    """Tell the week to the education service and wait until the index holds it."""
    began = time.monotonic()
    course = await services.post("education/courses/sample", None)
    questions = await _questions(services, course["course_id"])
    schools = await services.get("education/schools")
    week = make_week(seed=seed, run=run, monday=monday, pupils=pupils, schools=schools, questions=questions)
    before = await _counted(services)
    with bars() as bar:
        ids = await _tell(services, week, bar)
    await _settled(services, week, before)
    await services.post("education/wellness/publications", None)
    asked, finishers = await _finishers(services, ids)
    return SchoolWeek(
        learners=Counter(one.cohort["audience"] for one in week.learners),
        lessons=len(questions.lessons),
        seconds=time.monotonic() - began,
        by_school=await _groups(services, "index?by=school&occasion=after", monday),
        by_audience=await _groups(services, "index?by=audience&occasion=after", monday),
        by_khwaeng=await _groups(services, "index?by=khwaeng&occasion=after", monday),
        gains=await _groups(services, "gains?by=audience", monday),
        completed=round(len(finishers) * len(ids) / asked),
        badge=await show_badge(services, finishers),
    )


async def _questions(services: Services, course_id: str) -> Questions:
    form = await services.get("education/wellness/questionnaire")
    course = await services.get(f"education/courses/{course_id}")
    items = {item["item_id"]: item["reversed"] for part in form["dimensions"] for item in part["items"]}
    lessons = [lesson["lesson_id"] for module in course["modules"] for lesson in module["lessons"]]
    return Questions(form["questionnaire_id"], items, course_id, lessons)


async def _tell(services: Services, week: Week, bar: Progress) -> list[str]:
    """Everything of the week in the order in which it happened; returns the learners' pseudonyms."""
    enrolments = week.enrolments()
    ids = [one["learner_id"] for one in await _lines(services, bar, "learners", "enrolments", enrolments)]
    await _lines(services, bar, "questionnaire, before", "wellness/attempts", week.wellness(ids, "before"))
    await _lines(services, bar, "pre-test", "assessments", week.tests(ids, "pre_test"))
    await _lines(services, bar, "lessons", "completions", week.lessons(ids))
    await _lines(services, bar, "post-test", "assessments", week.tests(ids, "post_test"))
    await _lines(services, bar, "questionnaire, after", "wellness/attempts", week.wellness(ids, "after"))
    return ids


async def _finishers(services: Services, ids: Sequence[str]) -> tuple[int, list[str]]:
    """How many were asked, and who of them has completed the course."""
    asked = ids[:: max(1, len(ids) // 100)]
    found = {one: await services.get(f"education/learners/{one}/progress") for one in asked}
    return len(asked), [one for one, said in found.items() if said["courses"][0]["completed_at"]]


async def _lines(services: Services, bar: Progress, title: str, path: str, lines: Sequence[Any]) -> list[Any]:
    """Bulk requests in which every line must be accepted; returns their receipts in order."""
    task = bar.add_task(title, total=len(lines))
    receipts: list[Any] = []
    for start in range(0, len(lines), _LINES):
        part = list(lines[start : start + _LINES])
        answer = await services.post(f"education/{path}/bulk", {"lines": part})
        for line in answer["lines"]:
            if line["status"] == "refused":
                raise StackFailed(f"education/{path}/bulk, line {line['line']}: {line['error']['detail']}")
        receipts += [line["receipt"] for line in answer["lines"]]
        bar.advance(task, len(part))
    return receipts


async def _groups(services: Services, question: str, monday: date) -> list[Mapping[str, Any]]:
    answer = await services.get(f"education/wellness/{question}&on={monday}")
    return list(answer["groups"])


async def _counted(services: Services) -> int:
    found = await services.get("education/wellness/index?by=municipality&occasion=after")
    return sum(one["learners"] or 0 for one in found["groups"])


async def _settled(services: Services, week: Week, before: int) -> None:
    """Wait until the index holds the week, but for the few of each group who wait for a fifth."""
    sent = [one for one in week.learners if one.reference not in week.unsent]
    leaves = Counter(tuple(sorted((k, v) for k, v in one.cohort.items() if k != "grade")) for one in sent)
    least = before + sum(max(0, count - _FEWEST + 1) for count in leaves.values())
    deadline, last = time.monotonic() + _WAIT_SECONDS, -1
    while (counted := await _counted(services)) < least or counted != last:
        if time.monotonic() > deadline:
            raise StackFailed(
                f"the index holds {counted} learners after {_WAIT_SECONDS:.0f} s, expected {least}; "
                "`ewaste status` and `ewaste logs` show the education service"
            )
        last = counted
        await asyncio.sleep(0.4)
