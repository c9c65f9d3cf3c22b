"""The ledger's tables: narrow rows, one COPY per segment, one row for the head."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from ewaste.contracts.envelope import InvalidEvent, open_envelope
from ewaste.evidence.ledger.contents import digests_of, restored
from ewaste.evidence.ledger.merkle import Frontier
from ewaste.evidence.ledger.record import DigestedRecord, Record, decode_leaf, encode_leaf
from ewaste.runtime.database import Transaction, driver
from ewaste.runtime.tables import moment
from ewaste.traceability.ledger.model import Entry, Ledger, Segment, blobs_of
from ewaste.traceability.storage import Table
from sqlalchemy import BigInteger, Column, Index, LargeBinary
from sqlmodel import Field

__all__ = [
    "Fenced",
    "Head",
    "boundary_before",
    "contents_behind",
    "entries_at",
    "entries_from",
    "head",
    "index_within",
    "leaves_from",
    "lock_frontier",
    "next_segment_end",
    "places_of_events",
    "records_at",
    "root_at",
    "save",
    "take_epoch",
]


# The furthest boundary within reach; where one segment is longer than that, its end.
_SEGMENT_END: Final = """
SELECT size, root FROM ledger_root WHERE ledger = $1 AND size = coalesce(
    (SELECT max(size) FROM ledger_root WHERE ledger = $1 AND size > $2 AND size <= $3),
    (SELECT min(size) FROM ledger_root WHERE ledger = $1 AND size > $2)
)
"""


def _index() -> Any:
    return Column(BigInteger, primary_key=True, autoincrement=False)


class CustodyEntryRow(Table, table=True):
    """One record of the custody ledger; the leaf is the record as Kafka held it."""

    __tablename__: ClassVar[Any] = "ledger_custody"
    __table_args__ = (Index("ledger_custody_event", "event_id", "index"),)

    index: int = Field(sa_column=_index())
    event_id: UUID | None = None
    leaf: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class LearningEntryRow(Table, table=True):
    """One record of the learning ledger."""

    __tablename__: ClassVar[Any] = "ledger_learning"
    __table_args__ = (Index("ledger_learning_event", "event_id", "index"),)

    index: int = Field(sa_column=_index())
    event_id: UUID | None = None
    leaf: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class LedgerHeadRow(Table, table=True):
    __tablename__: ClassVar[Any] = "ledger_head"

    ledger: str = Field(primary_key=True)
    frontier: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """The tree's right edge, from which the next root is computed."""
    epoch: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))
    """How often the sequencer's role was taken: whoever took it before the last time writes nothing more."""


class LedgerRootRow(Table, table=True):
    """The root after each segment: what a certificate names and a projection is measured against."""

    __tablename__: ClassVar[Any] = "ledger_root"

    ledger: str = Field(primary_key=True)
    size: int = Field(sa_column=_index())
    root: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    appended_at: datetime = Field(sa_column=moment(default_now=True))


class LedgerBlobRow(Table, table=True):
    """Contents too large for a leaf, by their SHA-256."""

    __tablename__: ClassVar[Any] = "ledger_blob"

    sha256: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


@dataclass(frozen=True, slots=True)
class Head:
    size: int
    root: bytes


class Fenced(Exception):
    """Another process has taken the sequencer's role since: nothing was written, and it is that one's to write."""


async def take_epoch(tx: Transaction, ledger: Ledger) -> int:
    """The number of the turn that begins now; those before it are over."""
    taken = "UPDATE ledger_head SET epoch = epoch + 1 WHERE ledger = $1 RETURNING epoch"
    return int(await (await driver(tx)).fetchval(taken, ledger))


async def lock_frontier(tx: Transaction, ledger: Ledger, epoch: int) -> Frontier:
    """The tree to append to. The lock makes the sequencer single even where two believe they have the role.

    Raises Fenced where `epoch` is not the last that was taken.
    """
    locked = "SELECT frontier, epoch FROM ledger_head WHERE ledger = $1 FOR UPDATE"
    row = await (await driver(tx)).fetchrow(locked, ledger)
    if row is None or row["epoch"] != epoch:
        raise Fenced(f"the {ledger} ledger's epoch is {row and row['epoch']}, this sequencer's {epoch}")
    return Frontier.from_bytes(row["frontier"])


async def save(tx: Transaction, ledger: Ledger, segment: Segment) -> None:
    """Write the segment; the caller holds the frontier's lock."""
    connection = await driver(tx)
    await connection.copy_records_to_table(
        f"ledger_{ledger}",
        columns=("index", "event_id", "leaf"),
        records=[(e.index, e.event_id, leaf) for e, leaf in zip(segment.entries, segment.leaves, strict=True)],
    )
    if blobs := blobs_of(segment):
        await connection.executemany(
            "INSERT INTO ledger_blob (sha256, content) VALUES ($1, $2) ON CONFLICT DO NOTHING", list(blobs.items())
        )
    await connection.execute(
        "INSERT INTO ledger_root (ledger, size, root) VALUES ($1, $2, $3)", ledger, segment.size, segment.root
    )
    await connection.execute(
        "UPDATE ledger_head SET frontier = $2 WHERE ledger = $1", ledger, segment.frontier.to_bytes()
    )


async def head(tx: Transaction, ledger: Ledger) -> Head:
    """Size and root as of now."""
    row = await (await driver(tx)).fetchval("SELECT frontier FROM ledger_head WHERE ledger = $1", ledger)
    frontier = Frontier.from_bytes(row)
    return Head(frontier.size, frontier.root())


async def next_segment_end(tx: Transaction, ledger: Ledger, size: int, most: int) -> Head | None:
    """The furthest segment boundary at most `most` entries after `size`, or the next one when that is further."""
    row = await (await driver(tx)).fetchrow(
        _SEGMENT_END,
        ledger,
        size,
        size + most,
    )
    return Head(row["size"], row["root"]) if row else None


async def boundary_before(tx: Transaction, ledger: Ledger, size: int) -> Head | None:
    """The last segment's end at most `size` entries in; None where there is none."""
    row = await (await driver(tx)).fetchrow(
        "SELECT size, root FROM ledger_root WHERE ledger = $1 AND size <= $2 ORDER BY size DESC LIMIT 1", ledger, size
    )
    return Head(row["size"], row["root"]) if row else None


async def root_at(tx: Transaction, ledger: Ledger, size: int) -> bytes | None:
    """The root that the ledger had at this size; None where no segment ended there."""
    root = await (await driver(tx)).fetchval(
        "SELECT root FROM ledger_root WHERE ledger = $1 AND size = $2", ledger, size
    )
    return bytes(root) if root is not None else None


async def leaves_from(tx: Transaction, ledger: Ledger, start: int, limit: int) -> list[bytes]:
    """Leaves in index order."""
    rows = await (await driver(tx)).fetch(
        f'SELECT leaf FROM ledger_{ledger} WHERE "index" >= $1 ORDER BY "index" LIMIT $2', start, limit
    )
    return [row["leaf"] for row in rows]


async def index_within(tx: Transaction, ledger: Ledger, indices: tuple[int, int], place: Record) -> int | None:
    """The index, from the first to before the second of `indices`, where a record stands with the place of this one."""
    leaf, topic = encode_leaf(place), place.topic.encode()
    # Version, partition, offset; the topic's length; the topic: a leaf is read no further.
    found = await (await driver(tx)).fetchval(
        f'SELECT "index" FROM ledger_{ledger} WHERE "index" >= $1 AND "index" < $2'
        " AND substring(leaf FROM 1 FOR 13) = $3 AND substring(leaf FROM 22 FOR 2) = $4"
        " AND substring(leaf FROM 36 FOR $5) = $6",
        *indices,
        leaf[:13],
        leaf[21:23],
        len(topic),
        topic,
    )
    return None if found is None else int(found)


async def contents_behind(tx: Transaction, leaf: bytes) -> list[bytes]:
    """What this leaf holds by digest only."""
    digests = digests_of(decode_leaf(leaf))
    blobs = await _blobs(tx, [digests])
    return [blobs[digest] for digest in digests]


async def entries_from(tx: Transaction, ledger: Ledger, start: int, end: int) -> list[Entry]:
    """The entries with start <= index < end."""
    rows = await (await driver(tx)).fetch(
        f'SELECT "index", leaf FROM ledger_{ledger} WHERE "index" >= $1 AND "index" < $2 ORDER BY "index"', start, end
    )
    records = await _records(tx, [(row["index"], row["leaf"]) for row in rows])
    return [_entry(index, record) for index, record in records]


async def entries_at(tx: Transaction, ledger: Ledger, indices: Iterable[int]) -> list[Entry]:
    """The entries at these indices, in index order."""
    return [_entry(index, record) for index, record in await records_at(tx, ledger, indices)]


async def records_at(tx: Transaction, ledger: Ledger, indices: Iterable[int]) -> list[tuple[int, Record]]:
    """The whole records at these indices, in index order, unopened."""
    rows = await (await driver(tx)).fetch(
        f'SELECT "index", leaf FROM ledger_{ledger} WHERE "index" = ANY($1::bigint[]) ORDER BY "index"',
        sorted(set(indices)),
    )
    return await _records(tx, [(row["index"], row["leaf"]) for row in rows])


async def places_of_events(tx: Transaction, ledger: Ledger, event_ids: Iterable[UUID]) -> dict[UUID, list[int]]:
    """The ledger indices of each event id, lowest first; more than one where a record was sent again."""
    rows = await (await driver(tx)).fetch(
        f'SELECT event_id, "index" FROM ledger_{ledger} WHERE event_id = ANY($1::uuid[]) ORDER BY "index"',
        list(event_ids),
    )
    places: dict[UUID, list[int]] = {}
    for row in rows:
        places.setdefault(row["event_id"], []).append(row["index"])
    return places


async def _records(tx: Transaction, rows: Sequence[tuple[int, bytes]]) -> list[tuple[int, Record]]:
    stored = [(index, decode_leaf(leaf)) for index, leaf in rows]
    blobs = await _blobs(tx, [digests_of(one) for _, one in stored if isinstance(one, DigestedRecord)])
    return [(index, one if isinstance(one, Record) else _whole(one, blobs)) for index, one in stored]


def _whole(stored: DigestedRecord, blobs: dict[bytes, bytes]) -> Record:
    return restored(stored, [blobs[digest] for digest in digests_of(stored)])


async def _blobs(tx: Transaction, digests: Iterable[Sequence[bytes]]) -> dict[bytes, bytes]:
    """The contents behind these digests; they are written with the leaves, so that each is there."""
    wanted = [digest for some in digests for digest in some]
    if not wanted:
        return {}
    rows = await (await driver(tx)).fetch(
        "SELECT sha256, content FROM ledger_blob WHERE sha256 = ANY($1::bytea[])", wanted
    )
    return {row["sha256"]: row["content"] for row in rows}


def _entry(index: int, record: Record) -> Entry:
    try:
        return Entry(index, record, open_envelope(record.value))
    except InvalidEvent:
        return Entry(index, record, None)
