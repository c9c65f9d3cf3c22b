"""Community evenings: people come without a roster and without a name."""

from typing import Any

EVENING = {"title": "ผู้สูงวัยรู้ทันมิจฉาชีพ", "audience": "elderly", "held_on": "2026-11-25"}


async def test_who_comes_gets_a_number_and_a_pseudonym(city: Any) -> None:
    group = (await city.http.post("/groups", json=EVENING)).json()["group_id"]

    for bands in (["60+", "60+"], [None]):
        answer = await city.http.post(f"/groups/{group}/members", json={"age_bands": bands})
        assert answer.status_code == 204, answer.text

    members = (await city.http.get(f"/groups/{group}/members")).json()
    assert [one["number"] for one in members] == [None, 1, 2, 3]
    assert [one["audience"] for one in members] == ["staff", "elderly", "elderly", "elderly"]
    assert {one["name"] for one in members} == {None}
    sheet = (await city.http.post(f"/groups/{group}/sheet", json={})).json()
    assert (await city.as_pupil(sheet, number=3)).status_code == 200


async def test_what_cannot_be_is_refused(city: Any) -> None:
    await city.take()
    group = (await city.http.post("/groups", json=EVENING)).json()["group_id"]
    tries = [
        ("/groups", {**EVENING, "audience": "pupil"}, "request-invalid"),
        ("/groups", {**EVENING, "school_id": "cm-school-99"}, "school-unknown"),
        (f"/groups/{group}/members", {"age_bands": ["10-12"]}, "age-band-not-for-audience"),
        (f"/groups/{await city.group()}/members", {"age_bands": ["10-12"]}, "group-of-roster"),
    ]

    for url, body, code in tries:
        answer = await city.http.post(url, json=body)
        assert (answer.status_code, answer.json()["type"]) == (422, f"urn:ewaste:problem:{code}"), answer.text
