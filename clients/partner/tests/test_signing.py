"""What the client signs, others verify: our own verifier and one that shares no code with it."""

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from ewaste.evidence.signatures import verify_detached
from ewaste.partner.findings import InputRefused
from ewaste.partner.keyfile import KeyFileUnusable, create_key_file, read_key_file
from ewaste.partner.reading import read_claims
from ewaste.partner.signing import SignedClaim, read_signed, sign, signed_lines

EXAMPLE = Path(__file__).parents[1] / "examples" / "confirmations.jsonl"
TOPIC = "ewaste.partner.green-north"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    create_key_file(tmp_path / "key.json", "green-north")
    return tmp_path / "key.json"


def signed_with(key_file: Path) -> list[SignedClaim]:
    claims = read_claims(EXAMPLE, EXAMPLE.read_text("utf-8"), "green-north", datetime(2026, 11, 25, tzinfo=UTC))
    return list(sign(claims, read_key_file(key_file, None).key))


def test_our_verifier_accepts_every_record(key_file: Path) -> None:
    public = json.loads(key_file.read_text())
    for one in signed_with(key_file):
        verify_detached(one.jws, one.value, public, issuer="green-north", topic=TOPIC, record_key=one.key.encode())


def test_plain_cryptography_accepts_every_record(key_file: Path) -> None:
    x = json.loads(key_file.read_text())["x"]
    public = Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(x + "="))
    for one in signed_with(key_file):
        header, _, signature = one.jws.split(".")
        payload = urlsafe_b64encode(one.value).rstrip(b"=").decode()
        public.verify(urlsafe_b64decode(signature + "=="), f"{header}.{payload}".encode())
        protected = json.loads(urlsafe_b64decode(header + "=" * (-len(header) % 4)))
        assert (protected["alg"], protected["topic"], protected["key"]) == ("Ed25519", TOPIC, one.key)
        with pytest.raises(InvalidSignature):
            public.verify(urlsafe_b64decode(signature + "=="), f"{header}.{payload}x".encode())


def test_signing_twice_gives_the_same_bytes(key_file: Path) -> None:
    assert signed_with(key_file) == signed_with(key_file)


def test_a_signed_file_is_read_back_byte_for_byte(key_file: Path) -> None:
    signed = signed_with(key_file)
    assert read_signed("".join(signed_lines(signed))) == signed
    assert read_signed(EXAMPLE.read_text("utf-8")) is None


def test_a_damaged_signed_file_names_its_lines(key_file: Path) -> None:
    lines = list(signed_lines(signed_with(key_file)))
    damaged = [
        lines[0],
        lines[1][:-20] + "\n",
        lines[2].replace('"key": "', '"key": "x'),
        lines[3].replace("..", "."),
        lines[4].replace("partner.green-north", "partner.green-south"),
    ]
    with pytest.raises(InputRefused) as refused:
        read_signed("".join(damaged))
    assert [one.line for one in refused.value.findings] == [2, 3, 4, 5]


def test_the_key_is_its_owners_alone(tmp_path: Path, key_file: Path) -> None:
    assert key_file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(KeyFileUnusable, match="never overwritten"):
        create_key_file(key_file, "green-north")
    with pytest.raises(KeyFileUnusable, match="belongs to partner green-north"):
        read_key_file(key_file, "green-south")
    os.chmod(key_file, 0o644)
    with pytest.raises(KeyFileUnusable, match="chmod 600"):
        read_key_file(key_file, None)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"kty":"OKP","crv":"Ed25519","x":"AA","d":"AA"}'])
def test_a_broken_key_file_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileUnusable, match=r"key file .*key\.json"):
        read_key_file(path, "green-north")
