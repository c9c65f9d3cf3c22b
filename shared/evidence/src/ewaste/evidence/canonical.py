"""RFC 8785 canonical JSON: one value, one sequence of bytes, one digest."""

from hashlib import sha256
from typing import Any

import rfc8785

__all__ = ["CanonicalError", "canonical_digest", "canonical_json", "sha256_hex"]


class CanonicalError(ValueError):
    """The value has no canonical JSON: mend the value, its digest would mean nothing."""


def canonical_json(value: Any) -> bytes:
    """The RFC 8785 bytes of a value made of dict, list, tuple, str, int, float, bool and None.

    Raises CanonicalError for any other type, integers beyond ±(2⁵³-1), NaN, infinities and lone surrogates.
    """
    try:
        return rfc8785.dumps(value)
    except ValueError as error:
        raise CanonicalError(f"no canonical JSON: {error}") from error


def canonical_digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, 64 lower-case hex digits. Raises CanonicalError as `canonical_json` does."""
    return sha256_hex(canonical_json(value))


def sha256_hex(content: bytes) -> str:
    """SHA-256 as 64 lower-case hex digits."""
    return sha256(content).hexdigest()
