"""RFC 8785 canonical JSON: one value, one sequence of bytes, one digest."""

import json
from hashlib import sha256
from typing import Any, Final

import rfc8785

__all__ = ["CanonicalError", "canonical_digest", "canonical_json", "sha256_hex"]


_MOST: Final = 2**53 - 1
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


class CanonicalError(ValueError):
    """The value has no canonical JSON: mend the value, its digest would mean nothing."""


def canonical_json(value: Any) -> bytes:
    """The RFC 8785 bytes of a value made of dict, list, tuple, str, int, float, bool and None.

    Raises CanonicalError for any other type, integers beyond ±(2⁵³-1), NaN, infinities and lone surrogates.
    """
    try:
        # Python's own encoder gives the same bytes for plain values (tested), in a tenth of the time.
        return _ENCODER.encode(value).encode() if _is_plain(value) else rfc8785.dumps(value)
    except ValueError as error:
        raise CanonicalError(f"no canonical JSON: {error}") from error


def _is_plain(value: Any) -> bool:
    """Whether both encoders agree: no floats, integers in bounds, names that sort the same in UTF-16 as in ASCII."""
    kind = type(value)
    if kind is int:
        return bool(-_MOST <= value <= _MOST)
    if value is None or kind is bool or isinstance(value, str):
        return True
    if kind is dict:
        return all(isinstance(name, str) and name.isascii() for name in value) and all(map(_is_plain, value.values()))
    return kind in (list, tuple) and all(map(_is_plain, value))


def canonical_digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, 64 lower-case hex digits. Raises CanonicalError as `canonical_json` does."""
    return sha256_hex(canonical_json(value))


def sha256_hex(content: bytes) -> str:
    """SHA-256 as 64 lower-case hex digits."""
    return sha256(content).hexdigest()
