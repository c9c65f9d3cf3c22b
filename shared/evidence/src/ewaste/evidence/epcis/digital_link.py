"""Constrained canonical GS1 Digital Link URIs of every form in which a GS1 key may be written.

Source: CBV 2.0 §8.9.2 rules 17 and 18, EPC Tag Data Standard §6.3 (EPC URIs), GS1 Digital Link: URI Syntax 1.2 §4.11.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from ewaste.evidence.epcis.gs1 import DIGITAL_LINK, check_digit

__all__ = ["canonical"]

_KEY_LENGTHS: Final[Mapping[str, str]] = {
    "00": r"[0-9]{18}",
    "01": r"[0-9]{8}|[0-9]{12,14}",
    "253": r"[0-9]{13}.{0,17}",
    "255": r"[0-9]{13,25}",
    "401": r"[0-9]{4}.{1,26}",
    "402": r"[0-9]{17}",
    "414": r"[0-9]{13}",
    "417": r"[0-9]{13}",
    "8003": r"[0-9]{14}.{0,16}",
    "8004": r"[0-9]{4}.{1,26}",
    "8006": r"[0-9]{18}",
    "8010": r"[0-9]{4}.{1,26}",
    "8017": r"[0-9]{18}",
    "8018": r"[0-9]{18}",
}
_KEYS: Final = {key: re.compile(pattern) for key, pattern in _KEY_LENGTHS.items()}
# The finest level counts; everything else behind the key is left out.
_QUALIFIERS: Final[Mapping[str, Sequence[str]]] = {
    "01": ("21", "235", "10"),
    "8006": ("21", "10"),
    "414": ("254",),
    "8010": ("8011",),
}
_WEB: Final = re.compile(r"https?://[^/?#]+(/[^?#]*)")
_URN: Final = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):([0-9]{6,12})\.(.+)")
# Encoded in a Digital Link, plain in an EPC URI.
_ENCODED: Final = str.maketrans({sign: f"%{ord(sign):02X}" for sign in "!()*+,:"})

# Scheme: AI, digits of prefix and reference together, what joins the serial.
_SERIALIZED: Final[Mapping[str, tuple[str, int, str]]] = {
    "sgtin": ("01", 13, "/21/"),
    "upui": ("01", 13, "/235/"),
    "lgtin": ("01", 13, "/10/"),
    "sgln": ("414", 12, "/254/"),
    "grai": ("8003", 12, ""),
    "gdti": ("253", 12, ""),
    "sgcn": ("255", 12, ""),
}
_WHOLE: Final[Mapping[str, tuple[str, int]]] = {
    "sscc": ("00", 17),
    "gsrn": ("8018", 17),
    "gsrnp": ("8017", 17),
    "gsin": ("402", 16),
    "pgln": ("417", 12),
}
_OPEN: Final[Mapping[str, str]] = {"giai": "8004", "ginc": "401"}
# The first digit of their reference (indicator, extension) comes before the prefix.
_INDICATED: Final = frozenset({"sgtin", "upui", "lgtin", "itip", "sscc"})


def canonical(uri: str) -> str | None:
    """The canonical Digital Link of an EPC, EPC class, EPC pattern or Digital Link URI; None for any other text."""
    if found := _URN.fullmatch(uri):
        path = _of_urn(*found.groups())
        return DIGITAL_LINK + path if path else None
    if found := _WEB.match(uri):
        path = _of_web(found[1].strip("/").split("/"))
        return DIGITAL_LINK + path if path else None
    return None


def _of_web(steps: Sequence[str]) -> str | None:
    for at, (key, value) in enumerate(pairwise(steps)):
        if key in _KEYS and _KEYS[key].fullmatch(value):
            given = dict(zip(steps[at + 2 :: 2], steps[at + 3 :: 2], strict=False))
            finest = next((each for each in _QUALIFIERS.get(key, ()) if each in given), None)
            whole = value.zfill(14) if key == "01" else value
            return f"/{key}/{whole}" + (f"/{finest}/{given[finest]}" if finest else "")
    return None


def _of_urn(form: str, scheme: str, prefix: str, rest: str) -> str | None:
    if form == "idpat":
        rest = rest.removesuffix(".*")
    if scheme in _OPEN:
        return f"/{_OPEN[scheme]}/{prefix}{rest.translate(_ENCODED)}"
    if scheme in _WHOLE:
        ai, length = _WHOLE[scheme]
        digits = _digits(scheme, prefix, rest, length)
        return f"/{ai}/{digits}" if digits else None
    if scheme == "cpi":
        part, _, serial = rest.partition(".")
        return f"/8010/{prefix}{part.translate(_ENCODED)}" + (f"/8011/{serial}" if serial else "")
    return _itip(prefix, rest) if scheme == "itip" else _serialized(scheme, prefix, rest)


def _serialized(scheme: str, prefix: str, rest: str) -> str | None:
    if scheme not in _SERIALIZED:
        return None
    ai, length, joint = _SERIALIZED[scheme]
    reference, _, serial = rest.partition(".")
    digits = _digits(scheme, prefix, reference, length)
    if digits is None:
        return None
    if not serial or (scheme == "sgln" and serial == "0"):  # extension 0: the place itself
        return f"/{ai}/{digits}"
    return f"/{ai}/{digits}{joint}{serial.translate(_ENCODED)}"


def _itip(prefix: str, rest: str) -> str | None:
    reference, piece, total, serial = [*rest.split(".", 3), "", "", ""][:4]
    digits = _digits("itip", prefix, reference, 13)
    if digits is None or not (piece and total):
        return None
    return f"/8006/{digits}{piece}{total}" + (f"/21/{serial.translate(_ENCODED)}" if serial else "")


def _digits(scheme: str, prefix: str, reference: str, length: int) -> str | None:
    """The numeric key with its check digit; None when the parts don't have its length."""
    if scheme in _INDICATED:
        prefix, reference = reference[:1] + prefix, reference[1:]
    body = prefix + reference
    if len(body) != length or not body.isdigit():
        return None
    return ("0" if scheme == "grai" else "") + body + check_digit(body)
