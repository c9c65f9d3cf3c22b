"""Statements that matter become facts of learning, once, and wait where it isn't known yet what or whom they mean."""

import asyncio
import secrets
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from ewaste.contracts.events.education import AssessmentScored, CourseCompleted, LessonCompleted
from ewaste.education.xapi.matching.handlers import Facts, match_ready
from ewaste.runtime.outbox import Outbox

ADL = "http://adlnet.gov/expapi/verbs/"


def _actor(name: str) -> dict[str, Any]:
    return {"account": {"homePage": "https://lms.example", "name": name}}


async def _map(lrs: Any, **more: Any) -> Any:
    body = {"activity_id": lrs.activity, "course_id": lrs.school.course_id, **more}
    return await lrs.http.put("/xapi/mappings", json={"mappings": [body]})


async def _ready(lrs: Any) -> str:
    """A course of two lessons, a pupil in it, and the activity mapped to the first lesson; the pupil's pseudonym."""
    await lrs.school.publish("a", "b")
    learner_id: str = await lrs.school.enrol(reference=lrs.school.reference)
    answer = await _map(lrs, lesson_id="a")
    assert answer.status_code == 200, answer.text
    return learner_id


async def _waiting(lrs: Any, state: str = "unmatched") -> list[dict[str, Any]]:
    items = (await lrs.http.get("/xapi/unmatched", params={"state": state, "limit": 500})).json()["items"]
    return [one for one in items if one["client"] == lrs.client.key]


async def test_a_completed_lesson_becomes_a_fact_once_however_often_it_is_sent(lrs: Any) -> None:
    learner_id = await _ready(lrs)
    said = {
        "id": str(uuid4()),
        "actor": _actor(lrs.school.reference),
        "verb": {"id": f"{ADL}completed"},
        "object": {"id": lrs.activity},
        "result": {"score": {"raw": 8, "max": 10}, "duration": "PT4M30.4S"},
        "timestamp": "2026-11-02T08:52:30+07:00",
    }

    answers = await asyncio.gather(*(lrs.post(said) for _ in range(4)))

    assert {one.status_code for one in answers} == {200}
    (fact,) = await lrs.school.facts(learner_id=learner_id, lesson_id="a")
    assert isinstance(fact, LessonCompleted)
    assert (fact.score_basis_points, fact.duration_seconds, fact.cohort.grade) == (8000, 270, "P5")
    progress = (await lrs.http.get(f"/learners/{learner_id}/progress")).json()
    assert progress["courses"][0]["completed_lessons"][0]["completed_at"] == "2026-11-02T01:52:30Z"


async def test_a_batch_of_a_whole_course_completes_it(lrs: Any) -> None:
    learner_id = await _ready(lrs)
    other = f"{lrs.activity}/b"
    await lrs.http.put(
        "/xapi/mappings",
        json={"mappings": [{"activity_id": other, "course_id": lrs.school.course_id, "lesson_id": "b"}]},
    )
    actor, verb = _actor(lrs.school.reference), {"id": f"{ADL}passed"}

    answer = await lrs.post([{"actor": actor, "verb": verb, "object": {"id": one}} for one in (lrs.activity, other)])

    assert answer.status_code == 200, answer.text
    assert [type(one) for one in await lrs.school.facts(learner_id=learner_id)].count(CourseCompleted) == 1


async def test_a_scored_test_becomes_a_result_and_another_sitting_is_told_apart(lrs: Any) -> None:
    learner_id = await _ready(lrs)
    await _map(lrs, assessment_id="pre-1", kind="pre_test")
    said = {"actor": _actor(lrs.school.reference), "object": {"id": lrs.activity}}

    for verb, result in (("scored", {"score": {"scaled": 0.45}}), ("failed", {"score": {"scaled": 0.45}}),
                         ("passed", {"score": {"scaled": 0.9}}), ("completed", {})):  # fmt: skip
        await lrs.stored(**said, verb={"id": f"{ADL}{verb}"}, result=result)

    (fact,) = await lrs.school.facts(learner_id=learner_id, assessment_id="pre-1")
    assert isinstance(fact, AssessmentScored)
    assert (fact.kind, fact.score_basis_points) == ("pre_test", 4500)
    refused = await _waiting(lrs, "refused")
    assert sorted(one["reason"] for one in refused) == ["assessment-taken", "score-missing"]


async def test_a_statement_waits_for_its_mapping_and_is_told_when_that_comes(lrs: Any) -> None:
    await lrs.school.publish("a")
    learner_id = await lrs.school.enrol(reference=lrs.school.reference)
    said = await lrs.stored(actor=_actor(lrs.school.reference), verb={"id": f"{ADL}completed"})

    (waiting,) = await _waiting(lrs)
    mapped = await _map(lrs, lesson_id="a")

    assert (waiting["statement_id"], waiting["reason"]) == (said["id"], "activity-unknown")
    assert lrs.school.reference not in str(waiting)
    assert mapped.json() == {"mappings": 1, "statements_matched": 1}
    assert await _waiting(lrs) == []
    assert len(await lrs.school.facts(learner_id=learner_id, lesson_id="a")) == 1
    assert (await _map(lrs, lesson_id="a")).json()["statements_matched"] == 0


async def test_a_statement_waits_for_its_learner_and_then_for_the_enrolment(lrs: Any) -> None:
    await lrs.school.publish("a")
    await _map(lrs, lesson_id="a")
    await lrs.stored(actor=_actor(lrs.school.reference), verb={"id": f"{ADL}completed"})
    assert [one["reason"] for one in await _waiting(lrs)] == ["learner-unknown"]

    wanted, lrs.school.course_id = lrs.school.course_id, f"course-{secrets.token_hex(4)}"
    await lrs.school.publish("x")
    learner_id = await lrs.school.enrol(reference=lrs.school.reference)
    await _look(lrs)
    assert [one["reason"] for one in await _waiting(lrs)] == ["not-enrolled"]

    lrs.school.course_id = wanted
    await lrs.school.enrol(reference=lrs.school.reference)
    await _look(lrs)

    assert await _waiting(lrs) == []
    assert len(await lrs.school.facts(learner_id=learner_id, lesson_id="a")) == 1


async def _look(lrs: Any) -> None:
    """What the service does by itself every half minute."""
    app = lrs.school.app
    from ewaste.education.learning.rule import read_rule

    async with app.database.transaction() as tx:
        await match_ready(tx, Facts(Outbox(app.settings), read_rule()), datetime.now(UTC))


async def test_what_is_asked_for_by_hand_is_tried_as_well(lrs: Any) -> None:
    await lrs.school.publish("a")
    await _map(lrs, lesson_id="a")
    await lrs.stored(actor=_actor(lrs.school.reference), verb={"id": f"{ADL}completed"})
    await lrs.school.enrol(reference=lrs.school.reference)

    tried = (await lrs.http.post("/xapi/unmatched/match")).json()

    assert tried["matched"] >= 1
    assert await _waiting(lrs) == []
    counts = (await lrs.http.get("/xapi/outcomes")).json()
    assert any(one["state"] == "matched" and one["statements"] >= 1 for one in counts)


async def test_the_pseudonym_itself_names_the_learner(lrs: Any) -> None:
    learner_id = await _ready(lrs)

    await lrs.stored(actor=_actor(learner_id), verb={"id": f"{ADL}completed"})

    assert len(await lrs.school.facts(learner_id=learner_id, lesson_id="a")) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"verb": {"id": f"{ADL}launched"}},
        {"verb": {"id": f"{ADL}experienced"}},
        {"verb": {"id": "https://lms.example/verbs/own"}},
        {"actor": {"objectType": "Group", "mbox": "mailto:class@school.example"}},
        {"object": {"objectType": "Agent", "mbox": "mailto:x@school.example"}},
    ],
)
async def test_other_statements_are_stored_and_tell_nothing(lrs: Any, change: dict[str, Any]) -> None:
    said = await lrs.stored(**{"actor": _actor("somebody"), "verb": {"id": f"{ADL}completed"}, **change})

    assert (await lrs.get(statementId=said["id"])).status_code == 200
    assert await _waiting(lrs) == []


async def test_a_failed_lesson_or_one_not_completed_is_no_completion(lrs: Any) -> None:
    learner_id = await _ready(lrs)
    actor = _actor(lrs.school.reference)

    await lrs.stored(actor=actor, verb={"id": f"{ADL}failed"})
    await lrs.stored(actor=actor, verb={"id": f"{ADL}completed"}, result={"completion": False})

    assert [one["reason"] for one in await _waiting(lrs, "refused")] == ["not-completed", "not-completed"]
    assert await lrs.school.facts(learner_id=learner_id, lesson_id="a") == []


async def test_a_voided_statement_that_waits_becomes_no_fact(lrs: Any) -> None:
    await lrs.school.publish("a")
    learner_id = await lrs.school.enrol(reference=lrs.school.reference)
    said = await lrs.stored(actor=_actor(lrs.school.reference), verb={"id": f"{ADL}completed"})

    await lrs.stored(verb={"id": f"{ADL}voided"}, object={"objectType": "StatementRef", "id": said["id"]})

    assert (await _map(lrs, lesson_id="a")).json()["statements_matched"] == 0
    assert await lrs.school.facts(learner_id=learner_id, lesson_id="a") == []


async def test_a_statement_that_is_refused_leaves_no_fact_of_its_batch(lrs: Any) -> None:
    learner_id = await _ready(lrs)
    said = await lrs.stored()
    good = {
        "actor": _actor(lrs.school.reference),
        "verb": {"id": f"{ADL}completed"},
        "object": {"id": lrs.activity},
    }

    answer = await lrs.post([good, {**good, "id": said["id"]}])

    assert answer.status_code == 409
    assert await lrs.school.facts(learner_id=learner_id, lesson_id="a") == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, "lesson_id"),
        ({"lesson_id": "nowhere"}, "lesson_id"),
        ({"lesson_id": "a", "course_version": 7}, "course_id"),
        ({"lesson_id": "a", "kind": "quiz"}, "kind"),
        ({"assessment_id": "t", "kind": "wellness"}, "kind"),
        ({"lesson_id": "a", "course_id": "none-such"}, "course_id"),
    ],
)
async def test_a_mapping_that_is_not_right_is_refused_by_name(lrs: Any, change: dict[str, Any], field: str) -> None:
    await lrs.school.publish("a")

    answer = await _map(lrs, **change)

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == f"mappings.0.{field}"


async def test_mappings_are_listed_and_dropped(lrs: Any) -> None:
    await _ready(lrs)

    shown = (await lrs.http.get("/xapi/mappings", params={"limit": 500})).json()["items"]
    dropped = [await lrs.http.delete("/xapi/mappings", params={"activity_id": lrs.activity}) for _ in range(2)]

    assert lrs.activity in [one["activity_id"] for one in shown]
    assert [one.status_code for one in dropped] == [204, 404]
