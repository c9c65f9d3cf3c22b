"""The files that pages need, carried in the wheel and named by what they hold, so that they are cached for good."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType
from typing import Final

__all__ = ["ASSETS", "Asset"]

_TYPES: Final = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file; `name` is `<stem>.<digest>.<suffix>`."""

    name: str
    media_type: str
    content: bytes


def _read(file_name: str) -> Asset:
    content = files("ewaste.web").joinpath("static", file_name).read_bytes()
    stem, _, suffix = file_name.rpartition(".")
    return Asset(f"{stem}.{sha256(content).hexdigest()[:16]}.{suffix}", _TYPES[suffix], content)


ASSETS: Final[Mapping[str, Asset]] = MappingProxyType({name: _read(name) for name in ("ewaste.css", "mark.svg")})
"""By the file's plain name."""
