"""Signatures inside a record: detached JWS (RFC 7515 appendix F), Ed25519 (RFC 9864) over the exact value bytes.

The protected header binds the signature to its signer and its place: ``alg kid iss topic key``, where ``key`` is
the Kafka key of the record as text. Other members are ignored, as RFC 7515 §4 asks, except ``crit`` and ``b64``:
they change the meaning of the rest and are refused.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from ewaste.evidence.keys import SigningKey, VerifyingKey
from joserfc import jws as jose
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

__all__ = [
    "ALGORITHM",
    "SignatureHeader",
    "SignatureReason",
    "SignatureRefused",
    "read_header",
    "sign_detached",
    "verify_detached",
]

ALGORITHM = "Ed25519"

SignatureReason = Literal[
    "malformed_signature",
    "algorithm_not_allowed",
    "key_mismatch",
    "issuer_mismatch",
    "topic_mismatch",
    "record_key_mismatch",
    "bad_signature",
]

_MAX_HEADER_CHARS = 4_096
_SIGNATURE_CHARS = 86
_REGISTRY = jose.JWSRegistry(algorithms=[ALGORITHM], strict_check_header=False)


class SignatureRefused(Exception):
    """The signature does not vouch for this record: keep the record, refuse what it says, tell the signer why.

    ``reason`` is for machines, the message for people.
    """

    def __init__(self, reason: SignatureReason, message: str) -> None:
        super().__init__(message)
        self.reason: SignatureReason = reason


class SignatureHeader(msgspec.Struct, frozen=True):
    """What a signature says of itself; true only when `verify_detached` has returned it."""

    kid: str
    issuer: str
    topic: str
    record_key: str


class _Protected(msgspec.Struct, frozen=True):
    alg: str | None = None
    kid: str | None = None
    iss: str | None = None
    topic: str | None = None
    key: str | None = None
    crit: Any = msgspec.UNSET
    b64: Any = msgspec.UNSET


_decode_protected = msgspec.json.Decoder(_Protected).decode


def sign_detached(
    value: bytes,
    key: SigningKey | Mapping[str, object],
    *,
    issuer: str,
    topic: str,
    record_key: str | bytes,
    kid: str | None = None,
) -> str:
    """The detached JWS ``header..signature`` over ``value``, ASCII.

    ``key`` is a private JWK, or a `SigningKey` where many records are signed; ``kid``, where given, must be its
    thumbprint. Raises KeyUnusable for the key; ValueError for another kid, a record key that is not UTF-8, or a
    protected header over 4,096 characters.
    """
    signer = key if isinstance(key, SigningKey) else SigningKey(key)
    if kid not in (None, signer.kid):
        raise ValueError(f"kid {kid} is not the thumbprint {signer.kid} of the signing key")
    text_key = record_key if isinstance(record_key, str) else record_key.decode()
    protected = {"alg": ALGORITHM, "kid": signer.kid, "iss": issuer, "topic": topic, "key": text_key}
    signed = jose.detach_content(jose.serialize_compact(protected, value, signer.key, registry=_REGISTRY))
    if signed.index(".") > _MAX_HEADER_CHARS:
        raise ValueError(f"the signature's header passes {_MAX_HEADER_CHARS} characters: shorten the record key")
    return signed


def read_header(jws: str | bytes) -> SignatureHeader:
    """What the signature claims, nothing verified: use it to find the key by ``kid``.

    Raises SignatureRefused: malformed_signature or algorithm_not_allowed.
    """
    return _claims(_segments(jws)[0])


def verify_detached(
    jws: str | bytes,
    value: bytes | None,
    public_jwk: VerifyingKey | Mapping[str, object],
    *,
    issuer: str,
    topic: str,
    record_key: str | bytes | None,
) -> SignatureHeader:
    """Return what the signature says when it vouches for this value at this place; else raise SignatureRefused.

    ``public_jwk`` is the key registered for the ``kid``, or a `VerifyingKey` where many records are verified; value
    and record key are given as Kafka holds them, and a null one is refused. Raises KeyUnusable for the key.
    """
    verifier = public_jwk if isinstance(public_jwk, VerifyingKey) else VerifyingKey(public_jwk)
    header_segment, signature_segment = _segments(jws)
    claims = _claims(header_segment)
    _require_same("key_mismatch", "key", claims.kid, verifier.kid)
    _require_same("issuer_mismatch", "issuer", claims.issuer, issuer)
    _require_same("topic_mismatch", "topic", claims.topic, topic)
    _require_same("record_key_mismatch", "record key", claims.record_key.encode(), _as_bytes(record_key))
    if value is None or not _verifies(header_segment, value, signature_segment, verifier):
        raise SignatureRefused("bad_signature", f"key {verifier.kid} did not sign these value bytes")
    return claims


def _segments(jws: str | bytes) -> tuple[bytes, bytes]:
    try:
        text = jws.encode("ascii") if isinstance(jws, str) else jws
    except UnicodeEncodeError as error:
        raise SignatureRefused("malformed_signature", "a JWS is ASCII text") from error
    header, first_dot, rest = text.partition(b".")
    payload, second_dot, signature = rest.partition(b".")
    # An attached payload would be verified in place of the record's value.
    if not first_dot or not second_dot or payload:
        raise SignatureRefused("malformed_signature", "need header..signature, the value left out")
    if len(header) > _MAX_HEADER_CHARS or len(signature) != _SIGNATURE_CHARS:
        raise SignatureRefused(
            "malformed_signature",
            f"need a header of at most {_MAX_HEADER_CHARS} and a signature of {_SIGNATURE_CHARS} characters",
        )
    _decode_segment(signature)
    return header, signature


def _claims(header_segment: bytes) -> SignatureHeader:
    try:
        protected = _decode_protected(_decode_segment(header_segment).decode())
    except (ValueError, RecursionError) as error:
        raise SignatureRefused("malformed_signature", f"the protected header is broken: {error}") from error
    if protected.alg is not None and protected.alg != ALGORITHM:
        raise SignatureRefused("algorithm_not_allowed", f"algorithm {protected.alg!r} is not allowed; use {ALGORITHM}")
    if protected.crit is not msgspec.UNSET or protected.b64 is not msgspec.UNSET:
        raise SignatureRefused("malformed_signature", "crit and b64 are not allowed in the protected header")
    kid, issuer, topic, record_key = protected.kid, protected.iss, protected.topic, protected.key
    if protected.alg is None or kid is None or issuer is None or topic is None or record_key is None:
        raise SignatureRefused("malformed_signature", "the protected header needs alg, kid, iss, topic and key")
    return SignatureHeader(kid, issuer, topic, record_key)


def _decode_segment(segment: bytes) -> bytes:
    try:
        return urlsafe_b64decode(segment)
    except ValueError as error:
        raise SignatureRefused("malformed_signature", "a part of the JWS is not base64url") from error


def _verifies(header: bytes, value: bytes, signature: bytes, verifier: VerifyingKey) -> bool:
    compact = jose.CompactSignature({"alg": ALGORITHM}, value)
    compact.segments = {"header": header, "payload": urlsafe_b64encode(value), "signature": signature}
    try:
        return jose.validate_compact(compact, verifier.key, registry=_REGISTRY)
    except JoseError as error:
        raise SignatureRefused("bad_signature", f"the signature cannot be verified: {error}") from error


def _require_same(reason: SignatureReason, what: str, claimed: str | bytes, found: str | bytes | None) -> None:
    if claimed != found:
        raise SignatureRefused(reason, f"the signature is for {what} {claimed!r}, the record has {found!r}")


def _as_bytes(record_key: str | bytes | None) -> bytes | None:
    return record_key.encode("utf-8", "surrogateescape") if isinstance(record_key, str) else record_key
