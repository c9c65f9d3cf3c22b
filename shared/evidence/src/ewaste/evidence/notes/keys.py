"""Keys that sign notes: names, ids, and the texts in which they are handed around (C2SP signed-note, Verifier keys).

A public key is written ``name+hash+base64``: the hash is its id in eight hex digits, the base64 holds the type of
signature and the 32 bytes of the Ed25519 key. A log's key has type 0x01; a witness's has 0x04 and signs the time too.
"""

import struct
from base64 import b64decode, b64encode, urlsafe_b64encode
from enum import IntEnum
from hashlib import sha256

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from ewaste.evidence.keys import KeyUnusable, SigningKey, VerifyingKey
from joserfc.util import urlsafe_b64decode

__all__ = [
    "Cosigned",
    "KeyKind",
    "NoteKey",
    "NoteSigner",
    "decode_base64",
    "encode_base64",
    "is_key_name",
    "parse_note_key",
]

_TIME = struct.Struct(">Q")
_MAX_TIME = (1 << 63) - 1
_SIGNATURE_BYTES = 64
_KEY_BYTES = 32


class KeyKind(IntEnum):
    """What a key signs, by the type byte of C2SP signed-note, Signature types."""

    NOTE = 1
    """The text of the note."""
    COSIGNATURE = 4
    """The text of a checkpoint and the time: ``cosignature/v1``."""


class NoteKey(msgspec.Struct, frozen=True):
    """A public key under its name. Raises KeyUnusable for a name or a key that can vouch for nothing."""

    name: str
    kind: KeyKind
    public: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.name):
            raise KeyUnusable(f"{self.name!r} is no name of a key: it needs text without spaces and plus signs")
        if len(self.public) != _KEY_BYTES:
            raise KeyUnusable(f"an Ed25519 key has {_KEY_BYTES} bytes, not {len(self.public)}")
        VerifyingKey({"kty": "OKP", "crv": "Ed25519", "x": urlsafe_b64encode(self.public).rstrip(b"=").decode()})

    @property
    def key_id(self) -> bytes:
        """SHA-256(name ‖ newline ‖ kind ‖ public key), the first four bytes."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        """``name+hash+base64``, as policy files hold it."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.kind]) + self.public)}"

    def verify(self, text: str, signature: bytes) -> "Cosigned | None":
        """What this signature says of the text; None where it is not this key's."""
        if self.kind is KeyKind.NOTE:
            return Cosigned(self) if self._signed(text.encode(), signature) else None
        if len(signature) != _TIME.size + _SIGNATURE_BYTES:
            return None
        (time,) = _TIME.unpack_from(signature)
        if time > _MAX_TIME or not self._signed(_cosigned_message(text, time), signature[_TIME.size :]):
            return None
        return Cosigned(self, time)

    def _signed(self, message: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Cosigned(msgspec.Struct, frozen=True):
    """A key that has signed, verified; ``time`` in seconds since 1970 where it signed the time."""

    key: NoteKey
    time: int | None = None


class NoteSigner:
    """A private key under its name. Raises KeyUnusable."""

    __slots__ = ("_private", "key")

    def __init__(self, name: str, signing: SigningKey, kind: KeyKind) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(_member(signing, "d"))
        self.key = NoteKey(name, kind, _member(signing, "x"))

    def sign(self, text: str, time: int | None = None) -> bytes:
        """The signature over a note's text, as `NoteSignature` holds it; a cosignature needs the time in seconds.

        Raises ValueError for a time where none belongs, none where one does, or one outside 0 to 2^63 - 1.
        """
        if self.key.kind is KeyKind.NOTE:
            if time is not None:
                raise ValueError(f"{self.key.name} signs texts, not times")
            return self._private.sign(text.encode())
        if time is None or not 0 <= time <= _MAX_TIME:
            raise ValueError(f"{self.key.name} signs the time in seconds since 1970; {time} is none")
        return _TIME.pack(time) + self._private.sign(_cosigned_message(text, time))


def parse_note_key(text: str) -> NoteKey:
    """The key of ``name+hash+base64``. Raises KeyUnusable, also where the hash is not this key's."""
    # A name has no plus, base64 may.
    name, _, rest = text.partition("+")
    digest, _, encoded = rest.partition("+")
    try:
        material = decode_base64(encoded)
        key = NoteKey(name, KeyKind(material[0]), material[1:])
    except (ValueError, IndexError) as error:
        raise KeyUnusable(f"{text!r} is no key of a log or a witness: {error}") from error
    if digest != key.key_id.hex():
        raise KeyUnusable(f"{text!r} has the hash {key.key_id.hex()}: a part of it was changed")
    return key


def is_key_name(name: str) -> bool:
    """Whether a key may be called so: not empty, no Unicode space, no plus, no control character."""
    return bool(name) and not any(each.isspace() or each == "+" or each < " " for each in name)


def encode_base64(content: bytes) -> str:
    """Standard base64 (RFC 4648 §4)."""
    return b64encode(content).decode()


def decode_base64(text: str) -> bytes:
    """The bytes of standard base64 in its one spelling. Raises ValueError."""
    content = b64decode(text, validate=True)
    if encode_base64(content) != text:
        raise ValueError("base64 has one spelling, and this is another")
    return content


def _cosigned_message(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _member(signing: SigningKey, name: str) -> bytes:
    return urlsafe_b64decode(str(signing.key[name]).encode())
