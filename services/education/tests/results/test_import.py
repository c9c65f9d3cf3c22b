"""Results in files, from schools without a line: whole or not at all, by HTTP and on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from ewaste.contracts.events.education import AssessmentScored, CourseCompleted, LessonCompleted
from ewaste.education.results.commands import results_commands
from ewaste.education.results.reading import template
from typer.testing import CliRunner

HEADER = "reference,course_id,kind,activity,done_at,score,out_of,minutes"


async def _file(office: Any, *more: str) -> bytes:
    await office.publish("a", "b")
    await office.enrol(reference=office.reference)
    rows = [
        f"{office.reference},{office.course_id},pre_test,pre-1,2026-11-02,9,20,",
        f"{office.reference},{office.course_id},lesson,a,2026-11-02T09:00:00+07:00,8,10,4.5",
        f"{office.reference},{office.course_id},lesson,b,2026-11-03,,,",
    ]
    return template() + "\n".join(["", *rows, "", "# ท้ายไฟล์", *more, ""]).encode()


async def _send(office: Any, path: str, content: bytes) -> Any:
    return await office.http.post(f"/results/{path}", content=content)


async def test_a_file_is_checked_then_recorded_and_again_changes_nothing(office: Any) -> None:
    content = await _file(office)

    checked = (await _send(office, "check", content)).json()
    assert (checked["lessons"], checked["tests"], checked["repeated"], checked["stored"]) == (2, 1, 0, False)
    learner_id = await office.enrol(reference=office.reference)
    assert (await office.http.get(f"/learners/{learner_id}/progress")).json()["assessments"] == []
    first, again = [(await _send(office, "import", content)).json() for _ in range(2)]

    assert (first["stored"], first["repeated"], again["repeated"]) == (True, 0, 3)
    facts = await office.facts(learner_id=learner_id)
    assert [type(one) for one in facts].count(CourseCompleted) == 1
    (lesson,) = [one for one in facts if isinstance(one, LessonCompleted) and one.lesson_id == "a"]
    (test,) = [one for one in facts if isinstance(one, AssessmentScored)]
    assert (lesson.score_basis_points, lesson.duration_seconds, test.score_basis_points) == (8000, 270, 4500)


async def test_everything_that_is_wrong_is_named_and_nothing_is_stored(office: Any) -> None:
    course = office.course_id
    content = await _file(
        office,
        f"nobody,{course},lesson,a,2026-11-02,,,",
        f"{office.reference},{course},lesson,nowhere,2026-11-02,,,",
        f"สมชาย ใจดี,{course},exam,,22/11/2569,,,",
        f"{office.reference},{course},quiz,q,2569-11-22,,,9999",
        f"{office.reference},{course},quiz,q,2026-11-02T08:00:00,11,10,x",
        f"{office.reference},{course},quiz,q,2026-11-02,1,,",
        f"{office.reference},{course},pre_test,pre-1,2026-11-02,20,20,",
        f"{office.reference},{course},lesson,a,2199-01-01,,,",
    )

    answer = await _send(office, "import", content)

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    line = template().count(b"\n") + 7
    assert [one["field"] for one in answer.json()["errors"]] == [
        f"{line}.reference", f"{line + 1}.activity",
        *(f"{line + 2}.{column}" for column in ("reference", "kind", "activity", "done_at", "score")),
        *(f"{line + 3}.{column}" for column in ("done_at", "score", "minutes")),
        *(f"{line + 4}.{column}" for column in ("done_at", "score", "minutes")),
        f"{line + 5}.score", f"{line + 6}.activity", f"{line + 7}.done_at",
    ]  # fmt: skip
    assert "2026" in next(one["message"] for one in answer.json()["errors"] if "Buddhist" in one["message"])
    learner_id = await office.enrol(reference=office.reference)
    assert (await office.http.get(f"/learners/{learner_id}/progress")).json()["assessments"] == []


async def test_the_same_results_in_json(office: Any) -> None:
    await _file(office)
    row = {"reference": office.reference, "course_id": office.course_id, "kind": "quiz", "activity": "q-1",
           "done_at": "2026-11-02", "score": 7.5, "out_of": 10, "minutes": None}  # fmt: skip

    good = await _send(office, "import", json.dumps({"results": [row]}).encode())
    bad = await _send(office, "check", json.dumps([{**row, "score": True}, {**row, "points": 1}, 7]).encode())

    assert (good.status_code, good.json()["tests"]) == (200, 1)
    assert [(one["row"], one["column"]) for one in bad.json()["errors"]] == [(1, ""), (2, ""), (3, "")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe", "UTF-8"),
        (b"", "no results"),
        (template(), "no results"),
        (b"name,course_id\nx,y\n", "is no column"),
        (f"{HEADER},score\n".encode(), "twice"),
        (f"{HEADER}\na,b,c,d,e,f,g,h,i\n".encode(), "9 cells"),
        (b'{"results": {}}', "array"),
        (b"[", "no JSON"),
        (f"{HEADER}\n".encode() + b"a,b,c,d,e\n" * 5001, "at most 5000"),
    ],
)
async def test_a_file_of_another_form_is_refused(office: Any, content: bytes, said: str) -> None:
    report = (await _send(office, "check", content)).json()

    assert any(said in one["message"] for one in report["errors"]), report


async def test_on_the_command_line(office: Any, settings: Any, tmp_path: Path) -> None:
    file = tmp_path / "results.csv"
    file.write_bytes(await _file(office))
    bad = tmp_path / "bad.csv"
    bad.write_text(f"{HEADER}\nnobody,{office.course_id},lesson,a,2026-11-02,,,\n")
    cli = results_commands(lambda: settings)

    ran = [await _run(cli, *words) for words in (("check", str(file)), ("import", str(file)), ("import", str(bad)))]

    assert [one.exit_code for one in ran] == [0, 0, 1]
    assert "2 lessons and 1 tests recorded, 0 of them known before" in ran[1].output
    assert f"{bad}:2: reference: nobody is enrolled under it" in ran[2].output


async def _run(cli: Any, *words: str) -> Any:
    import asyncio

    return await asyncio.to_thread(CliRunner().invoke, cli, list(words))
