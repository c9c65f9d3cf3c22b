"""Who is erased is in no statement and no document any more; the facts stay."""

import json
from typing import Any

ADL = "http://adlnet.gov/expapi/verbs/"


async def test_statements_and_documents_go_with_the_link(lrs: Any) -> None:
    await lrs.school.publish("a", "b")
    learner_id = await lrs.school.enrol(reference=lrs.school.reference)
    body = {"activity_id": lrs.activity, "course_id": lrs.school.course_id, "lesson_id": "a"}
    await lrs.http.put("/xapi/mappings", json={"mappings": [body]})
    actor = {"account": {"homePage": "https://lms.example", "name": lrs.school.reference}}
    own = {"account": {"homePage": "https://elsewhere.example", "name": learner_id.upper()}}
    for one in (actor, own):
        await lrs.stored(actor=one, verb={"id": f"{ADL}completed"})
    await lrs.stored(context={"instructor": actor})
    kept = await lrs.stored()
    params = {"activityId": lrs.activity, "agent": json.dumps(actor), "stateId": "bookmark"}
    await lrs.ask("PUT", "/activities/state", params=params, json={"page": 7})

    answer = await lrs.http.delete(f"/learners/{learner_id}/link")

    assert answer.status_code == 204
    assert await lrs.found(activity=lrs.activity) == [kept["id"]]
    assert (await lrs.ask("GET", "/activities/state", params=params)).status_code == 404
    for table in ("xapi_statement", "xapi_match", "xapi_state"):
        held = await lrs.school.rows(f"SELECT row_to_json(t)::text FROM {table} t")
        assert not any(lrs.school.reference in str(row) or learner_id in str(row).lower() for row in held)
    assert len(await lrs.school.facts(learner_id=learner_id, lesson_id="a")) == 1
