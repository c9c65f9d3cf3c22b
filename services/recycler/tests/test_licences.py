"""Licences, schemes and keys change over the years; what was true on a day stays true of that day."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from ewaste.contracts.events.recycler import ConfirmationRefused, PartnerRegistered
from ewaste.contracts.topics import partner_topic
from ewaste.evidence.canonical import canonical_json
from ewaste.evidence.keys import generate_key
from ewaste.evidence.signatures import sign_detached

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def accepted_on(service: Any, recycler: Any, *days: str) -> list[bool]:
    """Whether a confirmation of noon in Bangkok is accepted on each of these days."""
    claims = [
        recycler.message(
            recycler.opened(f"{recycler.partner_id}-{len(recycler.opened_before)}-{day}", {f"{day}-g": 5}),
            time=datetime.fromisoformat(f"{day}T12:00:00+07:00"),
        )
        for day in days
    ]
    recycler.opened_before.append(days)
    verdicts = await service.judged(recycler, *claims)
    refused = [event.data.reason for event in verdicts if isinstance(event.data, ConfirmationRefused)]
    assert set(refused) <= {"outside_licence"}
    return [not isinstance(event.data, ConfirmationRefused) for event in verdicts]


async def test_a_renewed_licence_counts_for_its_days_and_the_old_one_for_its_own(service: Any, recycler: Any) -> None:
    old = {"licence_valid_from": "2026-01-01", "licence_valid_until": "2026-03-31"}
    await service.register(recycler, **old)
    days = ("2026-03-31", "2026-04-01", "2026-09-01")
    assert await accepted_on(service, recycler, *days) == [True, False, False]
    renewed = recycler.registration(
        licence_number="จ3-106-2/50 ชม", licence_valid_from="2026-08-01", licence_valid_until="2030-12-31"
    )
    for expected in (201, 200):
        assert (await service.http.post("/partners", json=renewed)).status_code == expected
    assert await accepted_on(service, recycler, *days) == [True, False, True]
    facts = await service.told(
        2, lambda e: isinstance(e.data, PartnerRegistered) and e.data.partner_id == recycler.partner_id
    )
    assert [str(fact.data.licence_valid_from) for fact in facts] == ["2026-01-01", "2026-08-01"]
    shown = (await service.http.get(f"/partners/{recycler.partner_id}", params={"on": "2026-05-01"})).json()
    assert [licence["valid"] for licence in shown["licences"]] == [False, False]
    assert (shown["licensed"], shown["on"], shown["licence_valid_until"]) == (False, "2026-05-01", "2030-12-31")


async def test_a_licence_is_shortened_and_withdrawn_by_a_new_last_day(service: Any, recycler: Any) -> None:
    await service.register(recycler)
    days = ("2026-02-01", "2026-06-01", "2026-10-01")
    assert await accepted_on(service, recycler, *days) == [True, True, True]
    for last, expected in (("2026-06-30", [True, True, False]), ("2026-01-01", [False, False, False])):
        shorter = recycler.registration(licence_valid_until=last)
        assert (await service.http.post("/partners", json=shorter)).status_code == 201
        assert await accepted_on(service, recycler, *days) == expected
    shown = (await service.http.get(f"/partners/{recycler.partner_id}")).json()
    assert [licence["valid_until"] for licence in shown["licences"]] == ["2026-01-01"]
    assert (await service.http.get("/batches", params={"partner_id": recycler.partner_id, "limit": 9})).json()["items"]


async def test_schemes_are_kept_and_expired_ones_flagged(service: Any, recycler: Any) -> None:
    def scheme(name: str, number: str, first: str, last: str) -> dict[str, str]:
        return {"name": name, "certificate_number": number, "valid_from": first, "valid_until": last}

    first = [scheme("r2v3", "R2-1", "2024-01-01", "2025-12-31"), scheme("iso_14001", "I-1", "2026-01-01", "2028-12-31")]
    later = [scheme("r2v3", "R2-2", "2026-01-01", "2026-12-31"), scheme("en_50625", "E-1", "2027-01-01", "2029-12-31")]
    await service.register(recycler, schemes=first)
    assert (await service.http.post("/partners", json=recycler.registration(schemes=later))).status_code == 201

    async def flags(day: str) -> list[tuple[str, bool, bool]]:
        shown = (await service.http.get(f"/partners/{recycler.partner_id}", params={"on": day})).json()
        return [(each["certificate_number"], each["valid"], each["expired"]) for each in shown["schemes"]]

    assert await flags("2026-07-01") == [
        ("R2-1", False, True), ("I-1", True, False), ("R2-2", True, False), ("E-1", False, False),
    ]  # fmt: skip
    assert [valid for _, valid, _ in await flags("2025-12-31")] == [True, False, False, False]
    assert [expired for _, _, expired in await flags("2027-01-01")] == [True, False, True, False]


def rotation(old: Any, new: Any, **place: str) -> dict[str, Any]:
    expected = {"issuer": old.partner_id, "topic": partner_topic(old.partner_id), "record_key": new.jwk["kid"]}
    proof = sign_detached(canonical_json(new.public_key()["public_key"]), old.jwk, **(expected | place))
    return {**new.public_key(), "rotation": proof}


async def test_the_old_key_vouches_for_the_new_one_and_ends(service: Any, recycler: Any) -> None:
    await service.register(recycler)
    old, new = recycler, replace(recycler, jwk=generate_key())
    path = f"/partners/{old.partner_id}/keys"
    body = rotation(old, new)
    first, again = [await service.http.post(path, json=body) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["rotated_from"], first.json()["rotation_proof"]) == (old.jwk["kid"], body["rotation"])
    facts = await service.told(3, lambda e: getattr(e.data, "key_id", None) in (old.jwk["kid"], new.jwk["kid"]))
    assert [(fact.type.model.__name__, fact.data.key_id) for fact in facts[1:]] == [
        ("PartnerKeyRegistered", new.jwk["kid"]),
        ("PartnerKeyRevoked", old.jwk["kid"]),
    ]
    assert facts[2].data.reason == "superseded"
    assert facts[2].envelope.sequence == f"{int(facts[1].envelope.sequence) + 1:020}"
    id = recycler.partner_id
    refused, opened = await service.judged(
        recycler, old.message(old.opened(f"{id}-1", {"g": 1})), new.message(new.opened(f"{id}-2", {"g": 1}))
    )
    assert (refused.data.reason, opened.data.batch_id) == ("key_revoked", f"{id}-2")

    third = replace(recycler, jwk=generate_key())
    late = await service.http.post(path, json=rotation(old, third))
    assert (late.status_code, late.json()["errors"][0]["field"]) == (409, "rotation")


async def test_nobody_else_vouches_for_a_key(service: Any, recycler: Any, another: Any) -> None:
    for each in (recycler, another):
        await service.register(each)
    path, new = f"/partners/{recycler.partner_id}/keys", replace(recycler, jwk=generate_key())
    other = replace(recycler, jwk=generate_key())
    good = rotation(recycler, new)
    wrong = [
        ({**good, "rotation": "nonsense"}, 422),
        (rotation(replace(recycler, jwk=another.jwk), new), 404),
        (rotation(replace(recycler, jwk=generate_key()), new), 404),
        ({**other.public_key(), "rotation": good["rotation"]}, 422),
        (rotation(recycler, new, record_key="x"), 422),
        (rotation(recycler, new, issuer=another.partner_id), 422),
        (rotation(recycler, recycler), 422),
        ({**another.public_key(), "rotation": rotation(recycler, another)["rotation"]}, 409),
    ]
    for number, (body, status) in enumerate(wrong):
        answer = await service.http.post(path, json=body)
        assert answer.status_code == status, (number, answer.text)
    keys = (await service.http.get(f"/partners/{recycler.partner_id}")).json()["keys"]
    assert [(key["key_id"], key["revoked_at"]) for key in keys] == [(recycler.jwk["kid"], None)]
