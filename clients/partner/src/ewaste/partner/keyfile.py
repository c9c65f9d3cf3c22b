"""A partner's private key in a file of its own, readable by its owner only."""

import json
import os
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ewaste.contracts.topics import partner_topic
from ewaste.evidence.canonical import canonical_json
from ewaste.evidence.keys import KeyUnusable, SigningKey, generate_key, public_jwk
from ewaste.evidence.signatures import sign_detached

__all__ = ["KeyFile", "KeyFileUnusable", "create_key_file", "read_key_file", "registration"]


class KeyFileUnusable(Exception):
    """The key can't be used as it is; the message says what to do."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    partner_id: str
    key: SigningKey


def create_key_file(path: Path, partner_id: str, old: KeyFile | None = None) -> dict[str, object]:
    """Make a key and write it to a new file (mode 0600); returns what to register. Never overwrites a file.

    `old` is the key that it replaces, and that signs what to register.
    """
    jwk = generate_key()
    content = json.dumps({**jwk, "partner_id": partner_id}, indent=2) + "\n"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyFileUnusable(f"{path} exists; a key is never overwritten: choose another name") from None
    except OSError as error:
        raise KeyFileUnusable(f"{path} can't be written: {error.strerror}") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return registration(jwk, old)


def registration(jwk: Mapping[str, object], old: KeyFile | None = None) -> dict[str, object]:
    """The body of `POST /partners/{id}/keys`; with the key it replaces, that one vouches for it."""
    key_id, public = SigningKey(jwk).kid, public_jwk(jwk)
    found: dict[str, object] = {"key_id": key_id, "public_key": public}
    if old is not None:
        topic = partner_topic(old.partner_id)
        value = canonical_json(public)
        found["rotation"] = sign_detached(value, old.key, issuer=old.partner_id, topic=topic, record_key=key_id)
    return found


def read_key_file(path: Path, partner_id: str | None) -> KeyFile:
    """The key of this partner; raises `KeyFileUnusable`."""
    try:
        _check_mode(path)
        jwk = json.loads(path.read_text("utf-8"))
        key = SigningKey(jwk)
    except OSError as error:
        raise KeyFileUnusable(f"key file {path}: {error.strerror}; make one with `ewaste-partner keygen`") from None
    except (ValueError, AttributeError) as error:
        said = str(error) if isinstance(error, KeyUnusable) else "it is not a JSON Web Key"
        raise KeyFileUnusable(f"key file {path}: {said}") from None
    owner = jwk.get("partner_id", partner_id)
    if owner is None:
        raise KeyFileUnusable(f"key file {path} names no partner; give --partner")
    if partner_id not in (None, owner):
        raise KeyFileUnusable(f"key file {path} belongs to partner {owner}, not to {partner_id}")
    return KeyFile(str(owner), key)


def _check_mode(path: Path) -> None:
    if sys.platform != "win32" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise KeyFileUnusable(f"key file {path} can be read by others; run `chmod 600 {path}`")
