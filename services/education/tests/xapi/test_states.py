"""Documents of state over HTTP (Communication 2.2, 2.3, 3.1)."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

AGENT = json.dumps({"account": {"homePage": "https://lms.example", "name": "somebody"}})


async def _ask(lrs: Any, method: str, state_id: str | None = "bookmark", **more: Any) -> httpx.Response:
    params = {"activityId": lrs.activity, "agent": AGENT, **more.pop("params", {})}
    if state_id is not None:
        params["stateId"] = state_id
    answer: httpx.Response = await lrs.ask(method, "/activities/state", params=params, **more)
    return answer


async def test_a_document_comes_back_as_it_was_stored(lrs: Any) -> None:
    content = bytes(range(256))

    stored = await _ask(lrs, "PUT", content=content, headers={"Content-Type": "image/x-own"})
    found = await _ask(lrs, "GET")
    head = await _ask(lrs, "HEAD")

    assert (stored.status_code, found.content, found.headers["Content-Type"]) == (204, content, "image/x-own")
    assert len(found.headers["ETag"].strip('"')) == 40
    assert (head.content, head.headers["ETag"]) == (b"", found.headers["ETag"])
    assert (await _ask(lrs, "DELETE")).status_code == 204
    assert (await _ask(lrs, "GET")).status_code == 404


async def test_post_merges_the_properties_of_objects(lrs: Any) -> None:
    await _ask(lrs, "POST", json={"page": 1, "seen": {"a": 1}})
    await _ask(lrs, "POST", json={"seen": {"b": 2}, "done": True})

    assert (await _ask(lrs, "GET")).json() == {"page": 1, "seen": {"b": 2}, "done": True}
    for content, content_type in ((b"[1]", "application/json"), (b"{}", "text/plain"), (b"{", "application/json")):
        refused = await _ask(lrs, "POST", content=content, headers={"Content-Type": content_type})
        assert refused.status_code == 400, refused.text
    assert (await _ask(lrs, "GET")).json()["page"] == 1


async def test_of_two_who_change_what_they_read_one_is_told_to_read_again(lrs: Any) -> None:
    await _ask(lrs, "PUT", json={"n": 0})
    etag = (await _ask(lrs, "GET")).headers["ETag"]

    answers = await asyncio.gather(*(_ask(lrs, "PUT", json={"n": n}, headers={"If-Match": etag}) for n in (1, 2)))

    assert sorted(one.status_code for one in answers) == [204, 412]
    fresh = [await _ask(lrs, "PUT", "other", json={}, headers={"If-None-Match": "*"}) for _ in range(2)]
    assert [one.status_code for one in fresh] == [204, 412]
    assert (await _ask(lrs, "DELETE", headers={"If-Match": etag})).status_code == 412


async def test_ids_are_listed_by_registration_and_time_and_dropped_together(lrs: Any) -> None:
    registration = str(uuid4())
    await _ask(lrs, "PUT", "a", json={})
    first = await _ask(lrs, "GET", None)
    await _ask(lrs, "PUT", "b", json={}, params={"registration": registration})

    assert first.json() == ["a"]
    assert (await _ask(lrs, "GET", None)).json() == ["a", "b"]
    assert (await _ask(lrs, "GET", None, params={"registration": registration})).json() == ["b"]
    assert (await _ask(lrs, "GET", None, params={"since": "2199-01-01T00:00:00Z"})).json() == []
    assert (await _ask(lrs, "GET", "b")).status_code == 404
    assert (await _ask(lrs, "DELETE", None)).status_code == 204
    assert (await _ask(lrs, "GET", None)).json() == []


async def test_one_clients_documents_are_not_anothers(lrs: Any, another: Any) -> None:
    await _ask(lrs, "PUT", json={})
    another.activity = lrs.activity

    assert (await _ask(another, "GET")).status_code == 404


_WRONG_PARAMETERS: list[tuple[dict[str, str | None], str]] = [
    ({"agent": None}, "agent"),
    ({"agent": "nobody"}, "agent"),
    ({"agent": '{"mbox":"mailto:a@b.example","openid":"https://a.example"}'}, "agent"),
    ({"activityId": None}, "activityId"),
    ({"activityId": "page"}, "activityId"),
    ({"registration": "1"}, "registration"),
    ({"stateid": "bookmark"}, "stateid"),
    ({"since": "1"}, "since"),
]


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
async def test_a_parameter_that_is_not_right_is_refused_by_name(lrs: Any, method: str) -> None:
    missing = [({"stateId": None}, "stateId")] if method in ("PUT", "POST") else []
    for change, field in [*_WRONG_PARAMETERS, *missing]:
        params = {"activityId": lrs.activity, "agent": AGENT, "stateId": "bookmark", **change}
        body = {"json": {}} if method in ("PUT", "POST") else {}
        sent = {name: value for name, value in params.items() if value}

        answer = await lrs.ask(method, "/activities/state", params=sent, **body)

        assert answer.status_code == 400, (change, answer.text)
        assert answer.json()["errors"][0]["field"] == field
