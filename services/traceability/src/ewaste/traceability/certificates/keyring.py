"""The issuer's keys in a file: the newest signs, the public halves of all that ever signed stay listed."""

from pathlib import Path
from typing import Any

from ewaste.evidence.certificates.credential import did_web
from ewaste.evidence.keys import KeyUnusable, SigningKey, generate_key, public_jwk
from ewaste.runtime.keyfile import KeyFile, KeyFileUnusable

__all__ = ["KeyFileUnusable", "Keyring"]


class Keyring:
    """The keys behind an issuer's address. Raises ValueError for an address that can't name an issuer."""

    def __init__(self, path: Path, url: str) -> None:
        self.path = path
        self.url = url.rstrip("/")
        self.did = did_web(self.url)
        self._file = KeyFile(path, "the issuer's keys", "EWASTE_CREDENTIAL_KEY_FILE")

    def signing(self) -> SigningKey:
        """The key that signs now; made when there is none yet. Raises KeyFileUnusable."""
        return self._key(self._file.load()[0])

    def public(self) -> list[dict[str, str]]:
        """Every public key, newest first. Raises KeyFileUnusable."""
        try:
            return [public_jwk(each) for each in self._file.load()]
        except KeyUnusable as error:
            raise self._file.unusable(str(error)) from error

    def rotate(self) -> SigningKey:
        """A fresh key signs from now on; of those before it only the public halves are kept. Raises KeyFileUnusable."""
        fresh = generate_key()
        self._file.write([fresh, *self.public()])
        return SigningKey(fresh)

    def _key(self, jwk: dict[str, Any]) -> SigningKey:
        try:
            return SigningKey(jwk)
        except KeyUnusable as error:
            raise self._file.unusable(str(error)) from error
