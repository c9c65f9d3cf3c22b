"""The files that pages need, carried in the wheel and named by what they hold, so that they are cached for good."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType
from typing import Final

__all__ = ["ASSETS", "Asset"]

_TYPES: Final = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml", "woff2": "font/woff2"}
_FONTS: Final = tuple(f"plex-{script}-{weight}.woff2" for script in ("thai", "latin") for weight in (400, 700))


@dataclass(frozen=True, slots=True)
class Asset:
    """One file; `name` is `<stem>.<digest>.<suffix>`."""

    name: str
    media_type: str
    content: bytes


def _read() -> Mapping[str, Asset]:
    found = {name: _named(name, _content(name)) for name in (*_FONTS, "mark.svg")}
    style = _content("ewaste.css")
    for name in _FONTS:
        # The digest of what a stylesheet loads is part of its own.
        style = style.replace(f"url({name})".encode(), f"url({found[name].name})".encode())
    return MappingProxyType(found | {"ewaste.css": _named("ewaste.css", style)})


def _content(name: str) -> bytes:
    return files("ewaste.web").joinpath("static", name).read_bytes()


def _named(name: str, content: bytes) -> Asset:
    stem, _, suffix = name.rpartition(".")
    return Asset(f"{stem}.{sha256(content).hexdigest()[:16]}.{suffix}", _TYPES[suffix], content)


ASSETS: Final[Mapping[str, Asset]] = _read()
"""By the file's plain name."""
