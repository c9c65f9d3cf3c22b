"""Which code folded: a digest of the contracts and of evidence, so that two sides know whether they ran the same."""

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

__all__ = ["code_digest"]

_PACKAGES: Final = ("ewaste.contracts", "ewaste.evidence")


@cache
def code_digest() -> str:
    """SHA-256 (hex) over a line per file of both packages, sorted by path: its path and the SHA-256 of its bytes."""
    lines = sorted(
        f"{name}: {sha256(file.read_bytes()).hexdigest()}\n"
        for package in _PACKAGES
        for name, file in _files(files(package), package)
    )
    return sha256("".join(lines).encode()).hexdigest()


def _files(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for each in folder.iterdir():
        if each.is_dir():
            if each.name != "__pycache__":
                yield from _files(each, f"{path}/{each.name}")
        else:
            yield f"{path}/{each.name}", each
