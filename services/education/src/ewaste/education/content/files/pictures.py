"""What a media file must begin with, and what a drawing (SVG) may hold: nothing that runs or fetches."""

import re
from typing import Final
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

__all__ = ["InvalidMedia", "check_svg", "looks_like"]

_NAMESPACE: Final = "{http://www.w3.org/2000/svg}"
_XLINK: Final = "{http://www.w3.org/1999/xlink}href"
_REFUSED: Final = frozenset({"script", "foreignObject", "iframe", "embed", "object", "image", "audio", "video", "a"})
_SIGNATURES: Final = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
    "audio/mpeg": re.compile(rb"ID3|\xff[\xe0-\xff]"),
    "audio/ogg": re.compile(rb"OggS"),
    "audio/mp4": re.compile(rb".{4}ftyp", re.DOTALL),
    "video/mp4": re.compile(rb".{4}ftyp", re.DOTALL),
    "video/webm": re.compile(rb"\x1a\x45\xdf\xa3"),
}


class InvalidMedia(ValueError):
    """The file can't be shown or is not what its name says: the author replaces it."""


def check_svg(content: bytes) -> None:
    """Raise `InvalidMedia` unless this is a self-contained drawing: no scripts, links, entities or outside sources."""
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise InvalidMedia(f"this is not a plain SVG: {error!r}") from None
    if root.tag != f"{_NAMESPACE}svg":
        raise InvalidMedia('the root must be <svg xmlns="http://www.w3.org/2000/svg">')
    for element in root.iter():
        _check_element(element)


def _check_element(element: Element) -> None:
    name = str(element.tag).removeprefix(_NAMESPACE)
    if name in _REFUSED:
        raise InvalidMedia(f"<{name}> is not allowed in a drawing")
    if name == "style":
        _check_style(element.text or "")
    for attribute, value in element.attrib.items():
        if attribute.lower().startswith("on"):
            raise InvalidMedia(f"{attribute} would run a script")
        if attribute in ("href", _XLINK) and not value.startswith("#"):
            raise InvalidMedia(f"{value[:60]!r}: a drawing refers only to its own parts (#…)")
        _check_style(value)


def _check_style(text: str) -> None:
    squeezed = "".join(text.lower().split())
    outside = squeezed.count("url(") - squeezed.count("url(#")
    if "@import" in squeezed or outside > 0 or "\\" in squeezed or "javascript:" in squeezed:
        raise InvalidMedia(f"{text.strip()[:60]!r}: a drawing loads nothing from elsewhere")


def looks_like(media_type: str, start: bytes) -> bool:
    """Whether a file that begins with these bytes (12 or more) can be of this type."""
    signature = _SIGNATURES.get(media_type)
    return signature is None or bool(signature.match(start))
