"""The contents behind a leaf by digest: what a ledger keeps beside it, and the whole record made of both."""

import struct
from collections.abc import Iterable
from hashlib import sha256
from typing import TypeVar

from ewaste.evidence.ledger.record import Digest, DigestedRecord, Headers, LeafError, Record, decode_leaf, encode_leaf

__all__ = ["contents_of", "digests_of", "is_by_digest", "restored"]

P = TypeVar("P")

_LENGTHS = struct.Struct(">iii")
_LENGTHS_AT = 23
_BY_DIGEST = -2
_HEADER = struct.Struct(">ii")
_WITHOUT_PARTS = len(encode_leaf(Record("", 0, 0, 0, None, (), None)))


def is_by_digest(leaf: bytes) -> bool:
    """Whether a leaf of `leaf_of` holds a part by digest; for the hot path, in place of decoding it."""
    return _BY_DIGEST in _LENGTHS.unpack_from(leaf, _LENGTHS_AT)


def digests_of(stored: Record | DigestedRecord) -> list[bytes]:
    """The SHA-256 of every part that the leaf holds by digest."""
    return [part.sha256 for part in (stored.key, stored.headers, stored.value) if isinstance(part, Digest)]


def contents_of(record: Record, leaf: bytes) -> tuple[bytes, ...]:
    """The bytes that this record's leaf holds by digest only: key, header block (as a leaf holds it) and value."""
    stored = decode_leaf(leaf)
    if isinstance(stored, Record):
        return ()
    block = encode_leaf(Record("", 0, 0, 0, None, record.headers, None))[_WITHOUT_PARTS:]
    parts = ((stored.key, record.key), (stored.headers, block), (stored.value, record.value))
    return tuple(content for part, content in parts if isinstance(part, Digest) and content is not None)


def restored(stored: Record | DigestedRecord, contents: Iterable[bytes]) -> Record:
    """The record of a decoded leaf and the contents behind its digests, given in any order.

    Raises LeafError when a content is missing: contents are found by their digest, so a changed one is missing.
    """
    if isinstance(stored, Record):
        return stored
    known = {(sha256(content).digest(), len(content)): content for content in contents}
    headers = _content(stored.headers, known)
    return Record(
        topic=stored.topic,
        partition=stored.partition,
        offset=stored.offset,
        timestamp_ms=stored.timestamp_ms,
        key=_content(stored.key, known),
        headers=_read_block(headers) if isinstance(headers, bytes) else headers,
        value=_content(stored.value, known),
    )


def _content(part: P | Digest, known: dict[tuple[bytes, int], bytes]) -> P | bytes:
    if not isinstance(part, Digest):
        return part
    content = known.get((part.sha256, part.length))
    if content is None:
        raise LeafError(f"the {part.length} bytes with SHA-256 {part.sha256.hex()} are not here")
    return content


def _read_block(block: bytes) -> Headers:
    headers: list[tuple[str, bytes | None]] = []
    at = 0
    while at < len(block):
        name_length, length = _HEADER.unpack_from(block, at)
        middle = at + _HEADER.size + name_length
        name = block[at + _HEADER.size : middle].decode("utf-8", "surrogateescape")
        at = middle + max(length, 0)
        headers.append((name, None if length < 0 else block[middle:at]))
    return tuple(headers)
