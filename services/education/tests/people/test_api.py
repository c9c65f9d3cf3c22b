"""Schools, pseudonyms and erasure over HTTP, on the real database and broker."""

import json
from typing import Any
from uuid import UUID


async def test_schools_tell_which_grades_they_teach(school: Any) -> None:
    schools = {one["school_id"]: one for one in (await school.http.get("/schools")).json()}

    assert schools["cm-school-01"]["name_th"] == "โรงเรียนเทศบาลดอกเงิน"
    assert schools["cm-school-01"]["grades"] == ["P4", "P5", "P6", "M1", "M2", "M3"]
    assert schools["cm-school-02"]["grades"] == ["P4", "P5", "P6"]


async def test_a_reference_leads_to_one_random_pseudonym_in_every_course(school: Any) -> None:
    await school.publish("a")
    other = await school.publish("a", course_id=f"{school.course_id}-2")

    first = await school.enrol(reference=school.reference)

    assert UUID(first).version == 4, "a time in the pseudonym would tell when the person enrolled"
    assert await school.enrol(reference=school.reference, course_id=other) == first
    assert await school.enrol(reference=f"{school.reference}-2") != first


async def test_an_erased_learner_is_counted_and_known_to_nobody(school: Any) -> None:
    await school.publish("a")
    body = {"course_id": school.course_id, "cohort": {"audience": "public"}, "reference": school.reference}
    answer = await school.http.post("/enrolments", json=body, headers={"Idempotency-Key": school.reference})
    learner_id = answer.json()["learner_id"]
    await school.complete(learner_id, "a")

    for _ in range(2):
        assert (await school.http.delete(f"/learners/{learner_id}/link")).status_code == 204

    progress = (await school.http.get(f"/learners/{learner_id}/progress")).json()
    assert progress["courses"][0]["lessons_completed"] == 1
    assert await school.enrol(reference=school.reference) != learner_id, "the reference leads to a new pseudonym"
    assert await school.facts(learner_id=learner_id)


async def test_nothing_that_is_kept_leads_back_after_erasure(school: Any) -> None:
    await school.publish("a")
    line = {"course_id": school.course_id, "cohort": {"audience": "public"}}
    bulk = {"lines": [{**line, "reference": school.reference}, {**line, "reference": f"{school.reference}-2"}]}
    headers = {"Idempotency-Key": f"import-{school.course_id}"}
    answer = await school.http.post("/enrolments/bulk", json=bulk, headers=headers)
    erased, other = [one["receipt"]["learner_id"] for one in answer.json()["lines"]]

    await school.http.delete(f"/learners/{erased}/link")

    tables = [name for (name,) in await school.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    kept = {name: str(await school.rows(f'SELECT to_json(t)::text FROM "{name}" t')) for name in tables}
    assert [name for name, rows in kept.items() if f'"{school.reference}"' in rows] == []
    assert headers["Idempotency-Key"] not in kept["idempotency"], "its answer held the pseudonym beside a digest of it"
    assert other in kept["learner_link"]


async def test_erasing_nobody_is_told(school: Any) -> None:
    answer = await school.http.delete("/learners/00000000-0000-4000-8000-000000000000/link")

    assert (answer.status_code, answer.json()["type"]) == (404, "urn:ewaste:problem:learner-unknown")


async def test_references_never_reach_the_broker(school: Any) -> None:
    await school.publish("a")
    learner_id = await school.enrol(reference=school.reference)

    facts = [fact.model_dump_json() for fact in await school.facts(learner_id=learner_id)]

    assert facts
    assert all(school.reference not in fact for fact in facts)
    assert set(json.loads(facts[0])) == {"learner_id", "course_id", "course_version", "cohort"}
