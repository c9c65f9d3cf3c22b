"""Signing in over HTTP, on the real database."""

import asyncio
from typing import Any


async def test_a_pupil_signs_in_with_code_number_and_pictures(city: Any, bearer: Any) -> None:
    await city.take()
    sheet = await city.sheet()

    answer = await city.as_pupil(sheet)

    assert answer.headers["cache-control"] == "no-store"
    signed = (await city.http.get("/session", headers=bearer(answer))).json()
    assert (signed["audience"], signed["school_id"], signed["grade"]) == ("pupil", "cm-school-01", "P5")
    assert signed["consents_missing"] == ["learning_record", "wellness_questionnaire", "certificate_name"]
    assert [card["number"] for card in sheet["cards"]] == [1, 2]


async def test_pictures_are_shown_once_and_kept_as_hashes(city: Any) -> None:
    await city.take()
    first = await city.sheet()

    again = await city.sheet()

    assert all(len(card["pictures"]) == 3 for card in first["cards"])
    assert [card["pictures"] for card in again["cards"]] == [None, None]
    assert again["code"] == first["code"]
    kept = await city.rows("SELECT hash FROM picture_secret")
    assert all(row["hash"].startswith("scrypt$4$") for row in kept)


async def test_fresh_pictures_end_the_old_ones_and_their_sessions(city: Any, bearer: Any) -> None:
    await city.take()
    old = await city.sheet()
    signed = bearer(await city.as_pupil(old))

    new = await city.sheet(numbers=[1])

    assert (await city.http.get("/session", headers=signed)).status_code == 401
    assert (await city.as_pupil(new)).status_code == 200
    assert (await city.as_pupil(old, number=2)).status_code == 200, "the other pupil keeps the old pictures"
    assert (await city.http.post(f"/groups/{await city.group()}/sheet", json={"numbers": [99]})).status_code == 422


async def test_unknown_class_number_and_pictures_are_one_answer(city: Any) -> None:
    await city.take()
    sheet = await city.sheet()
    pictures = [one["picture_id"] for one in sheet["cards"][0]["pictures"]]
    body = {"class_code": sheet["code"], "number": 1, "pictures": pictures}
    wrong = [{**body, "pictures": pictures[::-1]}, {**body, "number": 99}, {**body, "class_code": "333-3333"}]

    answers = [await city.http.post("/sign-in/pupil", json=one) for one in wrong]

    assert [one.status_code for one in answers] == [401, 401, 401], [one.text for one in answers]
    assert len({one.text for one in answers}) == 1


async def test_too_many_tries_make_a_pause_that_the_teacher_ends(city: Any) -> None:
    await city.take()
    sheet = await city.sheet()
    right = [one["picture_id"] for one in sheet["cards"][0]["pictures"]]
    body = {"class_code": sheet["code"], "number": 1, "pictures": right[::-1]}

    tries = await asyncio.gather(*(city.http.post("/sign-in/pupil", json=body) for _ in range(12)))

    assert sorted(one.status_code for one in tries) == [401] * 5 + [429] * 7, "many at once are no more than five"
    paused = await city.as_pupil(sheet)
    assert (paused.status_code, paused.json()["type"]) == (429, "urn:ewaste:problem:sign-in-paused")
    assert (await city.as_pupil(sheet, number=2)).status_code == 200
    assert (await city.as_pupil(await city.sheet(numbers=[1]))).status_code == 200


async def test_a_class_pauses_when_many_are_tried(city: Any) -> None:
    await city.take()
    sheet = await city.sheet()
    body = {"class_code": sheet["code"], "number": 77, "pictures": ["cat", "dog", "sun"]}

    tries = [(await city.http.post("/sign-in/pupil", json=body)).status_code for _ in range(61)]

    assert (tries[:60], tries[60]) == ([401] * 60, 429)


async def test_a_code_that_was_ended_or_has_expired_opens_nothing(city: Any) -> None:
    await city.take()
    sheet = await city.sheet()
    await city.rows("UPDATE learner_group SET code_expires_at = now() WHERE group_id = $1", await city.group())
    assert (await city.as_pupil(sheet)).status_code == 401

    renewed = await city.sheet(everyone=True)
    assert renewed["code"] != sheet["code"]
    assert (await city.http.delete(f"/groups/{await city.group()}/code")).status_code == 204
    assert (await city.as_pupil(renewed)).status_code == 401


async def test_who_is_disabled_or_left_is_signed_out(city: Any, rows: Any, bearer: Any) -> None:
    await city.take()
    signed = bearer(await city.as_pupil(await city.sheet()))
    disabled = rows(city.mark)
    disabled["users"][1]["enabledUser"] = "false"

    await city.take(disabled)

    assert (await city.http.get("/session", headers=signed)).status_code == 401


async def test_signing_out_ends_the_token(city: Any, bearer: Any) -> None:
    signed = bearer(await city.http.post("/sign-in/code", json={"code": city.code}))

    assert (await city.http.delete("/session", headers=signed)).status_code == 204
    assert (await city.http.get("/session", headers=signed)).status_code == 401


async def test_a_teacher_leads_the_own_class_alone(city: Any, bearer: Any, rows: Any) -> None:
    await city.take()
    codes = (await city.http.post("/schools/cm-school-01/codes")).json()
    (code,) = [one["code"] for one in codes if (one["name"] or "").endswith(city.mark)]
    teacher = bearer(await city.http.post("/sign-in/code", json={"code": code}))

    groups = (await city.http.get("/groups", headers=teacher)).json()["items"]

    own = await city.group()
    assert [one["group_id"] for one in groups] == [own]
    assert (await city.http.get(f"/groups/{own}/members", headers=teacher)).status_code == 200
    others = await city.http.post("/groups", json={"title": "x", "audience": "public", "held_on": "2026-11-22"})
    strange = others.json()["group_id"]
    assert (await city.http.get(f"/groups/{strange}/members", headers=teacher)).status_code == 404
    await city.http.post("/schools/cm-school-01/codes")
    assert (await city.http.post("/sign-in/code", json={"code": code})).status_code == 401, "a new code ends the old"


async def test_the_sheet_prints_as_a_page_that_loads_nothing(city: Any, rows: Any) -> None:
    tricky = rows(city.mark)
    tricky["users"][1]["familyName"] = "<script>alert(1)</script>"
    await city.take(tricky)

    answer = await city.http.post(f"/groups/{await city.group()}/sheet.html", json={})

    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script>" not in answer.text
    assert ("เลขที่ 1" in answer.text, answer.text.count('class="card"')) == (True, 2)
