"""Rosters over HTTP, on the real database: taken over whole or not at all, again without change, and given back."""

import csv
import io
from typing import Any
from zipfile import ZipFile

import pytest


def _read(data: bytes) -> dict[str, list[dict[str, str]]]:
    with ZipFile(io.BytesIO(data)) as zipped:
        return {name: list(csv.DictReader(io.StringIO(zipped.read(name).decode()))) for name in zipped.namelist()}


def _said(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(({n: cell for n, cell in row.items() if cell} for row in rows), key=lambda row: row["sourcedId"])


async def test_what_comes_in_goes_out_the_same(city: Any, rows: Any) -> None:
    sent = rows(city.mark)
    sent["users"][1]["metadata.nickname"] = "ชาย"
    await city.take(sent)

    answer = await city.http.get(f"/rosters/{city.roster_id}")

    assert answer.headers["content-type"] == "application/zip"
    given = _read(answer.content)
    assert {row["propertyName"]: row["value"] for row in given.pop("manifest.csv")}["file.users"] == "bulk"
    assert {name: _said(lines) for name, lines in given.items()} == {f"{n}.csv": _said(s) for n, s in sent.items()}
    again = await city.http.put(f"/rosters/{city.roster_id}", content=answer.content)
    changes = list(again.json()["files"].values())
    assert all(one["created"] == one["changed"] == one["removed"] == 0 for one in changes), "an export comes back in"


async def test_again_changes_nothing(city: Any, files_of: Any, rows: Any) -> None:
    files = files_of(rows(city.mark))

    first, again = (await city.send(files)).json(), (await city.send(files)).json()

    assert first["people"] == {"created": 3, "changed": 0, "removed": 0, "unchanged": 0}, "the mother learns nothing"
    assert again["people"] == {"created": 0, "changed": 0, "removed": 0, "unchanged": 3}
    assert again["files"]["users"] == {"created": 0, "changed": 0, "removed": 0, "unchanged": 4}


async def test_people_of_a_roster_are_random_pseudonyms_that_stay(city: Any, rows: Any) -> None:
    await city.take()
    before = {one["number"]: one["learner_id"] for one in await city.members()}
    moved = rows(city.mark)
    for row in moved["users"][1:3]:
        row["grades"] = "06"

    await city.take(moved)

    after = await city.members()
    assert {one["number"]: one["learner_id"] for one in after} == before
    assert {one["grade"] for one in after} == {None, "P6"}
    assert (after[1]["audience"], after[1]["name"]) == ("pupil", f"สมชาย เรียนดี{city.mark}")


async def test_a_delta_changes_what_it_names(city: Any, files_of: Any, rows: Any) -> None:
    sent = await city.take()
    when = {"dateLastModified": "2026-11-22T08:00:00Z"}
    gone = sent["enrollments"][2]
    new = {**sent["users"][1], "sourcedId": f"pupil-{city.mark}-3", "username": "new", "agentSourcedIds": ""}
    delta = {
        "users": [{**new, "status": "active", **when}],
        "roles": [{**sent["roles"][1], "sourcedId": "role-new", "userSourcedId": new["sourcedId"], "status": "active",
                   **when}],
        "enrollments": [
            {**gone, "status": "tobedeleted", **when},
            {**gone, "sourcedId": "place-new", "userSourcedId": new["sourcedId"], "status": "active", **when},
        ],
    }  # fmt: skip

    answer = await city.send(files_of(delta, dict.fromkeys(delta, "delta")))

    assert answer.status_code == 200, answer.text
    assert answer.json()["files"]["enrollments"] == {"created": 1, "changed": 0, "removed": 1, "unchanged": 0}
    assert answer.json()["people"]["created"] == 1
    assert [one["number"] for one in await city.members()] == [None, 1, 3], "the number of who left is not given again"


async def test_a_delta_that_leaves_a_row_dangling_is_refused(city: Any, files_of: Any, rows: Any) -> None:
    sent = await city.take()
    gone = {"sourcedId": sent["classes"][0]["sourcedId"], "status": "tobedeleted",
            "dateLastModified": "2026-11-22T08:00:00Z"}  # fmt: skip

    answer = await city.send(files_of({"classes": [gone]}, {"classes": "delta"}))

    assert answer.status_code == 422
    faults = answer.json()["faults"]
    assert {(one["file"], one["row"], one["code"]) for one in faults} == {
        ("enrollments.csv", None, "reference-dangling")
    }
    assert len(await city.members()) == 3, "nothing was taken over"


async def test_a_faulty_roster_leaves_everything_as_it_was(city: Any, files_of: Any, rows: Any) -> None:
    await city.take()
    faulty = rows(city.mark)
    faulty["users"][0]["givenName"] = "อื่น"
    faulty["users"][1]["grades"] = "03"

    answer = await city.send(files_of(faulty))

    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (422, "urn:ewaste:problem:roster-invalid")
    (fault,) = problem["faults"]
    assert (fault["file"], fault["row"], fault["column"], fault["code"]) == ("users.csv", 3, "grades", "grade-outside")
    assert (await city.members())[0]["name"] == f"มะลิ ใจดี{city.mark}"


async def test_a_dry_run_tells_and_changes_nothing(city: Any, files_of: Any, rows: Any) -> None:
    answer = await city.send(files_of(rows(city.mark)), dry_run=True)

    assert (answer.json()["people"]["created"], answer.json()["dry_run"]) == (3, True)
    assert (await city.http.get(f"/rosters/{city.roster_id}")).status_code == 404


async def test_who_is_not_in_the_next_bulk_leaves_and_returns_as_the_same(city: Any, rows: Any) -> None:
    await city.take()
    before = [one["learner_id"] for one in await city.members()]
    fewer = rows(city.mark)
    for name in ("users", "roles", "enrollments"):
        fewer[name] = [row for row in fewer[name] if f"pupil-{city.mark}-2" not in row.values()]

    await city.take(fewer)
    assert [one["learner_id"] for one in await city.members()] == before[:2]

    await city.take()
    assert [one["learner_id"] for one in await city.members()] == before


async def test_a_roster_that_lost_most_of_its_people_must_be_meant(city: Any, files_of: Any, rows: Any) -> None:
    full = rows(city.mark)
    for number in range(3, 30):
        sourced_id = f"pupil-{city.mark}-{number}"
        full["users"].append({**full["users"][2], "sourcedId": sourced_id})
        full["roles"].append({**full["roles"][2], "sourcedId": f"role-{sourced_id}", "userSourcedId": sourced_id})
    await city.take(full)

    cut = await city.send(files_of(rows(city.mark)))
    meant = await city.send(files_of(rows(city.mark)), allow_removals=True)

    assert (cut.status_code, cut.json()["type"]) == (409, "urn:ewaste:problem:too-many-removals")
    assert meant.json()["people"]["removed"] == 27


@pytest.mark.parametrize("who", ["nobody", "pupil", "teacher"])
async def test_rosters_are_for_the_citys_staff(city: Any, bearer: Any, who: str) -> None:
    await city.take()
    headers = {"Authorization": ""}
    if who == "pupil":
        headers = bearer(await city.as_pupil(await city.sheet()))
    if who == "teacher":
        codes = (await city.http.post("/schools/cm-school-01/codes")).json()
        (code,) = [one["code"] for one in codes if (one["name"] or "").endswith(city.mark)]
        headers = bearer(await city.http.post("/sign-in/code", json={"code": code}))

    answer = await city.http.get(f"/rosters/{city.roster_id}", headers=headers)

    assert answer.status_code == (401 if who == "nobody" else 403)
