"""A form that stands for a whole request (Communication 1.3)."""

import json
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest

STATEMENT = {
    "actor": {"mbox": "mailto:somebody@school.example"},
    "verb": {"id": "https://lms.example/v"},
    "object": {"id": "https://lms.example/หน้า"},
}


async def _form(lrs: Any, method: str, path: str, **fields: str) -> httpx.Response:
    content = urlencode({**lrs.headers, **fields})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer: httpx.Response = await lrs.http.post(f"/xAPI{path}?method={method}", content=content, headers=headers)
    return answer


async def test_statements_are_put_found_and_posted_by_forms(lrs: Any) -> None:
    id = str(uuid4())

    put = await _form(lrs, "PUT", "/statements", statementId=id, content=json.dumps(STATEMENT))
    posted = await _form(lrs, "POST", "/statements", content=json.dumps([STATEMENT]))
    found = await _form(lrs, "GET", "/statements", statementId=id)

    assert (put.status_code, posted.status_code, found.status_code) == (204, 200, 200)
    assert found.json()["object"]["id"] == "https://lms.example/หน้า"
    assert "X-Experience-API-Consistent-Through" in found.headers


async def test_state_is_kept_by_forms_with_its_preconditions(lrs: Any) -> None:
    of = {"activityId": lrs.activity, "agent": json.dumps(STATEMENT["actor"]), "stateId": "s"}

    put = await _form(lrs, "PUT", "/activities/state", **of, content='{"a":1}')
    again = await _form(lrs, "PUT", "/activities/state", **of, content="{}", **{"If-None-Match": "*"})
    gone = await _form(lrs, "DELETE", "/activities/state", **of)

    assert (put.status_code, again.status_code, gone.status_code) == (204, 412, 204)


@pytest.mark.parametrize(
    "address", ["/statements?method=PATCH", "/statements?method=GET&limit=1", "/statements?method="]
)
async def test_what_stands_beside_the_method_is_refused(lrs: Any, address: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    answer = await lrs.http.post(f"/xAPI{address}", content=urlencode(lrs.headers), headers=headers)

    assert (answer.status_code, answer.headers["X-Experience-API-Version"]) == (400, "1.0.3")
    assert answer.json()["errors"][0]["field"] == "method"


async def test_a_method_without_a_form_is_refused(lrs: Any) -> None:
    answer = await lrs.ask("POST", "/statements?method=GET", json={})

    assert answer.status_code == 400
