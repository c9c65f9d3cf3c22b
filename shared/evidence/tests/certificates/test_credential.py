"""A certificate's credential: the same bytes everywhere, verified by others' libraries, refused when it is changed."""

import base64
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ewaste.evidence.canonical import canonical_json, sha256_hex
from ewaste.evidence.certificates.credential import (
    CredentialRefused,
    certificate_credential,
    certified_in,
    did_document,
    did_web,
    keys_in,
    read_secured,
    secure,
    verify_secured,
)
from ewaste.evidence.keys import KeyUnusable, SigningKey, generate_key, public_jwk

URL = "https://trace.example"
# RFC 8037 appendix A: a key that everybody knows.
KEY = {
    "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
}  # fmt: skip
CONTENT = canonical_json({"format": "ewaste.certificate.v1", "grams": {"input": 8_225, "landfill": 0}, "name": "ทิ้ง"})
ISSUED = datetime(2026, 11, 20, 20, 30, 1, 5, tzinfo=UTC)


def credential() -> dict[str, Any]:
    return certificate_credential(CONTENT, certificate_id="cert-1", issued_at=ISSUED, ordinal=131_077, url=URL)


def signed() -> str:
    return secure(credential(), SigningKey(KEY), URL)


def parts(jwt: str) -> list[dict[str, Any]]:
    padded = (part + "=" * (-len(part) % 4) for part in jwt.split(".")[:2])
    return [json.loads(base64.urlsafe_b64decode(part)) for part in padded]


def forged(header: dict[str, Any], payload: dict[str, Any], key: dict[str, str] = KEY) -> str:
    """A vc+jwt with this header and payload, properly signed by `key`."""
    body = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, payload))
    signature = SigningKey(key).key.private_key.sign(body)  # type: ignore[union-attr]
    return b".".join((body, base64.urlsafe_b64encode(signature).rstrip(b"="))).decode()


def test_it_is_a_verifiable_credential_2_of_the_whole_certificate() -> None:
    header, payload = parts(signed())
    assert {name: header[name] for name in ("alg", "typ", "cty")} == {"alg": "EdDSA", "typ": "vc+jwt", "cty": "vc"}
    assert header["kid"] == "did:web:trace.example#kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert payload["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert payload["type"] == ["VerifiableCredential", "EWasteCertificateCredential"]
    assert payload["issuer"] == "did:web:trace.example"
    assert payload["validFrom"] == "2026-11-20T20:30:01.000005Z"
    assert payload["id"] == "https://trace.example/certificates/cert-1/credential"
    assert canonical_json(payload["credentialSubject"]["content"]) == CONTENT
    assert payload["credentialSubject"]["contentDigest"] == sha256_hex(CONTENT)
    assert not {"vc", "iss", "exp"} & payload.keys()


def test_its_status_stands_in_two_lists_at_the_place_of_its_ordinal() -> None:
    entries = credential()["credentialStatus"]
    assert [each["statusPurpose"] for each in entries] == ["suspension", "revocation"]
    assert {each["statusListIndex"] for each in entries} == {"5"}
    assert entries[0]["statusListCredential"] == "https://trace.example/status-lists/suspension/1"


def test_what_was_signed_verifies_and_gives_the_certificate_back() -> None:
    keys = keys_in(did_document(URL, [KEY]))
    found = certified_in(verify_secured(signed(), keys).credential)
    assert (found.certificate_id, found.content, found.digest_holds) == ("cert-1", CONTENT, True)


def test_a_rotated_key_stays_listed_and_what_it_signed_goes_on_verifying() -> None:
    document = did_document(URL, [generate_key(), public_jwk(KEY)])
    assert len(document["assertionMethod"]) == 2
    verify_secured(signed(), keys_in(document))
    assert "d" not in json.dumps([each["publicKeyJwk"] for each in document["verificationMethod"]]).split('"')


@pytest.mark.parametrize("published", [did_document(URL, [KEY]), {"keys": [public_jwk(KEY)]}, public_jwk(KEY)])
def test_keys_are_read_from_a_did_document_a_jwk_set_or_a_jwk(published: dict[str, Any]) -> None:
    verify_secured(signed(), keys_in(published))


def test_what_holds_no_key_is_said() -> None:
    for nothing in ({"verificationMethod": []}, {"keys": []}, {"kty": "RSA"}):
        with pytest.raises(KeyUnusable):
            keys_in(nothing)


def test_every_changed_byte_is_noticed() -> None:
    keys, jwt = keys_in(public_jwk(KEY)), signed()
    for at in range(0, len(jwt), 37):
        changed = jwt[:at] + ("A" if jwt[at] != "A" else "B") + jwt[at + 1 :]
        with pytest.raises(CredentialRefused):
            verify_secured(changed, keys)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"alg": "none"}, "algorithm_not_allowed"),
        ({"alg": "HS256"}, "algorithm_not_allowed"),
        ({"typ": "JWT"}, "malformed"),
        ({"kid": None}, "malformed"),
        ({"crit": ["b64"], "b64": False}, "malformed"),
        ({"kid": "did:web:trace.example#other"}, "key_unknown"),
        ({"kid": "did:web:evil.example#kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"}, "key_unknown"),
    ],
)
def test_a_header_that_changes_the_meaning_is_refused(header: dict[str, Any], reason: str) -> None:
    original, payload = parts(signed())
    with pytest.raises(CredentialRefused) as refused:
        verify_secured(forged({**original, **header}, payload), keys_in(public_jwk(KEY)))
    assert refused.value.reason == reason


def test_a_signature_by_another_key_under_the_issuers_name_is_refused() -> None:
    header, payload = parts(signed())
    with pytest.raises(CredentialRefused) as refused:
        verify_secured(forged(header, payload, generate_key()), keys_in(public_jwk(KEY)))
    assert refused.value.reason == "bad_signature"


def test_a_digest_that_is_not_the_contents_is_told() -> None:
    header, payload = parts(signed())
    payload["credentialSubject"]["contentDigest"] = "0" * 64
    found = certified_in(verify_secured(forged(header, payload), keys_in(public_jwk(KEY))).credential)
    assert not found.digest_holds


@pytest.mark.parametrize(
    "subject",
    [
        None,
        [],
        {},
        {"type": "EWasteCertificate"},
        {"type": "EWasteCertificate", "certificateId": "c", "contentDigest": "d", "content": [1]},
    ],
)
def test_a_credential_of_something_else_is_refused(subject: Any) -> None:
    with pytest.raises(CredentialRefused):
        certified_in({"credentialSubject": subject})


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "e30.e30.e30", "....", "bm8.bm8.bm8", "\ud800.a.b"])
def test_what_is_no_vc_jwt_is_refused(text: str) -> None:
    with pytest.raises(CredentialRefused):
        read_secured(text)


@pytest.mark.parametrize(
    ("url", "did"),
    [
        ("https://trace.example", "did:web:trace.example"),
        ("http://localhost:8105", "did:web:localhost%3A8105"),
        ("https://city.example/e-waste/", "did:web:city.example:e-waste"),
    ],
)
def test_an_issuer_is_named_after_its_address(url: str, did: str) -> None:
    assert did_web(url) == did


@pytest.mark.parametrize("url", ["https://10.0.0.1", "http://[::1]:80", "trace.example", "ftp://x.example", "https://"])
def test_an_address_that_can_name_no_issuer_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"https://trace\.example"):
        did_web(url)


ELSEWHERE = """
import sys
sys.path.insert(0, sys.argv[1])
from test_credential import signed
sys.stdout.write(signed())
"""


@pytest.mark.parametrize(
    "environment",
    [
        {"TZ": "Asia/Bangkok", "LC_ALL": "th_TH.UTF-8", "PYTHONHASHSEED": "1"},
        {"TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONHASHSEED": "4294967295"},
    ],
)
def test_other_time_zones_locales_and_hash_seeds_make_the_same_bytes(environment: dict[str, str]) -> None:
    command = [sys.executable, "-c", ELSEWHERE, str(Path(__file__).parent)]
    told = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, check=True)
    assert told.stdout.decode() == signed()


def test_pyjwt_verifies_it() -> None:
    jwt = pytest.importorskip("jwt", reason="install pyjwt to verify with a second library")
    key = did_document(URL, [KEY])["verificationMethod"][0]["publicKeyJwk"]
    payload = jwt.decode(signed(), jwt.PyJWK(key).key, algorithms=["EdDSA"])
    assert payload == credential()


NODE = """
const crypto = require("crypto");
const [jwt, jwk] = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const [header, payload, signature] = jwt.split(".");
const key = crypto.createPublicKey({ key: jwk, format: "jwk" });
const good = crypto.verify(null, Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, "base64url"));
process.stdout.write(String(good));
"""


def test_node_verifies_it() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("install Node.js to verify with its own Ed25519")
    told = json.dumps([signed(), public_jwk(KEY)])
    assert subprocess.run([node, "-e", NODE], input=told, capture_output=True, text=True, check=True).stdout == "true"
