"""Private keys in a file of our own: a JWK Set (RFC 7517), newest first, readable by its owner only.

Several processes share one file; whoever needs it reads it, so that a rotation needs no restart.
"""

import json
import os
import secrets
from pathlib import Path
from typing import Any, Final

from ewaste.evidence.keys import generate_key

__all__ = ["KeyFile", "KeyFileUnusable"]

_OWNER_ONLY: Final = 0o600


class KeyFileUnusable(Exception):
    """Nothing can be signed: the message names the file and what to do. Nothing is signed with another key instead."""


class KeyFile:
    """The keys at `path`; `whose` and the `variable` that names the path are for messages."""

    def __init__(self, path: Path, whose: str, variable: str) -> None:
        self.path = path
        self._whose = whose
        self._variable = variable

    def load(self) -> list[dict[str, Any]]:
        """What the file holds, one key at least; made when it is not there. Raises KeyFileUnusable."""
        try:
            return self._read()
        except FileNotFoundError:
            self._create()
            return self._read()

    def write(self, keys: list[dict[str, Any]]) -> None:
        """Put these in place of what is there. Raises KeyFileUnusable."""
        os.replace(self._written(keys), self.path)

    def unusable(self, why: str) -> KeyFileUnusable:
        """The error that says what to do."""
        return KeyFileUnusable(
            f"{self._whose} in {self.path} can't be used: {why}. Put the file back from its backup, or name another "
            f"with {self._variable}"
        )

    def _read(self) -> list[dict[str, Any]]:
        try:
            found = json.loads(self.path.read_bytes())["keys"]
        except FileNotFoundError:
            raise
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self.unusable(repr(error)) from error
        if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
            raise self.unusable("it holds no keys")
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

    def _written(self, keys: list[dict[str, Any]]) -> Path:
        """A file beside ours, complete and on disk before anyone sees it under our name."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}")
            with open(fresh, "xb", opener=lambda name, flags: os.open(name, flags, _OWNER_ONLY)) as file:
                file.write(json.dumps({"keys": keys}, indent=2).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self.unusable(str(error)) from error
        return fresh
