"""A signature vouches for one value, by one key, at one place; everything else is refused with its reason."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from ewaste.evidence.keys import KeyUnusable, SigningKey, VerifyingKey, generate_key, public_jwk
from ewaste.evidence.signatures import (
    SignatureHeader,
    SignatureRefused,
    read_header,
    sign_detached,
    verify_detached,
)
from hypothesis import given, settings
from hypothesis import strategies as st

VALUE = b'{"id":"e1"}'
KEY = generate_key()
OTHER_KEY = generate_key()
ISSUER, TOPIC, RECORD_KEY = "partner-1", "ewaste.partner.partner-1", "batch-7"
HEADER = {"alg": "Ed25519", "kid": KEY["kid"], "iss": ISSUER, "topic": TOPIC, "key": RECORD_KEY}


def encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sign(value: bytes = VALUE) -> str:
    return sign_detached(value, KEY, kid=KEY["kid"], issuer=ISSUER, topic=TOPIC, record_key=RECORD_KEY)


def sign_by_hand(header: bytes, value: bytes = VALUE) -> str:
    """A JWS as any other program would make it, also with a header that ours never makes."""
    private = Ed25519PrivateKey.from_private_bytes(decode(KEY["d"]))
    signature = private.sign(f"{encode(header)}.{encode(value)}".encode())
    return f"{encode(header)}..{encode(signature)}"


def verify(jws: str | bytes, value: bytes | None = VALUE, **place: Any) -> SignatureHeader:
    expected: dict[str, Any] = {"issuer": ISSUER, "topic": TOPIC, "record_key": RECORD_KEY.encode()}
    return verify_detached(jws, value, public_jwk(KEY), **(expected | place))


def reason_of(jws: str | bytes, value: bytes | None = VALUE, **place: Any) -> str:
    with pytest.raises(SignatureRefused) as refused:
        verify(jws, value, **place)
    assert str(refused.value)
    return refused.value.reason


def test_a_signed_value_verifies_at_its_place() -> None:
    assert verify(sign()) == SignatureHeader(KEY["kid"], ISSUER, TOPIC, RECORD_KEY) == read_header(sign())


def test_kafka_hands_out_bytes_and_text_works_alike() -> None:
    assert verify(sign().encode(), record_key=RECORD_KEY) == verify(sign())


def test_another_library_verifies_our_signature() -> None:
    header, payload, signature = sign().split(".")
    assert payload == ""
    assert json.loads(decode(header)) == HEADER
    public = Ed25519PublicKey.from_public_bytes(decode(KEY["x"]))
    public.verify(decode(signature), f"{header}.{encode(VALUE)}".encode())
    with pytest.raises(InvalidSignature):
        public.verify(decode(signature), f"{header}.{encode(VALUE + b' ')}".encode())


def test_a_signature_by_another_library_verifies_here() -> None:
    spaced = json.dumps(HEADER | {"typ": "JOSE", "jwk": OTHER_KEY}, indent=1).encode()
    assert verify(sign_by_hand(spaced)) == verify(sign())


@settings(max_examples=30)
@given(st.binary(max_size=300), st.text(st.characters(codec="utf-8"), max_size=30))
def test_any_value_and_any_text_key_can_be_signed(value: bytes, record_key: str) -> None:
    jws = sign_detached(value, KEY, issuer="ศูนย์รีไซเคิล", topic=TOPIC, record_key=record_key.encode())
    assert verify(jws, value, issuer="ศูนย์รีไซเคิล", record_key=record_key.encode()).record_key == record_key


def test_a_value_of_two_megabytes_and_prepared_keys() -> None:
    signer, verifier, value = SigningKey(KEY), VerifyingKey(public_jwk(KEY)), b"v" * 2_000_000
    jws = sign_detached(value, signer, issuer=ISSUER, topic=TOPIC, record_key=RECORD_KEY)
    verify_detached(jws, value, verifier, issuer=ISSUER, topic=TOPIC, record_key=RECORD_KEY)


@pytest.mark.parametrize("value", [b"", VALUE + b" ", VALUE[:-1], VALUE.replace(b"e1", b"e2"), None])
def test_another_value_is_refused(value: bytes | None) -> None:
    assert reason_of(sign(), value) == "bad_signature"


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ({"issuer": "partner-2"}, "issuer_mismatch"),
        ({"topic": "ewaste.partner.partner-2"}, "topic_mismatch"),
        ({"record_key": b"batch-8"}, "record_key_mismatch"),
        ({"record_key": b"\xff"}, "record_key_mismatch"),
        ({"record_key": "\udcff"}, "record_key_mismatch"),
        ({"record_key": b""}, "record_key_mismatch"),
        ({"record_key": None}, "record_key_mismatch"),
    ],
)
def test_a_signature_moved_elsewhere_is_refused(place: dict[str, Any], reason: str) -> None:
    assert reason_of(sign(), **place) == reason


def test_the_key_of_another_is_refused() -> None:
    with pytest.raises(SignatureRefused) as refused:
        verify_detached(sign(), VALUE, OTHER_KEY, issuer=ISSUER, topic=TOPIC, record_key=RECORD_KEY)
    assert refused.value.reason == "key_mismatch"


def test_a_key_that_borrows_the_kid_of_another_is_refused() -> None:
    borrowed = {**public_jwk(OTHER_KEY), "kid": KEY["kid"]}
    with pytest.raises(SignatureRefused) as refused:
        verify_detached(sign(), VALUE, borrowed, issuer=ISSUER, topic=TOPIC, record_key=RECORD_KEY)
    assert refused.value.reason == "key_mismatch"


def test_signing_under_the_kid_of_another_does_not_verify() -> None:
    assert reason_of(sign_by_hand(json.dumps(HEADER | {"kid": OTHER_KEY["kid"]}).encode())) == "key_mismatch"


@pytest.mark.parametrize("changed", [{"iss": "partner-2"}, {"key": "batch-8"}, {"topic": "t"}])
def test_a_header_changed_after_signing_is_refused(changed: dict[str, str]) -> None:
    forged = encode(json.dumps(HEADER | changed).encode()) + ".." + sign().split(".")[2]
    place: dict[str, Any] = {"issuer": changed.get("iss", ISSUER), "topic": changed.get("topic", TOPIC)}
    assert reason_of(forged, record_key=changed.get("key", RECORD_KEY), **place) == "bad_signature"


@pytest.mark.parametrize("algorithm", ["none", "EdDSA", "HS256", "Ed448", "ed25519", ""])
def test_only_one_algorithm_is_allowed(algorithm: str) -> None:
    assert reason_of(sign_by_hand(json.dumps(HEADER | {"alg": algorithm}).encode())) == "algorithm_not_allowed"
    with pytest.raises(SignatureRefused, match="use Ed25519"):
        read_header(sign_by_hand(json.dumps({"alg": algorithm}).encode()))


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"[" * 3_000,
        b'{"x":' * 600,
        b"\xff",
        json.dumps(HEADER).encode().replace(b"batch-7", b"\xff"),
        json.dumps(HEADER).encode().replace(b"batch-7", b"\\ud800"),
        *(json.dumps({name: text for name, text in HEADER.items() if name != left}).encode() for left in HEADER),
        *(json.dumps(HEADER | {name: 1}).encode() for name in HEADER),
        json.dumps(HEADER | {"crit": ["b64"], "b64": False}).encode(),
        json.dumps(HEADER | {"b64": True}).encode(),
        json.dumps(HEADER | {"crit": None}).encode(),
        json.dumps(HEADER | {"key": "k" * 4_000}).encode(),
    ],
)
def test_a_broken_header_is_refused(header: bytes) -> None:
    assert reason_of(sign_by_hand(header)) == "malformed_signature"


def test_every_other_form_than_detached_is_refused() -> None:
    header, _, signature = sign().split(".")
    attached = f"{header}.{encode(VALUE)}.{signature}"
    for broken in (
        "",
        ".",
        "..",
        "...",
        header,
        f"{header}.{signature}",
        attached,
        f"{header}...{signature}",
        f"{header}..{signature}.",
        f"{header}..",
        f"{header}..{signature}==",
        f"{header}..{signature[:-2]}",
        f"{header}..{signature[:-1]}é",
        f"{header}..{signature[:-1]}+",
        f" {header}..{signature}",
        f"{header}=..{signature}",
        f"{header}..{signature}\n",
        b"\xff" + sign().encode(),
    ):
        assert reason_of(broken) == "malformed_signature", broken


def test_one_signature_has_one_spelling() -> None:
    # The last character carries two spare bits; a decoder that drops them would take four spellings.
    jws = sign()
    spare = [jws[:-1] + last for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"]
    verdicts = {text: reason_of(text) for text in spare if text != jws}
    assert list(verdicts.values()).count("bad_signature") == 3
    assert list(verdicts.values()).count("malformed_signature") == 60


def test_signing_says_what_it_cannot_sign() -> None:
    place = {"issuer": ISSUER, "topic": TOPIC}
    with pytest.raises(ValueError, match="is not the thumbprint"):
        sign_detached(VALUE, KEY, kid=OTHER_KEY["kid"], record_key=RECORD_KEY, **place)
    with pytest.raises(ValueError, match="shorten the record key"):
        sign_detached(VALUE, KEY, record_key="k" * 4_000, **place)
    with pytest.raises(UnicodeDecodeError):
        sign_detached(VALUE, KEY, record_key=b"\xff", **place)
    with pytest.raises(KeyUnusable):
        sign_detached(VALUE, public_jwk(KEY), record_key=RECORD_KEY, **place)
