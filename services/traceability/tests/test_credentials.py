"""A certificate as a document: signed, on paper, with its status published, and verified step by step."""

import io
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pypdf
import pytest
import pytest_asyncio
from ewaste.contracts.envelope import source_of
from ewaste.contracts.events.common import CorrectionReason, EventCorrected
from ewaste.contracts.events.traceability import CertificateIssued
from ewaste.contracts.fields import Context
from ewaste.evidence.certificates.credential import certified_in, keys_in, read_secured, secure, verify_secured
from ewaste.evidence.certificates.status_list import read_status_list, statuses_of
from ewaste.runtime.testing import Stack, events_on, eventually
from ewaste.traceability.certificates.keyring import Keyring

pytestmark = pytest.mark.asyncio(loop_scope="module")

Days = Callable[..., Any]
# One for all: the ledger finds a topic that was made just now some seconds later.
PARTNER = f"plant-{secrets.token_hex(4)}"


@dataclass(frozen=True)
class Documents:
    """One certificate in all its forms."""

    id: str
    jwt: str
    canonical: bytes
    paper: bytes


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def documents(service: Any, publisher: Any, new_day: Days) -> Documents:
    day = new_day(partner=PARTNER)
    await publisher.publish(*day.messages())
    id, jwt = await credential_of(service, day.batch)
    canonical, paper = [(await service.http.get(f"/certificates/{id}{form}")).content for form in ("", "/pdf")]
    return Documents(id, jwt, canonical, paper)


async def credential_of(service: Any, batch: str) -> tuple[str, str]:
    """The batch's certificate and its credential, once the ledger announces it."""
    told = await eventually(
        lambda: service.certification(batch), lambda told: bool(told) and told["certificate_id"] is not None
    )
    answer = await eventually(
        lambda: service.http.get(f"/certificates/{told['certificate_id']}/credential"),
        lambda answer: answer.status_code == 200,
    )
    assert answer.headers["content-type"] == "application/vc+jwt"
    return told["certificate_id"], answer.text


async def verified(service: Any, document: bytes) -> dict[str, Any]:
    answer = await service.http.post("/certificates/verify", content=document)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def steps(found: dict[str, Any]) -> dict[str, bool | None]:
    return {step["code"]: step["holds"] for step in found["steps"]}


async def test_the_issuers_published_keys_verify_the_whole_certificate(
    service: Any, documents: Documents, stack: Stack
) -> None:
    id, jwt = documents.id, documents.jwt
    issuer = await service.json("/.well-known/did.json")
    secured = verify_secured(jwt, keys_in(issuer))

    certified = certified_in(secured.credential)
    assert (certified.certificate_id, certified.digest_holds) == (id, True)
    assert certified.content == (await service.http.get(f"/certificates/{id}")).content
    assert secured.issuer == issuer["id"] == "did:web:localhost%3A8105"
    assert await service.json("/did.json") == issuer
    assert (await service.http.get(f"/certificates/{id}/credential")).text == jwt, "asked again: the same bytes"
    (event,) = [
        each
        for each in await events_on(stack, "ewaste.traceability")
        if isinstance(each.data, CertificateIssued) and each.data.certificate_id == id
    ]
    assert secured.credential["validFrom"] == event.envelope.time.isoformat().replace("+00:00", "Z")


async def test_the_paper_carries_what_was_signed_and_is_the_same_each_time(service: Any, documents: Documents) -> None:
    again = await service.http.get(f"/certificates/{documents.id}/pdf")

    assert again.headers["content-type"] == "application/pdf"
    assert again.content == documents.paper
    attached = pypdf.PdfReader(io.BytesIO(documents.paper)).attachments
    assert attached["credential.jwt"] == [documents.jwt.encode()]
    assert attached["certificate.json"] == [documents.canonical]


async def test_each_form_of_the_document_holds_step_by_step(service: Any, documents: Documents) -> None:
    common = {"recorded": True, "root": True, "derived": True, "status": True}

    for kind, document, expected in (
        ("credential", documents.jwt.encode(), {"signature": True, "digest": True, **common}),
        ("canonical", documents.canonical, {"signature": None, "digest": None, **common}),
        ("pdf", documents.paper, {"signature": True, "digest": True, **common, "paper": True}),
    ):
        found = await verified(service, document)
        told = [found[name] for name in ("holds", "kind", "certificate_id", "state")]
        assert told == [True, kind, documents.id, "valid"]
        assert steps(found) == expected
        assert all(step["text_th"] and step["text_en"] for step in found["steps"])


async def test_a_changed_gram_is_noticed_in_every_form(service: Any, documents: Documents) -> None:
    wrong = documents.canonical.replace(b'"input":10000', b'"input":90000')
    assert wrong != documents.canonical

    found = await verified(service, wrong)
    assert (found["holds"], found["certificate_id"], steps(found)["recorded"]) == (False, None, False)

    header, payload, signature = documents.jwt.split(".")
    broken = await verified(service, ".".join((header, payload, "A" * len(signature))).encode())
    assert (broken["holds"], steps(broken)["signature"], steps(broken)["recorded"]) == (False, False, True)

    # Other words around a good credential: the certificate holds, the paper is not vouched for.
    reprinted = await verified(service, documents.paper + b"\n")
    assert (reprinted["holds"], steps(reprinted)["paper"]) == (True, None)


async def test_a_credential_of_another_issuer_is_refused(service: Any, documents: Documents, tmp_path: Path) -> None:
    other = Keyring(tmp_path / "keys.json", "https://other.example")
    credential = {**read_secured(documents.jwt).credential, "issuer": other.did}

    found = await verified(service, secure(credential, other.signing(), other.url).encode())

    assert (found["holds"], steps(found)["signature"]) == (False, False)


async def test_what_falls_is_published_in_the_lists_its_credential_names(
    service: Any, publisher: Any, new_day: Days, documents: Documents
) -> None:
    day = new_day(partner=PARTNER)
    messages = day.messages()
    await publisher.publish(*messages)
    _, jwt = await credential_of(service, day.batch)
    credential = read_secured(jwt).credential
    assert await published(service, credential) == {"suspension": False, "revocation": False}

    said = next(each for each in reversed(messages) if each.about == "BatchRecycled")
    loss = day.recycled().model_copy(update={"process_loss_grams": 90})
    right = day.accepted(loss)
    wrong = EventCorrected(
        corrected_event_id=json.loads(said.value)["id"],
        corrected_source=source_of("test", Context.RECYCLER),
        reason=CorrectionReason.MISTYPED,
        replacement_event_id=json.loads(right[1].value)["id"],
    )
    await publisher.publish(*right, day.event(Context.RECYCLER, wrong))

    async def fallen() -> dict[str, bool | None]:
        return await published(service, credential)

    await eventually(fallen, lambda found: found == {"suspension": True, "revocation": True})
    found = await verified(service, jwt.encode())
    assert (found["holds"], found["state"]) == (False, "replaced")
    assert steps(found)["status"] is False
    assert steps(found)["derived"] is True, "it did follow from the records before it"


async def published(service: Any, credential: dict[str, Any]) -> dict[str, bool | None]:
    keys = keys_in(await service.json("/.well-known/did.json"))
    lists = []
    for entry in credential["credentialStatus"]:
        path = httpx.URL(entry["statusListCredential"]).path
        answer = await service.http.get(path)
        assert answer.headers["content-type"] == "application/vc+jwt"
        lists.append(read_status_list(verify_secured(answer.text, keys).credential))
    return statuses_of(credential, lists)


async def test_a_rotation_signs_with_a_new_key_and_keeps_the_old_one_listed(service: Any, documents: Documents) -> None:
    before = documents.jwt

    Keyring(service.settings.key_file, service.settings.issuer_url).rotate()

    after = (await service.http.get(f"/certificates/{documents.id}/credential")).text
    keys = keys_in(await service.json("/.well-known/did.json"))
    assert verify_secured(before, keys).key_id != verify_secured(after, keys).key_id
    assert read_secured(before).credential == read_secured(after).credential
    assert (await verified(service, before.encode()))["holds"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/certificates/nobody/credential", 404),
        ("GET", "/certificates/nobody/pdf", 404),
        ("GET", "/status-lists/suspension/99", 404),
        ("GET", "/status-lists/refresh/0", 404),
        ("GET", "/status-lists/suspension/-1", 422),
        ("POST", "/certificates/verify", 422),
    ],
)
async def test_problems(service: Any, method: str, path: str, status: int) -> None:
    answer = await service.http.request(method, path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "document", [b"hello", b"%PDF-1.7", b"{", b"a.b.c", b'{"batch_id": 5}', b'{"batch_id": "nobody"}', b"{}"]
)
async def test_whatever_is_sent_gets_an_answer(service: Any, document: bytes) -> None:
    answer = await service.http.post("/certificates/verify", content=document)
    assert answer.status_code == (200 if document.startswith(b'{"') or document == b"{}" else 422), answer.text
    if answer.status_code == 200:
        assert answer.json()["holds"] is False


async def test_a_document_has_a_size_that_is_enough(service: Any) -> None:
    answer = await service.http.post("/certificates/verify", content=b"{" + b" " * 5_000_000)
    assert answer.status_code == 413
