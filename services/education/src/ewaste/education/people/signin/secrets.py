"""How picture secrets and tokens are kept and compared.

There are only 12,144 secrets, so slowness alone would not protect a stolen table. Each is mixed with a key that is not
in the database (HMAC) before it is hashed with its own salt (scrypt), and guessing at the door is stopped by pauses.
"""

import hashlib
import hmac
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

__all__ = ["Hashing", "Keys", "load_key", "matches"]

_SALT_BYTES: Final = 16
_KEY_BYTES: Final = 32
_OWNER_ONLY: Final = 0o600


@dataclass(frozen=True, slots=True)
class Hashing:
    """scrypt (RFC 7914) with N = 2**`work`, r = 8, p = 1: 16 MB and some 50 ms at 14."""

    work: int = 14

    def __post_init__(self) -> None:
        if not 4 <= self.work <= 20:
            raise ValueError(f"work of the hash must be 4 to 20, not {self.work}")

    def hash(self, secret: bytes) -> str:
        """The hash with its salt and parameters, as text."""
        salt = secrets.token_bytes(_SALT_BYTES)
        return f"scrypt${self.work}${salt.hex()}${_scrypt(secret, salt, self.work).hex()}"

    def dummy(self) -> str:
        """A hash that nothing matches and that costs as much: whoever is unknown is refused no faster."""
        return f"scrypt${self.work}${bytes(_SALT_BYTES).hex()}${bytes(_KEY_BYTES).hex()}"


def matches(secret: bytes, kept: str) -> bool:
    """Compared without telling by the time how much was right."""
    _, work, salt, digest = kept.split("$")
    return hmac.compare_digest(_scrypt(secret, bytes.fromhex(salt), int(work)), bytes.fromhex(digest))


def _scrypt(secret: bytes, salt: bytes, work: int) -> bytes:
    return hashlib.scrypt(secret, salt=salt, n=2**work, r=8, p=1, maxmem=2 ** (work + 11), dklen=_KEY_BYTES)


class Keys:
    """What is signed and mixed with the key that is outside the database."""

    def __init__(self, load: Callable[[], bytes]) -> None:
        """`load` gives the key, and is asked when the key is needed for the first time."""
        self._load = cache(load)

    def mix(self, learner_id: UUID, pictures: Sequence[str]) -> bytes:
        """What is hashed of a pupil's pictures; no two pupils have the same."""
        return hmac.digest(self._own(b"pictures"), "\n".join((str(learner_id), *pictures)).encode(), "sha256")

    def token(self, session_id: UUID) -> str:
        """An opaque signed token: it says nothing, and a made-up one is refused before the database is asked."""
        return f"{_text(session_id.bytes)}.{_text(self._sign(session_id))}"

    def session_of(self, token: str) -> UUID | None:
        """The session of a token that was signed here, else None."""
        try:
            name, signature = (urlsafe_b64decode(part + "==") for part in token.split("."))
            session_id = UUID(bytes=name)
        except (ValueError, Error):
            return None
        return session_id if hmac.compare_digest(signature, self._sign(session_id)) else None

    def _sign(self, session_id: UUID) -> bytes:
        return hmac.digest(self._own(b"session"), session_id.bytes, "sha256")

    def _own(self, use: bytes) -> bytes:
        """A key for each use, so that what is made for one is worth nothing for another."""
        return hmac.digest(self._load(), use, "sha256")


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def load_key(path: Path) -> bytes:
    """The key in a file that only its owner reads; made when there is none. Raises ValueError for a broken one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _create(path)
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise ValueError(
            f"{path} holds no key of {_KEY_BYTES} bytes in hex; restore it, or remove it and give new pictures"
        )
    return key


def _create(path: Path) -> None:
    """Of several processes that start together one makes the key, whole, and all read that one."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w") as file:
        file.write(secrets.token_hex(_KEY_BYTES))
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
