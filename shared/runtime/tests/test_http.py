"""Problems that name the field, pages that end, nothing of the inside shown."""

import base64
from collections.abc import Iterator

import httpx
import pytest
from ewaste.contracts.refusal import CONFLICT, Refused
from ewaste.runtime.http import Page, build_api, page, read_cursor
from pydantic import BaseModel


class Body(BaseModel):
    grams: int


def encoded(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode()


@pytest.fixture
def http() -> Iterator[httpx.AsyncClient]:
    api = build_api("Test", "For tests")

    @api.get("/things")
    async def things(cursor: str | None = None, limit: int = 2) -> Page[int]:
        after = read_cursor(cursor, int) or 0
        return page(list(range(after + 1, 6))[: limit + 1], limit, lambda row: row, lambda row: row)

    @api.post("/things")
    async def add(body: Body) -> None:
        raise Refused("id-taken", "choose another id", field="thing_id", status=CONFLICT)

    @api.get("/broken")
    async def broken() -> None:
        raise RuntimeError("secret of the inside")

    transport = httpx.ASGITransport(api, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def test_pages_follow_each_other_to_the_end(http: httpx.AsyncClient) -> None:
    seen: list[int] = []
    cursor = None
    while True:
        answer = (await http.get("/things", params={"cursor": cursor} if cursor else {})).json()
        seen += answer["items"]
        if (cursor := answer["next_cursor"]) is None:
            break
    assert seen == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("cursor", ["x", "ป้าย", "////", encoded(b"["), encoded(b'{"a":1}'), encoded(b'"a"')])
async def test_a_made_up_cursor_is_refused(http: httpx.AsyncClient, cursor: str) -> None:
    answer = await http.get("/things", params={"cursor": cursor})
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["errors"][0]["field"] == "cursor"


async def test_a_refusal_is_a_problem_with_code_field_and_status(http: httpx.AsyncClient) -> None:
    answer = await http.post("/things", json={"grams": 1})
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["type"] == "urn:ewaste:problem:id-taken"
    assert problem["errors"] == [{"field": "thing_id", "message": "choose another id"}]


async def test_a_request_that_is_not_valid_names_the_field(http: httpx.AsyncClient) -> None:
    problem = (await http.post("/things", json={"grams": "many"})).json()
    assert problem["status"] == 422
    assert problem["errors"][0]["field"] == "grams"


async def test_a_failure_of_ours_shows_nothing_of_the_inside(http: httpx.AsyncClient) -> None:
    answer = await http.get("/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.json()["type"] == "urn:ewaste:problem:internal-error"
