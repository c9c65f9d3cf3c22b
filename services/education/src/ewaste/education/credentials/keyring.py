"""The issuer's keys in a file: the newest signs, the public halves of all that ever signed stay listed."""

import json
import os
import secrets
from pathlib import Path
from typing import Any, Final

from ewaste.evidence.keys import KeyUnusable, SigningKey, VerifyingKey, generate_key, public_jwk

__all__ = ["Keyring", "KeysUnusable"]

_OWNER_ONLY: Final = 0o600


class KeysUnusable(Exception):
    """No badge can be signed: the message names the file and what to do. Nothing is signed with another key instead."""


class Keyring:
    """A JWK Set (RFC 7517), newest first, readable by its owner only; read whenever it is needed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def signing(self) -> SigningKey:
        """The key that signs now; made when there is none yet. Raises KeysUnusable."""
        try:
            return SigningKey(self._keys()[0])
        except KeyUnusable as error:
            raise self._unusable(str(error)) from error

    def public(self) -> list[dict[str, str]]:
        """Every public key, newest first. Raises KeysUnusable."""
        try:
            return [public_jwk(each) for each in self._keys()]
        except KeyUnusable as error:
            raise self._unusable(str(error)) from error

    def verifying(self) -> dict[str, VerifyingKey]:
        """Every public key by its thumbprint. Raises KeysUnusable."""
        return {key.kid: key for key in map(VerifyingKey, self.public())}

    def _keys(self) -> list[dict[str, Any]]:
        if not self.path.exists():
            self._create()
        try:
            found = json.loads(self.path.read_bytes())["keys"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._unusable(repr(error)) from error
        if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
            raise self._unusable("it holds no keys")
        return found

    def _create(self) -> None:
        """Of processes that start together one makes the key: a link fails where a file is already."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}")
            with open(fresh, "xb", opener=lambda name, flags: os.open(name, flags, _OWNER_ONLY)) as file:
                file.write(json.dumps({"keys": [generate_key()]}, indent=2).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(fresh, self.path)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        except OSError as error:
            raise self._unusable(str(error)) from error

    def _unusable(self, why: str) -> KeysUnusable:
        return KeysUnusable(
            f"the badges' keys in {self.path} can't be used: {why}. Put the file back from its backup, or name another "
            "with EWASTE_BADGE_KEY_FILE"
        )
