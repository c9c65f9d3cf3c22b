"""Names and sourcedIds stay in the database of this service, and an erased person is nowhere in it."""

import logging
from typing import Any

import pytest
from ewaste.runtime.app import Role
from ewaste.runtime.testing import client, eventually, records_on

TEXT = "example-2026-11"


async def _learn(city: Any, bearer: Any) -> str:
    """The first pupil signs in, consents, is enrolled and finishes a lesson; the pseudonym."""
    signed = bearer(await city.as_pupil(await city.sheet()))
    learner_id = (await city.http.get("/session", headers=signed)).json()["learner_id"]
    consent = {"purpose": "learning_record", "given_by": "self", "text_version": TEXT}
    await city.http.post(f"/learners/{learner_id}/consents", json=consent, headers=signed)
    await city.http.post("/courses/sample")
    course = (await city.http.get("/courses")).json()["items"][0]["course_id"]
    await city.http.post(f"/groups/{await city.group()}/enrolments", json={"course_id": course})
    modules = (await city.http.get(f"/courses/{course}")).json()["modules"]
    lesson = modules[0]["lessons"][0]["lesson_id"]
    done = {"learner_id": learner_id, "lesson_id": lesson, "course_id": course}
    assert (await city.http.post("/completions", json=done)).status_code == 201
    return str(learner_id)


async def test_no_name_and_no_sourced_id_in_any_event_or_log_line(
    city: Any, bearer: Any, files_of: Any, rows: Any, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    sent = await city.take()
    learner_id = await _learn(city, bearer)
    faulty = rows(city.mark)
    faulty["users"][1]["grades"] = "12"
    await city.send(files_of(faulty))
    async with client(city.app, Role.RELAY):
        await eventually(lambda: city.rows("SELECT 1 FROM outbox WHERE published_at IS NULL"), lambda left: not left)

    values = [record.value for record in await records_on(city.stack, "ewaste.education")]

    assert any(learner_id.encode() in value for value in values), "what was learned is told"
    private = {row[name] for row in sent["users"] for name in ("sourcedId", "familyName", "username")} | {city.mark}
    out, err = capfd.readouterr()
    logged = "\n".join([out, err, caplog.text, *(str(record.__dict__) for record in caplog.records)])
    assert [word for word in private if any(word.encode() in value for value in values)] == []
    assert [word for word in private if word in logged] == []


async def test_an_erased_pupil_is_nowhere_and_returns_as_somebody_new(city: Any, bearer: Any) -> None:
    sent = await city.take()
    learner_id = await _learn(city, bearer)
    pupil = sent["users"][1]

    assert (await city.http.delete(f"/learners/{learner_id}/link")).status_code == 204

    tables = [row["name"] for row in await city.rows(
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")]  # fmt: skip
    kept = {name: str(await city.rows(f'SELECT to_json(t)::text AS t FROM "{name}" t')) for name in tables}
    assert [name for name, text in kept.items() if pupil["sourcedId"] in text] == [], (
        "the mother's row forgot the child"
    )
    assert [name for name, text in kept.items() if learner_id in text and name in _PERSONAL] == []
    assert learner_id in kept["lesson_result"], "what was learned stays counted"

    await city.take()

    again = next(one for one in await city.members() if one["name"] == f"สมชาย {pupil['familyName']}")
    assert again["learner_id"] != learner_id
    assert again["number"] == 3, "the number of who was erased is nobody's"
    assert not again["has_pictures"]


async def test_a_name_is_given_for_a_certificate_with_consent_alone(city: Any, bearer: Any) -> None:
    from ewaste.contracts.refusal import Refused
    from ewaste.education.people.consents.handlers import name_for_certificate

    await city.take()
    pupil = (await city.members())[1]
    async with city.app.database.transaction() as tx:
        with pytest.raises(Refused) as refused:
            await name_for_certificate(tx, pupil["learner_id"])
    assert (refused.value.code, refused.value.status) == ("consent-missing", 403)

    consent = {"purpose": "certificate_name", "given_by": "parent", "text_version": TEXT}
    await city.http.post(f"/learners/{pupil['learner_id']}/consents", json=consent)

    async with city.app.database.transaction() as tx:
        assert await name_for_certificate(tx, pupil["learner_id"]) == ("สมชาย", f"เรียนดี{city.mark}")


_PERSONAL = {
    "learner_link",
    "person",
    "group_member",
    "consent",
    "picture_secret",
    "personal_code",
    "sign_in_session",
    "roster_entry",
}
