"""The issuer's keys in a file: the newest signs, the public halves of all that ever signed stay listed.

The file is a JWK Set (RFC 7517), newest first, readable by its owner only. Several processes share one file; each reads
it when it needs it, so that a rotation needs no restart.
"""

import json
import os
import secrets
from pathlib import Path
from typing import Any, Final

from ewaste.evidence.certificates.credential import did_web
from ewaste.evidence.keys import KeyUnusable, SigningKey, generate_key, public_jwk

__all__ = ["KeyFileUnusable", "Keyring"]

_OWNER_ONLY: Final = 0o600


class KeyFileUnusable(Exception):
    """The issuer can't sign: the message names the file and what to do. Nothing is signed with another key instead."""


class Keyring:
    """The keys behind an issuer's address. Raises ValueError for an address that can't name an issuer."""

    def __init__(self, path: Path, url: str) -> None:
        self.path = path
        self.url = url.rstrip("/")
        self.did = did_web(self.url)

    def signing(self) -> SigningKey:
        """The key that signs now; made when there is none yet. Raises KeyFileUnusable."""
        return self._key(self._keys()[0])

    def public(self) -> list[dict[str, str]]:
        """Every public key, newest first. Raises KeyFileUnusable."""
        try:
            return [public_jwk(each) for each in self._keys()]
        except KeyUnusable as error:
            raise self._unusable(str(error)) from error

    def rotate(self) -> SigningKey:
        """A fresh key signs from now on; of those before it only the public halves are kept. Raises KeyFileUnusable."""
        fresh = generate_key()
        self._write([fresh, *self.public()])
        return SigningKey(fresh)

    def _keys(self) -> list[dict[str, Any]]:
        try:
            return self._read()
        except FileNotFoundError:
            self._create()
            return self._read()

    def _read(self) -> list[dict[str, Any]]:
        try:
            found = json.loads(self.path.read_bytes())["keys"]
        except FileNotFoundError:
            raise
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._unusable(repr(error)) from error
        if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
            raise self._unusable("it holds no keys")
        return found

    def _create(self) -> None:
        """Of processes that start together one makes the key; a link fails where a file is already."""
        fresh = self._written([generate_key()])
        try:
            os.link(fresh, self.path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()

    def _write(self, keys: list[dict[str, str]]) -> None:
        os.replace(self._written(keys), self.path)

    def _written(self, keys: list[dict[str, str]]) -> Path:
        """A file beside ours, complete and on disk before anyone sees it under our name."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}")
            with open(fresh, "xb", opener=lambda name, flags: os.open(name, flags, _OWNER_ONLY)) as file:
                file.write(json.dumps({"keys": keys}, indent=2).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._unusable(str(error)) from error
        return fresh

    def _key(self, jwk: dict[str, Any]) -> SigningKey:
        try:
            return SigningKey(jwk)
        except KeyUnusable as error:
            raise self._unusable(str(error)) from error

    def _unusable(self, why: str) -> KeyFileUnusable:
        return KeyFileUnusable(
            f"the issuer's keys in {self.path} can't be used: {why}. Put the file back from its backup, or name "
            "another with EWASTE_CREDENTIAL_KEY_FILE"
        )
