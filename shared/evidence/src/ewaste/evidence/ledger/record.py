"""The record as Kafka holds it, and its leaf: the bytes that the ledger hashes.

Leaf, version 1, all integers big-endian, nothing re-serialised:

====== ============== =======================================================
bytes  field          meaning
====== ============== =======================================================
1      version        1
4      partition      signed
8      offset         signed
8      timestamp_ms   signed, milliseconds since 1970, -1 = none
2      topic length   unsigned
4      key length     signed: -1 = null, -2 = by digest
4      header count   signed: -2 = by digest
4      value length   signed: -1 = null, -2 = by digest
...    topic          UTF-8
...    key            bytes
...    headers        each: name length (4), value length (4, -1 = null), name, value
...    value          bytes
====== ============== =======================================================

A part "by digest" is 40 bytes in its place: the length of the part (8, unsigned) and its SHA-256. Lengths
precede contents and must use up the leaf exactly, so two different records never share a leaf.
"""

import struct
from hashlib import sha256

import msgspec

__all__ = [
    "LEAF_VERSION",
    "MAX_INLINE_LEAF_BYTES",
    "Digest",
    "DigestedRecord",
    "Headers",
    "LeafError",
    "Record",
    "decode_leaf",
    "digest_leaf",
    "encode_leaf",
    "leaf_of",
    "place_of_leaf",
]

LEAF_VERSION = 1
# An entry bundle (C2SP tlog-tiles) gives a leaf 65,535 bytes at most.
MAX_INLINE_LEAF_BYTES = 60_000

# In a leaf by digest these stay readable up to here, so that it always fits an entry bundle.
_MAX_INLINE_KEY_BYTES = 4_096
_MAX_INLINE_HEADERS_BYTES = 16_384

_PREAMBLE = struct.Struct(">BiqqHiii")
_HEADER = struct.Struct(">ii")
_DIGEST = struct.Struct(">Q32s")
_NULL = -1
_BY_DIGEST = -2

Headers = tuple[tuple[str, bytes | None], ...]


class LeafError(ValueError):
    """The bytes are not a leaf, or the record cannot be one: stop, nothing may be guessed about evidence."""


class Digest(msgspec.Struct, frozen=True, gc=False):
    """What stands for bytes kept elsewhere: their SHA-256 (32 bytes) and their length. Raises LeafError."""

    sha256: bytes
    length: int

    def __post_init__(self) -> None:
        # struct would pad or cut another length in silence, and two digests would share a leaf.
        if len(self.sha256) != sha256().digest_size or self.length < 0:
            raise LeafError(f"{len(self.sha256)} bytes for a content of {self.length} bytes are no SHA-256 digest")

    @classmethod
    def of(cls, content: bytes) -> "Digest":
        """The digest of these bytes."""
        return cls(sha256(content).digest(), len(content))


class Record(msgspec.Struct, frozen=True, gc=False):
    """One Kafka record, every byte kept.

    A header name is UTF-8 decoded with ``surrogateescape``, so that a broken one survives; a null key, value or
    header value is None and differs from empty. ``timestamp_ms`` is -1 where the record has none.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    headers: Headers
    value: bytes | None


class DigestedRecord(msgspec.Struct, frozen=True, gc=False):
    """A record whose leaf holds digests in place of large parts.

    ``headers`` by digest covers the header block as the leaf would hold it. Whoever has the whole record shows that it
    is this one with ``digest_leaf(record) == leaf``.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | Digest | None
    headers: Headers | Digest
    value: bytes | Digest | None


def leaf_of(record: Record) -> bytes:
    """The leaf that a ledger holds for this record: by digest where it would pass 60,000 bytes.

    Raises LeafError as `encode_leaf` does.
    """
    leaf = encode_leaf(record)
    return leaf if len(leaf) <= MAX_INLINE_LEAF_BYTES else digest_leaf(record)


def encode_leaf(record: Record | DigestedRecord) -> bytes:
    """The leaf with every part as the record holds it, however long.

    Raises LeafError when a number or a name does not fit the format.
    """
    try:
        topic = record.topic.encode()
        key_length, key = _part(record.key)
        header_count, headers = _headers_part(record.headers)
        value_length, value = _part(record.value)
        preamble = _PREAMBLE.pack(
            LEAF_VERSION,
            record.partition,
            record.offset,
            record.timestamp_ms,
            len(topic),
            key_length,
            header_count,
            value_length,
        )
    except (struct.error, UnicodeEncodeError) as error:
        raise LeafError(f"{_place(record)} does not fit a leaf: {error}") from error
    return b"".join((preamble, topic, key, headers, value))


def digest_leaf(record: Record) -> bytes:
    """The leaf by digest: SHA-256 and length of the value in place of its bytes, at most 60,000 bytes in all.

    Key and headers stay readable unless they are large themselves (over 4,096 and 16,384 bytes): a hostile header must
    not make a leaf that no entry bundle can hold. Raises LeafError as `encode_leaf` does.
    """
    key, value = record.key, record.value
    try:
        block = _headers_part(record.headers)[1]
    except (struct.error, UnicodeEncodeError) as error:
        raise LeafError(f"{_place(record)} does not fit a leaf: {error}") from error
    return encode_leaf(
        DigestedRecord(
            record.topic,
            record.partition,
            record.offset,
            record.timestamp_ms,
            Digest.of(key) if key is not None and len(key) > _MAX_INLINE_KEY_BYTES else key,
            Digest.of(block) if len(block) > _MAX_INLINE_HEADERS_BYTES else record.headers,
            None if value is None else Digest.of(value),
        )
    )


def decode_leaf(leaf: bytes) -> Record | DigestedRecord:
    """The record of a leaf; a `DigestedRecord` when a part is held by digest.

    Raises LeafError on an unknown version, a length that does not fit, text that is not UTF-8 or bytes left over, so
    that every accepted leaf encodes back to the same bytes.
    """
    try:
        return _decode(leaf)
    except (struct.error, UnicodeDecodeError) as error:
        raise LeafError(f"leaf of {len(leaf)} bytes is broken: {error}") from error


def place_of_leaf(leaf: bytes) -> tuple[str, int, int]:
    """Topic, partition and offset of a leaf that is known to be one; for the hot path, in place of decoding it.

    Raises LeafError where there is no leaf of this version.
    """
    try:
        version, partition, offset, _, topic_length, *_ = _PREAMBLE.unpack_from(leaf)
        topic = leaf[_PREAMBLE.size : _PREAMBLE.size + topic_length].decode()
    except (struct.error, UnicodeDecodeError) as error:
        raise LeafError(f"leaf of {len(leaf)} bytes is broken: {error}") from error
    if version != LEAF_VERSION:
        raise LeafError(f"leaf version {version} is unknown; this reader knows {LEAF_VERSION}")
    return topic, partition, offset


def _decode(leaf: bytes) -> Record | DigestedRecord:
    version, partition, offset, timestamp_ms, topic_length, key_length, header_count, value_length = (
        _PREAMBLE.unpack_from(leaf)
    )
    if version != LEAF_VERSION:
        raise LeafError(f"leaf version {version} is unknown; this reader knows {LEAF_VERSION}")
    at = _PREAMBLE.size + topic_length
    topic = leaf[_PREAMBLE.size : at].decode()
    key, at = _read_part(leaf, at, key_length)
    headers, at = _read_headers(leaf, at, header_count)
    value, at = _read_part(leaf, at, value_length)
    # Slices past the end come out short without an error; only the end position shows it.
    if at != len(leaf):
        raise LeafError(f"leaf has {len(leaf)} bytes where its lengths say {at}")
    if isinstance(key, Digest) or isinstance(headers, Digest) or isinstance(value, Digest):
        return DigestedRecord(topic, partition, offset, timestamp_ms, key, headers, value)
    return Record(topic, partition, offset, timestamp_ms, key, headers, value)


def _part(content: bytes | Digest | None) -> tuple[int, bytes]:
    if content is None:
        return _NULL, b""
    if isinstance(content, Digest):
        return _BY_DIGEST, _DIGEST.pack(content.length, content.sha256)
    return len(content), content


def _headers_part(headers: Headers | Digest) -> tuple[int, bytes]:
    if not headers:
        return 0, b""
    if isinstance(headers, Digest):
        return _part(headers)
    pieces: list[bytes] = []
    for name, content in headers:
        raw_name = name.encode() if name.isascii() else name.encode("utf-8", "surrogateescape")
        if content is None:
            pieces += (_HEADER.pack(len(raw_name), _NULL), raw_name)
        else:
            pieces += (_HEADER.pack(len(raw_name), len(content)), raw_name, content)
    return len(headers), b"".join(pieces)


def _read_part(leaf: bytes, at: int, length: int) -> tuple[bytes | Digest | None, int]:
    if length >= 0:
        return leaf[at : at + length], at + length
    if length == _NULL:
        return None, at
    if length == _BY_DIGEST:
        size, digest = _DIGEST.unpack_from(leaf, at)
        return Digest(digest, size), at + _DIGEST.size
    raise LeafError(f"length {length} at byte {at} has no meaning")


def _read_headers(leaf: bytes, at: int, count: int) -> tuple[Headers | Digest, int]:
    if count == _BY_DIGEST:
        size, digest = _DIGEST.unpack_from(leaf, at)
        return Digest(digest, size), at + _DIGEST.size
    if count < 0:
        raise LeafError(f"header count {count} has no meaning")
    headers: list[tuple[str, bytes | None]] = []
    for _ in range(count):
        name_length, length = _HEADER.unpack_from(leaf, at)
        if name_length < 0 or length < _NULL:
            raise LeafError(f"header lengths {name_length} and {length} at byte {at} have no meaning")
        start = at + _HEADER.size
        middle = start + name_length
        at = middle + max(length, 0)
        name = leaf[start:middle].decode("utf-8", "surrogateescape")
        headers.append((name, None if length == _NULL else leaf[middle:at]))
    return tuple(headers), at


def _place(record: Record | DigestedRecord) -> str:
    return f"record {record.topic!r}[{record.partition}]@{record.offset}"
