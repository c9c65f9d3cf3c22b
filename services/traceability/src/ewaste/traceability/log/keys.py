"""The keys with which a log signs: one file per ledger; each private key in it signs every checkpoint."""

from pathlib import Path

from ewaste.evidence.keys import KeyUnusable, SigningKey, generate_key
from ewaste.evidence.notes.keys import KeyKind, NoteSigner
from ewaste.runtime.keyfile import KeyFile

__all__ = ["LogKeys"]


class LogKeys:
    """The keys of the log `origin`; its name is theirs (C2SP tlog-checkpoint, Signatures)."""

    def __init__(self, path: Path, origin: str) -> None:
        self.path = path
        self._origin = origin
        self._file = KeyFile(path, f"the keys of {origin}", "EWASTE_LOG_KEYS_DIR")

    def signers(self) -> list[NoteSigner]:
        """All that sign now, newest first; one is made where there is no file. Raises KeyFileUnusable."""
        try:
            return [NoteSigner(self._origin, SigningKey(each), KeyKind.NOTE) for each in self._file.load()]
        except KeyUnusable as error:
            raise self._file.unusable(str(error)) from error

    def add(self) -> NoteSigner:
        """A fresh key signs beside those before it, until they are retired. Raises KeyFileUnusable."""
        self._file.write([generate_key(), *self._file.load()])
        return self.signers()[0]

    def retire(self) -> list[NoteSigner]:
        """Only the newest key signs from now on; gives those that no longer do. Raises KeyFileUnusable."""
        _, *old = self.signers()
        self._file.write(self._file.load()[:1])
        return old
