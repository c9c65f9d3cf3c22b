"""A witness's private key in a file of its own, readable by its owner only."""

import json
import os
import stat
import sys
from pathlib import Path
from typing import Final

from ewaste.auditor.errors import CannotRun
from ewaste.evidence.keys import KeyUnusable, SigningKey, generate_key
from ewaste.evidence.notes.keys import KeyKind, NoteSigner

__all__ = ["create_key_file", "read_key_file"]

_OTHERS: Final = 0o077


def create_key_file(path: Path, name: str) -> NoteSigner:
    """Make a key under this name and write it to a new file (mode 0600), on the disk. Never overwrites a file.

    ``name`` is a URL without its scheme, such as ``witness.university.example/ewaste``. Raises CannotRun.
    """
    jwk = generate_key()
    signer = _signer(path, name, jwk)
    content = json.dumps({"name": name, **jwk}, indent=2) + "\n"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise CannotRun(f"key file {path} can't be written: {error.strerror}; give another with --key") from None
    return signer


def read_key_file(path: Path) -> NoteSigner:
    """The key that `create_key_file` wrote. Raises CannotRun."""
    try:
        _check_mode(path)
        found = json.loads(path.read_text("utf-8"))
        name = found.pop("name")
    except OSError as error:
        raise CannotRun(f"key file {path}: {error.strerror}") from None
    except (ValueError, AttributeError, KeyError, TypeError):
        raise CannotRun(f"key file {path} is none of a witness; restore it, or name another one") from None
    return _signer(path, str(name), found)


def _signer(path: Path, name: str, jwk: dict[str, str]) -> NoteSigner:
    try:
        return NoteSigner(name, SigningKey(jwk), KeyKind.COSIGNATURE)
    except KeyUnusable as error:
        raise CannotRun(f"key file {path}: {error}") from None


def _check_mode(path: Path) -> None:
    if sys.platform != "win32" and stat.S_IMODE(path.stat().st_mode) & _OTHERS:
        raise CannotRun(f"key file {path} can be read by others; run `chmod 600 {path}`")
