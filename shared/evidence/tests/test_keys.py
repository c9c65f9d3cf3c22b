"""Keys are named by what they are, and a key that could prove anything is no key."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from ewaste.evidence.keys import KeyUnusable, SigningKey, VerifyingKey, generate_key, public_jwk, thumbprint
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

# RFC 8037 appendix A.1 and A.3.
RFC_KEY = {
    "kty": "OKP",
    "crv": "Ed25519",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}
RFC_THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def jwk_of(raw: bytes) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": urlsafe_b64encode(raw).decode()}


def is_on_order_dividing_8(y: int) -> bool:
    """Doubling the point three times gives the identity; only y matters: y' = (y² + x²) / (2 + x² - y²)."""
    for _ in range(3):
        xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
        y = (y * y + xx) * pow(2 + xx - y * y, -1, P) % P
    return y == 1


def test_the_thumbprint_of_rfc_8037() -> None:
    assert thumbprint(RFC_KEY) == SigningKey(RFC_KEY).kid == VerifyingKey(RFC_KEY).kid == RFC_THUMBPRINT


def test_only_the_key_itself_names_it() -> None:
    assert thumbprint({**RFC_KEY, "kid": "other", "use": "enc", "alg": "EdDSA"}) == RFC_THUMBPRINT


def test_the_public_half_holds_no_secret() -> None:
    assert public_jwk(RFC_KEY) == {"kty": "OKP", "crv": "Ed25519", "x": RFC_KEY["x"]}


def test_a_generated_key_is_new_and_whole() -> None:
    one, other = generate_key(), generate_key()
    assert one["d"] != other["d"]
    assert one["kid"] == thumbprint(one)
    private = Ed25519PrivateKey.from_private_bytes(urlsafe_b64decode(one["d"].encode()))
    assert private.public_key().public_bytes_raw() == urlsafe_b64decode(one["x"].encode())


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "EC"},
        {"crv": "Ed448"},
        {"crv": "X25519"},
        {"x": ""},
        {"x": None},
        {"x": 1},
        {"x": "11qY"},
        {"x": "é" * 43},
    ],
)
def test_another_kind_of_key_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(KeyUnusable):
        VerifyingKey({**RFC_KEY, **change})


@pytest.mark.parametrize("member", ["kty", "crv", "x", "d"])
def test_a_key_with_a_part_missing_is_refused(member: str) -> None:
    with pytest.raises(KeyUnusable):
        SigningKey({name: text for name, text in RFC_KEY.items() if name != member})


def test_a_private_key_under_the_name_of_another_is_refused() -> None:
    with pytest.raises(KeyUnusable, match="do not belong together"):
        SigningKey({**RFC_KEY, "x": generate_key()["x"]})


@pytest.mark.parametrize("sign", [0, 0x80])
def test_every_point_of_small_order_is_refused(sign: int) -> None:
    # y = ±1 have order 1 and 2, y = 0 order 4, the roots of d·y⁴ + 2·y² - 1 order 8.
    eight = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
    small = {1, P - 1, 0, eight, P - eight}
    assert all(is_on_order_dividing_8(y) for y in small)
    assert not is_on_order_dividing_8(4 * pow(5, -1, P) % P)
    for y in small | {P, P + 1}:
        raw = bytearray(y.to_bytes(32, "little"))
        raw[31] |= sign
        with pytest.raises(KeyUnusable, match="small order"):
            VerifyingKey(jwk_of(bytes(raw)))
