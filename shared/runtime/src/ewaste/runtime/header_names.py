"""Header names that are not UTF-8 must not stop a partition.

A Kafka header name is a string to the protocol's description and bytes to the broker: whoever may write to a topic can
write any. aiokafka 0.14 decodes names strictly while it unpacks a fetched batch; one bad name raises there, before
anything of ours is called, on every fetch anew. The fetcher finds its record reader as a module global, so the reader
is put in its place there; a batch that reads well goes through aiokafka's own (compiled) code.
`tests/test_poison.py` shows it on the real broker.
"""

import struct
from collections.abc import Iterator
from typing import Any, Final

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchPy, _DefaultRecordPy
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import decode_varint

__all__ = ["keep_any_header_name"]

_LENGTH: Final = struct.Struct(">i")
_LENGTH_AT: Final = 8
_OVERHEAD: Final = 12


def keep_any_header_name() -> None:
    """Let every consumer of this process decode header names with `surrogateescape`, as `Record` has them."""
    fetcher.MemoryRecords = _Records


class _Records:
    """aiokafka's reader of a fetch, which also knows the bytes of each batch."""

    def __init__(self, fetched: bytes) -> None:
        self._inner = MemoryRecords(fetched)
        self._bytes = memoryview(fetched)
        self._at = 0

    def has_next(self) -> bool:
        return bool(self._inner.has_next())

    def size_in_bytes(self) -> int:
        return int(self._inner.size_in_bytes())

    def next_batch(self) -> "_Batch":
        start = self._at
        self._at += _OVERHEAD + _LENGTH.unpack_from(self._bytes, start + _LENGTH_AT)[0]
        return _Batch(self._inner.next_batch(), self._bytes[start : self._at])


class _Batch:
    """One batch: read by aiokafka, and where that fails for a name, read again below."""

    def __init__(self, inner: Any, raw: memoryview) -> None:
        self._inner = inner
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def __next__(self) -> Any:
        return next(self._inner)

    def __iter__(self) -> Iterator[Any]:
        try:
            return iter(list(self._inner))
        except (UnicodeDecodeError, CorruptRecordException):
            return iter(list(_AnyNames(self._raw)))


class _AnyNames(_DefaultRecordBatchPy):  # type: ignore[misc]
    """aiokafka's reader in Python but for the names (KIP-98 record format v2)."""

    _pos: int

    def _read_msg(self, decode_varint: Any = decode_varint) -> Any:
        length, start = decode_varint(self._buffer, self._pos)
        _attributes, at = decode_varint(self._buffer, start)
        timestamp_delta, at = decode_varint(self._buffer, at)
        offset_delta, at = decode_varint(self._buffer, at)
        key, at = self._part(at)
        value, at = self._part(at)
        count, at = decode_varint(self._buffer, at)
        headers = []
        for _ in range(count):
            name, at = self._part(at)
            content, at = self._part(at)
            headers.append(((name or b"").decode("utf-8", "surrogateescape"), content))
        if count < 0 or at - start != length:
            raise CorruptRecordException(f"record of {length} bytes where its lengths say {at - start}")
        self._pos = at
        appended = self.timestamp_type == self.LOG_APPEND_TIME
        timestamp = self.max_timestamp if appended else self.first_timestamp + timestamp_delta
        return _DefaultRecordPy(self.base_offset + offset_delta, timestamp, self.timestamp_type, key, value, headers)

    def _part(self, at: int) -> tuple[bytes | None, int]:
        """Bytes after their length, None where the length is -1."""
        length, at = decode_varint(self._buffer, at)
        if length < 0:
            return None, at
        return bytes(self._buffer[at : at + length]), at + length
