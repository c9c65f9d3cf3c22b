"""Consents over HTTP: recorded by who is signed in, withdrawn, and asked for before anything is recorded."""

from typing import Any

TEXT = "example-2026-11"


def _consent(purpose: str = "learning_record", given_by: str = "self", **more: Any) -> dict[str, Any]:
    return {"purpose": purpose, "given_by": given_by, "text_version": TEXT, **more}


async def test_a_pupil_consents_and_withdraws(city: Any, bearer: Any) -> None:
    await city.take()
    signed = bearer(await city.as_pupil(await city.sheet()))
    learner_id = (await city.http.get("/session", headers=signed)).json()["learner_id"]
    url = f"/learners/{learner_id}/consents"

    for _ in range(2):
        given = await city.http.post(url, json=_consent(), headers=signed)
    assert (given.status_code, len(given.json())) == (201, 1), "again changes nothing"
    assert given.json()[0]["recorded_by"] == learner_id
    assert "learning_record" not in (await city.http.get("/session", headers=signed)).json()["consents_missing"]

    assert (await city.http.delete(f"{url}/learning_record", headers=signed)).status_code == 204
    (kept,) = (await city.http.get(url, headers=signed)).json()
    assert kept["withdrawn_at"] is not None
    assert "learning_record" in (await city.http.get("/session", headers=signed)).json()["consents_missing"]


async def test_what_is_not_theirs_to_give_is_refused(city: Any, bearer: Any) -> None:
    await city.take()
    signed = bearer(await city.as_pupil(await city.sheet()))
    own = (await city.http.get("/session", headers=signed)).json()["learner_id"]
    other = next(one["learner_id"] for one in await city.members() if one["number"] == 2)
    tries = [
        (own, _consent("wellness_questionnaire"), 403, "consent-not-theirs"),
        (own, _consent(age_years=9), 403, "consent-not-theirs"),
        (own, _consent(given_by="parent"), 403, "consent-not-theirs"),
        (own, {**_consent(), "text_version": "old"}, 409, "text-outdated"),
        (other, _consent(), 404, "learner-unknown"),
    ]

    for learner_id, body, status, code in tries:
        answer = await city.http.post(f"/learners/{learner_id}/consents", json=body, headers=signed)
        assert (answer.status_code, answer.json()["type"]) == (status, f"urn:ewaste:problem:{code}"), answer.text


async def test_without_consent_nobody_is_enrolled(city: Any) -> None:
    await city.take()
    assert (await city.http.post("/courses/sample")).status_code in (200, 201)
    group = await city.group()
    course = (await city.http.get("/courses")).json()["items"][0]["course_id"]
    consent = {**_consent(), "numbers": [2]}
    assert (await city.http.post(f"/groups/{group}/consents", json=consent)).status_code == 204

    for repeated in (False, True):
        answer = await city.http.post(f"/groups/{group}/enrolments", json={"course_id": course})
        first, second = answer.json()
        assert (first["number"], first["error"]["code"]) == (1, "consent-missing")
        assert (second["number"], second["repeated"]) == (2, repeated)

    members = {one["number"]: one["learner_id"] for one in await city.members()}
    assert second["learner_id"] == members[2], "enrolled under the pseudonym of the roster"


async def test_a_groups_forms_are_recorded_for_all_or_none(city: Any) -> None:
    await city.take()
    group = await city.group()
    unknown = {**_consent(given_by="parent"), "numbers": [1, 2, 3]}

    answer = await city.http.post(f"/groups/{group}/consents", json=unknown)

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:ewaste:problem:number-unknown")
    ids = [one["learner_id"] for one in await city.members()]
    assert await city.rows("SELECT 1 FROM consent WHERE learner_id = ANY($1::uuid[])", ids) == []


async def test_the_policy_is_public_with_its_texts(city: Any) -> None:
    policy = (await city.http.get("/consents/policy", headers={"Authorization": ""})).json()

    assert policy["sample"] is True
    assert {one["text_version"] for one in policy["purposes"].values()} == {TEXT}
