"""The records of a fetched ledger, one after the other; what is broken becomes a finding and never stops the rest."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from ewaste.auditor.findings import Code, Findings, Place
from ewaste.auditor.ledgerfile import BrokenLine, LedgerFile, Line, read_line
from ewaste.auditor.tree import Tree
from ewaste.contracts.envelope import MAX_EVENT_BYTES, Envelope, InvalidEvent, open_envelope
from ewaste.evidence.custody.fold import in_its_place
from ewaste.evidence.ledger.contents import restored
from ewaste.evidence.ledger.record import Digest, DigestedRecord, LeafError, Record, decode_leaf

__all__ = ["Entry", "entries", "record_of"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One record: its position in the file, the index it is given there, and its event where it can be read.

    `envelope` is None for what can't be read; an event that is not in its place (`in_place`) counts for nothing.
    """

    position: int
    index: int
    record: Record
    envelope: Envelope | None
    in_place: bool

    @property
    def place(self) -> Place:
        return Place(self.index, self.record.topic, self.record.partition, self.record.offset)

    @property
    def digest(self) -> bytes:
        return sha256(self.record.value or b"").digest()


def entries(file: LedgerFile, tree: Tree, findings: Findings) -> Iterator[tuple[int, Entry | None]]:
    """Every line as an entry, or None where it is broken, with the byte it starts at; grows `tree` on the way."""
    expected = 0
    for position, (at, raw) in enumerate(file.raw_lines()):
        line = _line(raw, position, findings)
        tree.add(line.leaf if line else b"")
        if line is None:
            expected += 1
            yield at, None
            continue
        entry = _entry(position, line, findings)
        if line.index != expected:
            said = _index_said(expected, line.index)
            findings.add(Code.INDEX_WRONG, f"line {position + 1}: {said}", entry.place if entry else None)
        expected = line.index + 1
        yield at, entry


def record_of(line: Line) -> Record:
    """The whole record of a line. Raises LeafError."""
    stored = decode_leaf(line.leaf)
    if isinstance(stored, Record):
        return stored
    return restored(stored, line.contents)


def _line(raw: bytes, position: int, findings: Findings) -> Line | None:
    try:
        line = read_line(raw)
        if isinstance(line, Line):
            return line
        reason = "a head stands among the leaves"
    except BrokenLine as error:
        reason = str(error)
    findings.add(Code.LINE_BROKEN, f"line {position + 1} is no leaf: {reason}")
    return None


def _entry(position: int, line: Line, findings: Findings) -> Entry | None:
    try:
        stored = decode_leaf(line.leaf)
    except LeafError as error:
        findings.add(Code.LEAF_BROKEN, f"line {position + 1}, index {line.index}: {error}")
        return None
    record = stored if isinstance(stored, Record) else _whole(stored, line, findings)
    envelope = _envelope(record)
    return Entry(position, line.index, record, envelope, envelope is not None and in_its_place(record.topic, envelope))


def _whole(stored: DigestedRecord, line: Line, findings: Findings) -> Record:
    try:
        return restored(stored, line.contents)
    except LeafError as error:
        place = Place(line.index, stored.topic, stored.partition, stored.offset)
        findings.add(Code.CONTENT_MISSING, str(error), place)
        return _what_is_left(stored)


def _what_is_left(stored: DigestedRecord) -> Record:
    return Record(
        topic=stored.topic,
        partition=stored.partition,
        offset=stored.offset,
        timestamp_ms=stored.timestamp_ms,
        key=None if isinstance(stored.key, Digest) else stored.key,
        headers=() if isinstance(stored.headers, Digest) else stored.headers,
        value=None if isinstance(stored.value, Digest) else stored.value,
    )


def _envelope(record: Record) -> Envelope | None:
    if record.value is None or len(record.value) > MAX_EVENT_BYTES:
        return None
    try:
        return open_envelope(record.value)
    except InvalidEvent:
        return None


def _index_said(expected: int, found: int) -> str:
    if found > expected:
        missing = f"{expected}" if found == expected + 1 else f"{expected} to {found - 1}"
        return f"index {found} follows, index {missing} is missing"
    return f"index {found} stands where {expected} belongs: out of order, or there twice"
