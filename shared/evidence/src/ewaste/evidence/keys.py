"""Ed25519 keys as JSON Web Keys (RFC 8037), named by their RFC 7638 thumbprint."""

from collections.abc import Mapping

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.util import urlsafe_b64decode

__all__ = ["KeyUnusable", "SigningKey", "VerifyingKey", "generate_key", "public_jwk", "thumbprint"]

_PUBLIC_MEMBERS = ("kty", "crv", "x")

# The y coordinates, without sign bit, of the eight points of small order, their non-canonical forms included.
# Under such a key one signature fits any message, so its owner could deny all of them.
_SMALL_ORDER_Y = frozenset(
    bytes.fromhex(y)
    for y in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
)


class KeyUnusable(ValueError):
    """The JWK is not an Ed25519 key that can prove anything: refuse to register or use it; make a new one."""


class VerifyingKey:
    """A public key prepared once for many signatures; only ``kty``, ``crv`` and ``x`` of the JWK count.

    ``kid`` is the thumbprint, whatever the JWK calls itself. Raises KeyUnusable.
    """

    __slots__ = ("key", "kid")

    def __init__(self, jwk: Mapping[str, object]) -> None:
        self.key = _import(jwk, _PUBLIC_MEMBERS)
        self.kid = self.key.thumbprint()
        _refuse_small_order(self.key)


class SigningKey:
    """A private key prepared once for many signatures.

    Raises KeyUnusable, also when ``x`` does not belong to ``d``: its ``kid`` would name another key.
    """

    __slots__ = ("key", "kid")

    def __init__(self, jwk: Mapping[str, object]) -> None:
        self.key = _import(jwk, (*_PUBLIC_MEMBERS, "d"))
        if OKPKey.import_key(self.key.public_key).get("x") != jwk["x"]:
            raise KeyUnusable("the private and the public half of this key do not belong together")
        self.kid = self.key.thumbprint()


def generate_key() -> dict[str, str]:
    """A fresh private JWK: ``kty crv x d kid``, strings. Keep it secret; publish `public_jwk` of it."""
    key = OKPKey.generate_key("Ed25519", auto_kid=True)
    return {name: str(key[name]) for name in (*_PUBLIC_MEMBERS, "d", "kid")}


def public_jwk(jwk: Mapping[str, object]) -> dict[str, str]:
    """The public half, ``kty crv x``, of a private or public JWK. Raises KeyUnusable."""
    key = VerifyingKey(jwk).key
    return {name: str(key[name]) for name in _PUBLIC_MEMBERS}


def thumbprint(jwk: Mapping[str, object]) -> str:
    """RFC 7638 SHA-256 thumbprint, base64url, 43 characters: the key's ``kid``. Raises KeyUnusable."""
    return VerifyingKey(jwk).kid


def _import(jwk: Mapping[str, object], members: tuple[str, ...]) -> OKPKey:
    if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
        raise KeyUnusable(f"need kty OKP and crv Ed25519, not {jwk.get('kty')!r} and {jwk.get('crv')!r}")
    if missing := [name for name in members if not isinstance(jwk.get(name), str)]:
        raise KeyUnusable(f"the key has no text in {', '.join(missing)}")
    try:
        return OKPKey.import_key({name: str(jwk[name]) for name in members})
    except (JoseError, ValueError) as error:
        raise KeyUnusable(f"the key cannot be read: {error}") from error


def _refuse_small_order(key: OKPKey) -> None:
    raw = bytearray(urlsafe_b64decode(str(key["x"]).encode()))
    raw[31] &= 0x7F
    if bytes(raw) in _SMALL_ORDER_Y:
        raise KeyUnusable("the key is a point of small order; its signatures fit any message")
