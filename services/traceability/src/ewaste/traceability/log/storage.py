"""What a log must not forget: the notes that it signed, how far each witness is, where records stand, and alarms."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from ewaste.evidence.notes.checkpoints import Checkpoint
from ewaste.runtime.database import Transaction, driver
from ewaste.runtime.tables import moment
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.storage import Table
from sqlalchemy import BigInteger, Column, Integer, LargeBinary
from sqlmodel import Field

__all__ = [
    "Signed",
    "Telling",
    "keep_cosigned",
    "keep_keys",
    "keep_places",
    "keep_signed",
    "keep_witness",
    "keys_of",
    "mark_published",
    "mark_told",
    "newest",
    "newest_cosigned",
    "range_of",
    "telling",
    "witness_sizes",
]

_KEEP_SIGNED: Final = """
INSERT INTO log_checkpoint (ledger, size, root, note) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""
_KEEP_PLACES: Final = """
INSERT INTO log_place (ledger, topic, partition, first_offset, start, "end")
SELECT $1, topic, partition, first_offset, $2, $3
FROM unnest($4::text[], $5::int[], $6::bigint[]) AS t(topic, partition, first_offset) ON CONFLICT DO NOTHING
"""
_RANGE: Final = """
SELECT start, "end" FROM log_place WHERE ledger = $1 AND topic = $2 AND partition = $3 AND first_offset <= $4
ORDER BY first_offset DESC LIMIT 1
"""
# What is told stays as long as the log, and the first, from which time is counted until something is told.
_PRUNE: Final = """
DELETE FROM log_checkpoint c WHERE ledger = $1 AND size < $2 AND told_at IS NULL
AND size > (SELECT min(size) FROM log_checkpoint WHERE ledger = $1)
"""
_TELLING: Final = """
SELECT size, coalesce(told_at, signed_at) AS at,
    (SELECT count(*) FROM log_checkpoint t WHERE t.told_at >= c.told_at) AS told
FROM log_checkpoint c WHERE ledger = $1 ORDER BY told_at DESC NULLS LAST, size LIMIT 1
"""


def _size(**more: Any) -> Any:
    return Column(BigInteger, autoincrement=False, **more)


class LogCheckpointRow(Table, table=True):
    """A note that the log signed, stored before anyone saw it: one size has one root and one note for ever."""

    __tablename__: ClassVar[Any] = "log_checkpoint"

    ledger: str = Field(primary_key=True)
    size: int = Field(sa_column=_size(primary_key=True))
    root: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    note: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """Signed by the log alone."""
    cosigned: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    """With the witnesses' lines, as it is published."""
    signed_at: datetime = Field(sa_column=moment(default_now=True))
    published_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    told_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class LogWitnessRow(Table, table=True):
    """The size that a witness cosigned last, as far as we know; the witness knows better."""

    __tablename__: ClassVar[Any] = "log_witness"

    ledger: str = Field(primary_key=True)
    witness: str = Field(primary_key=True)
    size: int = Field(sa_column=_size(nullable=False))
    cosigned_at: datetime = Field(sa_column=moment(default_now=True))


class LogKeyRow(Table, table=True):
    """A public key that this log signs or signed with, so that whoever serves it needs no private one."""

    __tablename__: ClassVar[Any] = "log_key"

    ledger: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    first_used_at: datetime = Field(sa_column=moment(default_now=True))


class LogPlaceRow(Table, table=True):
    """The first record of a partition within a run of entries: from an offset to its index without reading all."""

    __tablename__: ClassVar[Any] = "log_place"

    ledger: str = Field(primary_key=True)
    topic: str = Field(primary_key=True)
    partition: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    first_offset: int = Field(sa_column=_size(primary_key=True))
    start: int = Field(sa_column=_size(nullable=False))
    end: int = Field(sa_column=_size(nullable=False))


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint as it is stored."""

    size: int
    root: bytes
    note: bytes
    cosigned: bytes | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Telling:
    """Since which checkpoint, and when, nothing was told; and how many events were told since, of all logs."""

    size: int
    at: datetime
    told: int


async def newest(tx: Transaction, ledger: Ledger) -> Signed | None:
    """The largest checkpoint that was signed; None before the first."""
    row = await (await driver(tx)).fetchrow(
        "SELECT size, root, note, cosigned, published_at FROM log_checkpoint "
        "WHERE ledger = $1 ORDER BY size DESC LIMIT 1",
        ledger,
    )
    return Signed(**row) if row else None


async def newest_cosigned(tx: Transaction, ledger: Ledger) -> bytes | None:
    """The largest note that has its quorum; None before the first."""
    note = await (await driver(tx)).fetchval(
        "SELECT cosigned FROM log_checkpoint WHERE ledger = $1 AND cosigned IS NOT NULL ORDER BY size DESC LIMIT 1",
        ledger,
    )
    return bytes(note) if note is not None else None


async def keep_signed(tx: Transaction, ledger: Ledger, checkpoint: Checkpoint, note: bytes) -> None:
    """Store a fresh note; where one is stored for this size, that one stays."""
    await (await driver(tx)).execute(_KEEP_SIGNED, ledger, checkpoint.size, checkpoint.root, note)


async def keep_cosigned(tx: Transaction, ledger: Ledger, size: int, cosigned: bytes) -> None:
    """Store the note as it is going to be published; what is stored already stays."""
    await (await driver(tx)).execute(
        "UPDATE log_checkpoint SET cosigned = $3 WHERE ledger = $1 AND size = $2 AND cosigned IS NULL",
        ledger,
        size,
        cosigned,
    )


async def mark_published(tx: Transaction, ledger: Ledger, size: int, now: datetime) -> None:
    """Readers see it; smaller ones that were told to nobody are forgotten."""
    connection = await driver(tx)
    await connection.execute(
        "UPDATE log_checkpoint SET published_at = coalesce(published_at, $3) WHERE ledger = $1 AND size = $2",
        ledger,
        size,
        now,
    )
    await connection.execute(_PRUNE, ledger, size)


async def mark_told(tx: Transaction, ledger: Ledger, size: int, now: datetime) -> None:
    """Its event is in the outbox."""
    await (await driver(tx)).execute(
        "UPDATE log_checkpoint SET told_at = $3 WHERE ledger = $1 AND size = $2", ledger, size, now
    )


async def telling(tx: Transaction, ledger: Ledger) -> Telling | None:
    """The last checkpoint that was told, or the first of all; None before the first."""
    row = await (await driver(tx)).fetchrow(_TELLING, ledger)
    return Telling(row["size"], row["at"], row["told"]) if row else None


async def witness_sizes(tx: Transaction, ledger: Ledger) -> dict[str, int]:
    """How far each witness key is, as far as we know."""
    rows = await (await driver(tx)).fetch("SELECT witness, size FROM log_witness WHERE ledger = $1", ledger)
    return {row["witness"]: row["size"] for row in rows}


async def keep_witness(tx: Transaction, ledger: Ledger, sizes: Mapping[str, int]) -> None:
    """Note how far these witness keys are."""
    await (await driver(tx)).execute(
        "INSERT INTO log_witness (ledger, witness, size) SELECT $1, * FROM unnest($2::text[], $3::bigint[]) "
        "ON CONFLICT (ledger, witness) DO UPDATE SET size = excluded.size, cosigned_at = now()",
        ledger,
        list(sizes),
        list(sizes.values()),
    )


async def keep_keys(tx: Transaction, ledger: Ledger, keys: Sequence[str]) -> None:
    """Note the public keys that sign now."""
    await (await driver(tx)).execute(
        "INSERT INTO log_key (ledger, key) SELECT $1, * FROM unnest($2::text[]) ON CONFLICT DO NOTHING", ledger, keys
    )


async def keys_of(tx: Transaction, ledger: Ledger) -> list[str]:
    """Every public key of this log, newest first."""
    rows = await (await driver(tx)).fetch(
        "SELECT key FROM log_key WHERE ledger = $1 ORDER BY first_used_at DESC, key", ledger
    )
    return [row["key"] for row in rows]


async def keep_places(
    tx: Transaction, ledger: Ledger, start: int, end: int, firsts: Iterable[tuple[str, int, int]]
) -> None:
    """Note the first (topic, partition, offset) of each partition among the entries from `start` to `end`."""
    columns = [list(each) for each in zip(*firsts, strict=True)]
    if columns:
        await (await driver(tx)).execute(_KEEP_PLACES, ledger, start, end, *columns)


async def range_of(tx: Transaction, ledger: Ledger, topic: str, partition: int, offset: int) -> tuple[int, int] | None:
    """Between which indices a record stands, if it stands in the log at all."""
    row = await (await driver(tx)).fetchrow(_RANGE, ledger, topic, partition, offset)
    return (row["start"], row["end"]) if row else None
