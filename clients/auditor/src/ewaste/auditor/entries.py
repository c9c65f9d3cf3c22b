"""The records of a mirror, one after the other, each with the event that it holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from sys import intern

from ewaste.auditor.errors import CannotRun
from ewaste.auditor.findings import Code, Findings, Place
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.mirror.trusted import TrustedTiles
from ewaste.auditor.watch import TELL_EVERY, Watch, nobody
from ewaste.contracts.envelope import MAX_EVENT_BYTES, Envelope, InvalidEvent, open_envelope
from ewaste.evidence.custody.fold import in_its_place
from ewaste.evidence.ledger.contents import digests_of, restored
from ewaste.evidence.ledger.record import Digest, DigestedRecord, LeafError, Record, decode_leaf
from ewaste.evidence.notes.checkpoints import Checkpoint
from ewaste.evidence.tiles.layout import TILE_WIDTH, content_path
from ewaste.evidence.tiles.tree import TileBroken, TileMissing

__all__ = ["Entry", "entries", "head_at", "place_of", "trusted_entries"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One record at its index, and its event where it can be read.

    `envelope` is None for what can't be read; an event that is not in its place (`in_place`) counts for nothing.
    """

    index: int
    record: Record
    envelope: Envelope | None
    in_place: bool

    @property
    def place(self) -> Place:
        return Place(self.index, intern(self.record.topic), self.record.partition, self.record.offset)

    @property
    def digest(self) -> bytes:
        return sha256(self.record.value or b"").digest()


def entries(mirror: Mirror, size: int, findings: Findings) -> Iterator[Entry]:
    """The first `size` records as the files hold them, believed or not; what is broken is a finding, and left out.

    Bundles that can't be read are left out in silence: the audit of the files tells them.
    """
    for bundle in range(-(-size // TILE_WIDTH)):
        first = bundle * TILE_WIDTH
        try:
            leaves = mirror.bundle(bundle)
        except (TileMissing, TileBroken):
            continue
        for index, leaf in enumerate(leaves[: size - first], first):
            if (entry := _entry(mirror, index, leaf, findings)) is not None:
                yield entry


def trusted_entries(mirror: Mirror, size: int, watch: Watch = nobody) -> Iterator[Entry]:
    """The first `size` records, each held to the checkpoint's root before it is given. Raises `CannotRun`."""
    tiles = TrustedTiles(mirror.read, mirror.size, mirror.checkpoint.root)
    unseen = Findings()
    for bundle in range(-(-size // TILE_WIDTH)):
        first = bundle * TILE_WIDTH
        try:
            leaves = tiles.entries(bundle)
        except (TileMissing, TileBroken) as error:
            raise _broken(mirror, error) from None
        for index, leaf in enumerate(leaves[: size - first], first):
            if (entry := _entry(mirror, index, leaf, unseen)) is not None:
                yield entry
            if index % TELL_EVERY == 0:
                watch("records", index, size)
    watch("records", size, size)


def head_at(mirror: Mirror, size: int) -> Checkpoint:
    """What the checkpoint says of the ledger's first `size` records. Raises `CannotRun`."""
    try:
        root = TrustedTiles(mirror.read, mirror.size, mirror.checkpoint.root).tree().root(size)
    except (TileMissing, TileBroken) as error:
        raise _broken(mirror, error) from None
    return Checkpoint(mirror.origin, size, root)


def place_of(mirror: Mirror, index: int) -> Place | None:
    """Where the record at this index was in Kafka; None where it can't be read."""
    try:
        stored = decode_leaf(mirror.leaf(index))
    except (TileMissing, TileBroken, LeafError):
        return None
    return Place(index, stored.topic, stored.partition, stored.offset)


def _broken(mirror: Mirror, error: Exception) -> CannotRun:
    return CannotRun(
        f"{error}. Run `ewaste-auditor verify {mirror.folder}`: it tells what was changed, and what to do."
    )


def _entry(mirror: Mirror, index: int, leaf: bytes, findings: Findings) -> Entry | None:
    try:
        stored = decode_leaf(leaf)
    except LeafError as error:
        findings.add(Code.LEAF_BROKEN, f"index {index}: {error}")
        return None
    record = stored if isinstance(stored, Record) else _whole(mirror, stored, index, findings)
    envelope = _envelope(record)
    return Entry(index, record, envelope, envelope is not None and in_its_place(record.topic, envelope))


def _whole(mirror: Mirror, stored: DigestedRecord, index: int, findings: Findings) -> Record:
    digests = digests_of(stored)
    try:
        return restored(stored, mirror.contents(digests))
    except LeafError as error:
        place = Place(index, stored.topic, stored.partition, stored.offset)
        paths = ", ".join(map(content_path, digests))
        findings.add(Code.CONTENT_MISSING, f"{error}: {paths} is not there or was changed", place, file=paths)
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
