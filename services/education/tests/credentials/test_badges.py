"""Badges of completed courses: who gets one, what it says, and whether others believe it."""

import io
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date
from typing import Any

import jwt
import pypdf
import pytest
from ewaste.evidence.certificates.status_list import read_status_list
from ewaste.runtime.testing import eventually
from joserfc.jwk import OKPKey


async def _awarded(school: Any) -> tuple[str, dict[str, Any]]:
    """A pupil who completed a course, and the award."""
    await school.publish("a", "b")
    learner_id = await school.enrol(reference=school.reference)
    for lesson in ("a", "b"):
        answer = await school.complete(learner_id, lesson, completed_at="2026-11-02T23:30:00Z")
        assert answer.status_code == 201, answer.text
    (award,) = await eventually(lambda: _awards(school, learner_id))
    return learner_id, award


async def _awards(school: Any, learner_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await school.http.get(f"/learners/{learner_id}/credentials")).json()
    return found


async def _badge(school: Any, award: dict[str, Any]) -> str:
    answer = await school.http.get(f"/credentials/{award['credential_id']}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/vc+jwt")
    return str(answer.text)


def _changed(text: str) -> str:
    """Another course under the same signature."""
    head, payload, signature = text.split(".")
    said = urlsafe_b64decode(payload + "==").replace("หลักสูตรทดสอบ".encode(), "หลักสูตรปลอม".encode())
    return f"{head}.{urlsafe_b64encode(said).decode().rstrip('=')}.{signature}"


async def test_who_completes_a_course_gets_one_badge_that_names_nobody(school: Any) -> None:
    learner_id, award = await _awarded(school)
    again = await school.complete(learner_id, "b")

    text = await _badge(school, award)

    assert again.json()["repeated"] is True
    assert len(await _awards(school, learner_id)) == 1
    said = jwt.decode(text, options={"verify_signature": False})
    # 23:30 UTC is the next morning in Thailand; the moment itself stands in the public record beside the pseudonym.
    assert (award["completed_on"], said["validFrom"]) == ("2026-11-03", "2026-11-02T17:00:00Z")
    for secret in (learner_id, school.reference, "cm-school-01", "23:30"):
        assert secret not in json.dumps(said)
    assert said["credentialSubject"]["achievement"]["name"] == "หลักสูตรทดสอบ"
    assert await _badge(school, award) == text


async def test_another_library_verifies_it_with_the_published_key_and_nothing_else(school: Any) -> None:
    _, award = await _awarded(school)
    text = await _badge(school, award)
    did = (await school.http.get("/.well-known/did.json")).json()
    jwks = (await school.http.get("/.well-known/jwks.json")).json()

    header = jwt.get_unverified_header(text)
    (method,) = [one for one in did["verificationMethod"] if one["id"] == header["kid"]]
    key = jwt.PyJWK.from_json(json.dumps(method["publicKeyJwk"]))
    said = jwt.decode(text, key=key, algorithms=["EdDSA"], issuer=did["id"])

    assert (header["typ"], said["iss"], said["jti"]) == ("vc+jwt", said["issuer"]["id"], said["id"])
    assert [one["kid"] for one in jwks["keys"]] == [OKPKey.import_key(method["publicKeyJwk"]).thumbprint()]
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(_changed(text), key=key, algorithms=["EdDSA"])


async def test_a_badge_that_is_presented_is_judged(school: Any) -> None:
    _, award = await _awarded(school)
    text = await _badge(school, award)
    paper = (await school.http.get(f"/credentials/{award['credential_id']}.pdf")).content

    answers = [
        (await school.http.post("/credentials/verify", content=one)).json() for one in (text, paper, _changed(text))
    ]
    other = await school.http.post("/credentials/verify", content=b"hello")

    assert [(one["holds"], one["credential_id"]) for one in answers] == [
        (True, award["credential_id"]),
        (True, award["credential_id"]),
        (False, None),
    ]
    assert other.status_code == 422


async def test_the_paper_is_an_archive_pdf_with_the_badge_inside(school: Any) -> None:
    _, award = await _awarded(school)

    answer = await school.http.get(f"/credentials/{award['credential_id']}.pdf")

    assert answer.headers["Content-Type"] == "application/pdf"
    pdf = pypdf.PdfReader(io.BytesIO(answer.content))
    assert len(pdf.pages) == 1
    assert pdf.attachments["credential.jwt"][0].decode() == await _badge(school, award)
    assert b"pdfaid:part>3" in answer.content
    text = pdf.pages[0].extract_text()
    assert "3 พฤศจิกายน 2569" in text.replace("\n", " ") or "2569" in text
    assert answer.content == (await school.http.get(f"/credentials/{award['credential_id']}.pdf")).content


async def test_the_qr_code_leads_to_a_page_that_says_whether_it_holds(school: Any) -> None:
    _, award = await _awarded(school)
    path = "/" + award["verify_url"].split("/", 3)[3]

    thai, english = [await school.http.get(path, params={"lang": lang}) for lang in ("th", "en")]
    unknown = await school.http.get("/pages/credentials/00000000-0000-4000-8000-000000000000")

    assert "3 พฤศจิกายน 2569" in thai.text
    assert "holds today" in english.text
    assert (unknown.status_code, unknown.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


async def test_a_name_is_shown_only_by_whom_it_concerns_and_kept_nowhere(school: Any, sign_in: Any) -> None:
    learner_id, award = await _awarded(school)
    path = f"/credentials/{award['credential_id']}/named"
    body = {"name": "เด็กหญิงสมศรี ใจดี", "form": "badge"}
    own, other, teacher = await sign_in("pupil", learner_id), await sign_in("pupil"), await sign_in("teacher")

    named, refused, taught, nobody = [
        await school.http.post(path, json=body, headers=who) for who in (own, other, teacher, {})
    ]
    paper = await school.http.post(path, json={**body, "form": "pdf"}, headers=own)

    assert [one.status_code for one in (named, refused, taught, nobody, paper)] == [200, 403, 200, 401, 200]
    for content in (named.content, paper.content):
        verdict = (await school.http.post("/credentials/verify", content=content)).json()
        assert (verdict["holds"], verdict["name"]) == (True, body["name"])
    assert not any("สมศรี" in str(row) for row in await school.rows("SELECT row_to_json(c)::text FROM credential c"))


async def test_a_revoked_badge_is_in_its_list_and_holds_no_more(school: Any, sign_in: Any) -> None:
    _, award = await _awarded(school)
    text = await _badge(school, award)
    status = jwt.decode(text, options={"verify_signature": False})["credentialStatus"]
    listed = "/" + status["statusListCredential"].split("/", 3)[3]
    path, body = f"/credentials/{award['credential_id']}/revoke", {"reason": "issued by mistake"}
    teacher, staff = await sign_in("teacher"), await sign_in("staff")

    before = jwt.decode((await school.http.get(listed)).text, options={"verify_signature": False})
    answers = [await school.http.post(path, json=body, headers=who) for who in ({}, teacher, staff, staff)]
    after = jwt.decode((await school.http.get(listed)).text, options={"verify_signature": False})

    assert [one.status_code for one in answers] == [401, 403, 204, 204]
    index = int(status["statusListIndex"])
    assert [read_status_list(one).is_set(index) for one in (before, after)] == [False, True]
    verdict = (await school.http.post("/credentials/verify", content=text)).json()
    assert (verdict["holds"], verdict["signed"], verdict["revoked_at"] is not None) == (False, True, True)
    assert (await school.http.get("/status-lists/revocation/7")).status_code == 404


async def test_an_erased_learners_badge_goes_on_to_hold_and_is_nobodys(school: Any) -> None:
    learner_id, award = await _awarded(school)
    text = await _badge(school, award)

    assert (await school.http.delete(f"/learners/{learner_id}/link")).status_code == 204

    assert await _awards(school, learner_id) == []
    assert (await school.http.post("/credentials/verify", content=text)).json()["holds"] is True
    assert date.fromisoformat(award["completed_on"]) == date(2026, 11, 3)
