"""A certificate as a W3C Verifiable Credential 2.0, secured as `vc+jwt` (VC-JOSE-COSE §3.1.1) with Ed25519.

The credential holds the whole certificate and nothing that the ledger and the issuer's address don't give, so the same
certificate, address and key make the same bytes anywhere. Issuers are `did:web`: a name, and a document behind it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import msgspec
from ewaste.contracts.fields import utc_text
from ewaste.evidence.canonical import CanonicalError, canonical_json, sha256_hex
from ewaste.evidence.certificates.status_entry import STATUS_PURPOSES, place_of, status_list_url
from ewaste.evidence.keys import KeyUnusable, SigningKey, VerifyingKey, public_jwk
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

__all__ = [
    "CERTIFICATE_TYPE",
    "CREDENTIAL_ALGORITHM",
    "CREDENTIAL_MEDIA_TYPE",
    "CREDENTIAL_TYPE",
    "Certified",
    "CredentialReason",
    "CredentialRefused",
    "Secured",
    "certificate_credential",
    "certified_in",
    "did_document",
    "did_web",
    "keys_in",
    "read_secured",
    "secure",
    "verify_secured",
]

CREDENTIAL_MEDIA_TYPE: Final = "application/vc+jwt"
CREDENTIAL_TYPE: Final = "EWasteCertificateCredential"
CERTIFICATE_TYPE: Final = "EWasteCertificate"
CREDENTIAL_ALGORITHM: Final = "EdDSA"
"""RFC 8037's name: RFC 9864's `Ed25519` is what records are signed with, and few wallets read it yet."""

CredentialReason = Literal["malformed", "algorithm_not_allowed", "key_unknown", "bad_signature", "not_ours"]

_VC_CONTEXT: Final = "https://www.w3.org/ns/credentials/v2"
_JWK_CONTEXTS: Final = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1")
_TERMS: Final = "urn:ewaste:terms:"
_TYPE: Final = "vc+jwt"
# The same algorithm under its other name. joserfc warns whenever a JWS is read or written as `EdDSA`.
_ED25519: Final = JWSRegistry(algorithms=["Ed25519"]).get_alg("Ed25519")
_MOST_CHARS: Final = 8_000_000
_IP_ADDRESS: Final = re.compile(r"\[.*\]|[0-9.]+")


class CredentialRefused(ValueError):
    """The credential proves nothing: don't accept it. ``reason`` is for machines, the message for people."""

    def __init__(self, reason: CredentialReason, message: str) -> None:
        super().__init__(message)
        self.reason: CredentialReason = reason


@dataclass(frozen=True, slots=True)
class Certified:
    """The certificate that a credential holds."""

    certificate_id: str
    content: bytes
    """Its canonical JSON."""
    said_digest: str
    """The digest that the credential says it has."""

    @property
    def digest_holds(self) -> bool:
        return sha256_hex(self.content) == self.said_digest


@dataclass(frozen=True, slots=True)
class Secured:
    """What a `vc+jwt` says of itself; true only when `verify_secured` has returned it."""

    key_id: str
    """The whole `kid`, as `did:web:…#thumbprint`."""
    credential: dict[str, Any]

    @property
    def issuer(self) -> str:
        issuer = self.credential.get("issuer")
        found = issuer.get("id") if isinstance(issuer, dict) else issuer
        return found if isinstance(found, str) else ""

    @property
    def thumbprint(self) -> str:
        return self.key_id.rpartition("#")[2]


def did_web(url: str) -> str:
    """The issuer behind an address, as `did:web:trace.example` or `did:web:localhost%3A8105`.

    Raises ValueError for an address that is no http(s) URL of a named host (did:web: "MUST NOT include IP addresses").
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"{url!r} is not an address such as https://trace.example: no issuer can be named after it")
    if _IP_ADDRESS.fullmatch(parts.hostname) or ":" in parts.hostname:
        raise ValueError(f"{url!r} names its host by number; did:web needs a name, such as https://trace.example")
    host = parts.hostname + (f"%3A{parts.port}" if parts.port else "")
    return ":".join(["did:web", host, *(each for each in parts.path.split("/") if each)])


def did_document(url: str, keys: Iterable[Mapping[str, object]]) -> dict[str, Any]:
    """What is served for the issuer: every public key it signs with or ever signed with, newest first."""
    did = did_web(url)
    methods = [_method(did, public_jwk(key)) for key in keys]
    return {
        "@context": list(_JWK_CONTEXTS),
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [each["id"] for each in methods],
    }


def keys_in(published: Mapping[str, Any]) -> dict[str, VerifyingKey]:
    """The keys in a DID document, a JWK Set or a single JWK, by thumbprint. Raises KeyUnusable when there are none."""
    if "verificationMethod" in published:
        candidates = [each.get("publicKeyJwk") for each in _dicts(published["verificationMethod"])]
    else:
        candidates = list(_dicts(published["keys"])) if "keys" in published else [published]
    found = [VerifyingKey(each) for each in candidates if isinstance(each, Mapping)]
    if not found:
        raise KeyUnusable("no Ed25519 key in it: give a did.json, a JWK Set or a JWK")
    return {each.kid: each for each in found}


def certificate_credential(
    content: bytes, *, certificate_id: str, issued_at: datetime, ordinal: int, url: str
) -> dict[str, Any]:
    """The credential of a certificate, not yet secured.

    `content` is the certificate's canonical JSON; `issued_at` and `ordinal` (from 0) are the time of its
    `CertificateIssued` event and its place among those of the ledger; `url` is the issuer's address.
    """
    subject = f"{url}/certificates/{certificate_id}"
    return {
        "@context": [_VC_CONTEXT, _own_terms()],
        "id": f"{subject}/credential",
        "type": ["VerifiableCredential", CREDENTIAL_TYPE],
        "name": [
            {"@language": "th", "@value": "ใบรับรองการแปรรูปขยะอิเล็กทรอนิกส์โดยไม่ฝังกลบ"},
            {"@language": "en", "@value": "Certificate of e-waste processed without landfill"},
        ],
        "issuer": did_web(url),
        "validFrom": utc_text(issued_at),
        "credentialSubject": {
            "id": subject,
            "type": CERTIFICATE_TYPE,
            "certificateId": certificate_id,
            "contentDigest": sha256_hex(content),
            "content": msgspec.json.decode(content),
        },
        "credentialStatus": [_status_entry(url, purpose, ordinal) for purpose in STATUS_PURPOSES],
    }


def secure(credential: Mapping[str, Any], key: SigningKey, url: str) -> str:
    """The credential as `vc+jwt`; the payload is canonical JSON, so the same inputs make the same text."""
    header = {"alg": CREDENTIAL_ALGORITHM, "cty": "vc", "kid": f"{did_web(url)}#{key.kid}", "typ": _TYPE}
    signed = b".".join(urlsafe_b64encode(canonical_json(each)) for each in (header, credential))
    return b".".join((signed, urlsafe_b64encode(_ED25519.sign(signed, key.key)))).decode()


def read_secured(jwt: str | bytes) -> Secured:
    """What a `vc+jwt` claims, nothing verified. Raises CredentialRefused: malformed or algorithm_not_allowed."""
    header, payload = (_json_segment(each) for each in _segments(jwt)[:2])
    if header.get("alg") != CREDENTIAL_ALGORITHM:
        raise CredentialRefused("algorithm_not_allowed", f"alg is {header.get('alg')!r}; need {CREDENTIAL_ALGORITHM}")
    key_id = header.get("kid")
    if header.get("typ") != _TYPE or not isinstance(key_id, str) or {"crit", "b64"} & header.keys():
        raise CredentialRefused("malformed", f"the header needs typ {_TYPE} and a kid, and no crit or b64")
    return Secured(key_id, payload)


def verify_secured(jwt: str | bytes, keys: Mapping[str, VerifyingKey]) -> Secured:
    """What the credential says, when one of these keys (by thumbprint) signed it; else raises CredentialRefused."""
    claimed = read_secured(jwt)
    if claimed.key_id.partition("#")[0] != claimed.issuer:
        raise CredentialRefused("key_unknown", f"key {claimed.key_id} is not a key of issuer {claimed.issuer!r}")
    verifier = keys.get(claimed.thumbprint)
    if verifier is None:
        raise CredentialRefused("key_unknown", f"key {claimed.key_id} is not among the issuer's published keys")
    if not _verifies(jwt, verifier):
        raise CredentialRefused("bad_signature", f"key {claimed.key_id} did not sign this credential")
    return claimed


def certified_in(credential: Mapping[str, Any]) -> Certified:
    """The certificate inside a credential. Raises CredentialRefused (`not_ours`) for another kind of credential."""
    subject = credential.get("credentialSubject")
    if not isinstance(subject, Mapping) or subject.get("type") != CERTIFICATE_TYPE:
        raise CredentialRefused("not_ours", f"this credential is not about an {CERTIFICATE_TYPE}")
    certificate_id, digest = subject.get("certificateId"), subject.get("contentDigest")
    content = subject.get("content")
    if not isinstance(certificate_id, str) or not isinstance(digest, str) or not isinstance(content, Mapping):
        raise CredentialRefused("not_ours", "the credential has no certificateId, contentDigest and content")
    try:
        return Certified(certificate_id, canonical_json(content), digest)
    except CanonicalError as error:
        raise CredentialRefused("not_ours", f"the certificate in it has no canonical form: {error}") from error


def _method(did: str, jwk: dict[str, str]) -> dict[str, Any]:
    kid = VerifyingKey(jwk).kid
    described = {"alg": CREDENTIAL_ALGORITHM, "kid": kid, "use": "sig"}
    return {"id": f"{did}#{kid}", "type": "JsonWebKey", "controller": did, "publicKeyJwk": {**jwk, **described}}


def _own_terms() -> dict[str, Any]:
    """Our terms for JSON-LD readers; the certificate itself is a JSON literal, so no reader changes a byte of it."""
    names = (CREDENTIAL_TYPE, CERTIFICATE_TYPE, "certificateId", "contentDigest")
    return {**{name: _TERMS + name for name in names}, "content": {"@id": _TERMS + "content", "@type": "@json"}}


def _status_entry(url: str, purpose: str, ordinal: int) -> dict[str, str]:
    number, index = place_of(ordinal)
    listed = status_list_url(url, purpose, number)
    return {
        "id": f"{listed}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": listed,
    }


def _segments(jwt: str | bytes) -> list[bytes]:
    text = jwt.encode("utf-8", "surrogatepass") if isinstance(jwt, str) else jwt
    segments = text.strip().split(b".")
    if len(segments) != 3 or len(text) > _MOST_CHARS:
        raise CredentialRefused("malformed", "a vc+jwt is header.payload.signature in base64url")
    return segments


def _json_segment(segment: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(urlsafe_b64decode(segment))
    except (ValueError, RecursionError) as error:
        raise CredentialRefused("malformed", f"a part of the vc+jwt is not JSON in base64url: {error}") from error
    if not isinstance(found, dict):
        raise CredentialRefused("malformed", "header and payload of a vc+jwt are JSON objects")
    return found


def _verifies(jwt: str | bytes, verifier: VerifyingKey) -> bool:
    header, payload, signature = _segments(jwt)
    try:
        return _ED25519.verify(header + b"." + payload, urlsafe_b64decode(signature), verifier.key)
    except (JoseError, ValueError):
        return False


def _dicts(found: object) -> list[dict[str, Any]]:
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
