"""What the API says when it can't answer: a problem that names the field and the next step."""

import base64
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/trace/item/unknown-item", 404, "id"),
        ("/trace/planet/earth", 404, "id"),
        ("/trace/fraction/F-1", 404, "id"),
        ("/trace/item/%00", 422, "path.id"),
        ("/trace/item/a%2Fb", 404, None),
        ("/certificates/none", 404, "certificate_id"),
        ("/certificates/%00", 422, "path.certificate_id"),
        ("/batches/none/certification", 404, "batch_id"),
        ("/batches/%F0%9F%90%98/certification", 422, "path.batch_id"),
        ("/certificates?cursor=nonsense", 422, "cursor"),
        ("/certificates?cursor=%FF", 422, "cursor"),
        ("/certificates?limit=0", 422, "query.limit"),
        ("/ledgers/planets", 422, "path.ledger"),
        ("/ledgers/custody/entries?start=-1", 422, "query.start"),
        ("/ledgers/custody/entries?start=99999999999999999999", 422, "query.start"),
        ("/ledgers/custody/entries?limit=100000", 422, "query.limit"),
        ("/nowhere", 404, None),
    ],
)
async def test_problems(service: Any, path: str, status: int, field: str | None) -> None:
    answer = await service.http.get(path)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    if field is not None:
        assert field in {error["field"] for error in problem["errors"]}
        assert problem["detail"]


@pytest.mark.parametrize("content", [b"5", b"[1]", b'"\\u0000"', b"null", b"{}", b"[" * 2_000])
async def test_a_cursor_of_ones_own_making_is_refused(service: Any, content: bytes) -> None:
    answer = await service.http.get("/certificates", params={"cursor": base64.urlsafe_b64encode(content).decode()})

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == "cursor"


async def test_certificates_are_listed_page_by_page(service: Any, publisher: Any, new_day: Any) -> None:
    days = [new_day() for _ in range(3)]
    for day in days:
        await publisher.publish(*day.messages())
    for day in days:
        await service.chain_is(f"batch/{day.batch}", "certified")

    listed: list[dict[str, Any]] = []
    cursor = ""
    while cursor is not None:
        page = await service.json(f"/certificates?limit=2{cursor and f'&cursor={cursor}'}")
        assert len(page["items"]) <= 2
        listed += page["items"]
        cursor = page["next_cursor"]

    ids = [each["certificate_id"] for each in listed]
    assert ids == sorted(set(ids))
    assert {day.batch for day in days} <= {each["batch_id"] for each in listed}


async def test_the_head_of_an_empty_ledger_and_past_its_end(service: Any) -> None:
    head = await service.json("/ledgers/custody")
    far = head["size"] + 1_000_000

    assert (await service.json(f"/ledgers/custody/entries?start={far}")) == {"items": [], "next_cursor": None}
