"""The issuer's keys in a file: the newest signs, the public halves of all that ever signed stay listed."""

from pathlib import Path

from ewaste.evidence.keys import KeyUnusable, SigningKey, VerifyingKey, public_jwk
from ewaste.runtime.keyfile import KeyFile

__all__ = ["Keyring"]


class Keyring:
    """The badges' keys, newest first; read whenever they are needed."""

    def __init__(self, path: Path) -> None:
        self._file = KeyFile(path, "the badges' keys", "EWASTE_BADGE_KEY_FILE")

    def signing(self) -> SigningKey:
        """The key that signs now; made when there is none yet. Raises KeyFileUnusable."""
        try:
            return SigningKey(self._file.load()[0])
        except KeyUnusable as error:
            raise self._file.unusable(str(error)) from error

    def public(self) -> list[dict[str, str]]:
        """Every public key, newest first. Raises KeyFileUnusable."""
        try:
            return [public_jwk(each) for each in self._file.load()]
        except KeyUnusable as error:
            raise self._file.unusable(str(error)) from error

    def verifying(self) -> dict[str, VerifyingKey]:
        """Every public key by its thumbprint. Raises KeyFileUnusable."""
        return {key.kid: key for key in map(VerifyingKey, self.public())}
