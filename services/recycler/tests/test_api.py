"""What the municipality relies on when it registers partners and keys."""

import asyncio
from typing import Any

import pytest
from ewaste.contracts.topics import partner_topic

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_partner_is_registered_once_with_its_topic(service: Any, recycler: Any) -> None:
    scheme = {"name": "r2v3", "certificate_number": "R2-1", "valid_from": "2026-01-01", "valid_until": "2027-01-01"}
    body = recycler.registration(schemes=[scheme])

    first, again = [await service.http.post("/partners", json=body) for _ in range(2)]
    other = await service.http.post("/partners", json={**body, "name_th": "อีกโรงงาน"})

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.json() == again.json()
    assert first.json()["topic"] == partner_topic(recycler.partner_id)
    assert other.json()["errors"][0]["field"] == "partner_id"
    shown = (await service.http.get(f"/partners/{recycler.partner_id}")).json()
    assert shown["schemes"][0].items() >= scheme.items()
    (fact,) = await service.told(1, lambda event: getattr(event.data, "licence_number", None) and
                                 event.data.partner_id == recycler.partner_id)  # fmt: skip
    assert fact.type.name == "ewaste.recycler.PartnerRegistered.v1"


async def test_registrations_at_the_same_moment_make_one_partner(service: Any, recycler: Any) -> None:
    posts = [service.http.post("/partners", json=recycler.registration()) for _ in range(6)]
    assert sorted(answer.status_code for answer in await asyncio.gather(*posts)) == [200] * 5 + [201]
    key = [service.http.post(f"/partners/{recycler.partner_id}/keys", json=recycler.public_key()) for _ in range(6)]
    assert sorted(answer.status_code for answer in await asyncio.gather(*key)) == [200] * 5 + [201]
    facts = await service.told(2, lambda event: getattr(event.data, "partner_id", None) == recycler.partner_id)
    assert [fact.type.model.__name__ for fact in facts] == ["PartnerRegistered", "PartnerKeyRegistered"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"partner_id": "Not An Id"}, "partner_id"),
        ({"licence_number": ""}, "licence_number"),
        ({"licence_valid_until": "2025-01-01"}, "licence_valid_until"),
        ({"licence_valid_from": "yesterday"}, "licence_valid_from"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_a_wrong_registration_names_its_field(
    service: Any, recycler: Any, change: dict[str, Any], field: str
) -> None:
    answer = await service.http.post("/partners", json=recycler.registration() | change)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_keys_belong_to_one_partner_and_stay_revoked(service: Any, recycler: Any, another: Any) -> None:
    await service.register(recycler)
    await service.http.post("/partners", json=another.registration())
    path, body = f"/partners/{recycler.partner_id}/keys", recycler.public_key()
    assert (await service.http.post(path, json=body)).status_code == 200

    taken = await service.http.post(f"/partners/{another.partner_id}/keys", json=body)
    renamed = await service.http.post(path, json=another.public_key() | {"key_id": recycler.jwk["kid"]})
    weak = await service.http.post(path, json={"public_key": {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}})
    private = await service.http.post(path, json={"public_key": another.jwk | {"kty": "RSA"}})
    nobody = await service.http.post("/partners/nobody/keys", json=body)
    codes = [answer.status_code for answer in (taken, renamed, weak, private, nobody)]
    assert codes == [409, 422, 422, 422, 404]
    assert renamed.json()["errors"][0]["field"] == "key_id"

    revocation = f"{path}/{recycler.jwk['kid']}/revocation"
    assert (await service.http.post(revocation, json={"reason": "lost"})).status_code == 422
    for _ in range(2):
        assert (await service.http.post(revocation, json={"reason": "retired"})).status_code == 204
    assert (await service.http.post(path, json=body)).status_code == 409
    assert (await service.http.post(f"{path}/{'x' * 43}/revocation", json={"reason": "retired"})).status_code == 404
    (key,) = (await service.http.get(f"/partners/{recycler.partner_id}")).json()["keys"]
    assert (key["revocation"], key["key_id"]) == ("retired", recycler.jwk["kid"])
    facts = await service.told(2, lambda event: getattr(event.data, "key_id", None) == recycler.jwk["kid"])
    assert [fact.type.model.__name__ for fact in facts] == ["PartnerKeyRegistered", "PartnerKeyRevoked"]


async def test_pages_go_on_where_they_stopped(service: Any, recycler: Any, another: Any) -> None:
    for one in (recycler, another):
        await service.http.post("/partners", json=one.registration())
    found, cursor = [], None
    while True:
        page = (
            await service.http.get("/partners", params={"limit": 1} | ({"cursor": cursor} if cursor else {}))
        ).json()
        found += [item["partner_id"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert found == sorted(found)
    assert {recycler.partner_id, another.partner_id} <= set(found)


@pytest.mark.parametrize("path", ["/refusals?cursor=ImEi", "/batches?cursor=MQ==", "/partners?cursor=x"])
async def test_a_foreign_cursor_is_refused(service: Any, path: str) -> None:
    answer = await service.http.get(path)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


async def test_what_is_not_there_is_a_problem_that_says_where_to_look(service: Any) -> None:
    answer = await service.http.get("/batches/none")
    assert answer.status_code == 404
    assert "/refusals" in answer.json()["detail"]
