"""A roster's rows as they came, and set-based writes through staging tables that live as long as the transaction."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from ewaste.education.people.roster.contents import Staged
from ewaste.education.storage import Table
from ewaste.runtime.database import Transaction, driver
from ewaste.runtime.tables import moment
from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

__all__ = ["Changes", "RosterEntryRow", "RosterRow"]


class RosterRow(Table, table=True):
    """One producer's roster."""

    __tablename__: ClassVar[Any] = "roster"

    roster_id: str = Field(primary_key=True)
    imported_at: datetime = Field(sa_column=moment())
    system_name: str | None
    system_code: str | None
    files: dict[str, list[str]] = Field(sa_column=Column(JSONB, nullable=False))
    """The files that were ever sent, each with the columns of its own (`metadata.…`) in their order."""


class RosterEntryRow(Table, table=True):
    """A row of a file as it came: names and addresses are here and nowhere else."""

    __tablename__: ClassVar[Any] = "roster_entry"

    roster_id: str = Field(primary_key=True)
    file: str = Field(primary_key=True)
    sourced_id: str = Field(primary_key=True)
    cells: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))


@dataclass(frozen=True, slots=True)
class Changes:
    """What an import did to a file's rows."""

    created: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0


_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('roster ' || $1, 0))"
_ROSTER: Final = "SELECT * FROM roster WHERE roster_id = $1"
_SAVE: Final = """
INSERT INTO roster (roster_id, imported_at, system_name, system_code, files) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (roster_id) DO UPDATE SET imported_at = excluded.imported_at, system_name = excluded.system_name,
  system_code = excluded.system_code, files = excluded.files
"""
_STAGE: Final = """
CREATE TEMP TABLE staged_entry (file text, sourced_id text, deleted boolean, cells jsonb) ON COMMIT DROP
"""
_READ: Final = """
SELECT sourced_id, cells FROM roster_entry WHERE roster_id = $1 AND file = $2 ORDER BY sourced_id
"""
_COUNT: Final = "SELECT count(*) FROM roster_entry WHERE roster_id = $1 AND file = $2"
_REMOVE_OTHERS: Final = """
DELETE FROM roster_entry e WHERE roster_id = $1 AND file = $2
AND NOT EXISTS (SELECT FROM staged_entry s WHERE s.file = $2 AND s.sourced_id = e.sourced_id)
"""
_REMOVE_DELETED: Final = """
DELETE FROM roster_entry e USING staged_entry s
WHERE e.roster_id = $1 AND e.file = $2 AND s.file = $2 AND s.deleted AND s.sourced_id = e.sourced_id
"""
_MERGE: Final = """
WITH merged AS (
  INSERT INTO roster_entry (roster_id, file, sourced_id, cells)
  SELECT $1, file, sourced_id, cells FROM staged_entry WHERE file = $2 AND NOT deleted ORDER BY sourced_id
  ON CONFLICT (roster_id, file, sourced_id) DO UPDATE SET cells = excluded.cells
    WHERE roster_entry.cells IS DISTINCT FROM excluded.cells
  RETURNING xmax = 0 AS created
)
SELECT count(*) FILTER (WHERE created) AS created, count(*) FILTER (WHERE NOT created) AS changed,
       (SELECT count(*) FROM staged_entry WHERE file = $2 AND NOT deleted) AS sent
FROM merged
"""


async def lock(tx: Transaction, roster_id: str) -> None:
    """Imports of one roster wait for each other."""
    await (await driver(tx)).execute(_LOCK, roster_id)


async def roster(tx: Transaction, roster_id: str) -> RosterRow | None:
    row = await (await driver(tx)).fetchrow(_ROSTER, roster_id)
    return RosterRow(**row) if row else None


async def save(tx: Transaction, row: RosterRow) -> None:
    await (await driver(tx)).execute(
        _SAVE, row.roster_id, row.imported_at, row.system_name, row.system_code, json.dumps(row.files)
    )


async def stage(tx: Transaction) -> None:
    await (await driver(tx)).execute(_STAGE)


async def stage_rows(tx: Transaction, file: str, rows: Sequence[Staged]) -> None:
    records = [(file, row.sourced_id, row.deleted, json.dumps(row.cells, ensure_ascii=False)) for row in rows]
    await (await driver(tx)).copy_records_to_table("staged_entry", records=records)


async def stored(tx: Transaction, roster_id: str, file: str) -> AsyncIterator[tuple[str, Mapping[str, str]]]:
    """Every row of a file, through a cursor."""
    async for row in (await driver(tx)).cursor(_READ, roster_id, file, prefetch=2_000):
        yield row["sourced_id"], row["cells"]


async def count(tx: Transaction, roster_id: str, file: str) -> int:
    return int(await (await driver(tx)).fetchval(_COUNT, roster_id, file))


async def merge(tx: Transaction, roster_id: str, file: str, *, everything: bool) -> Changes:
    """Take the staged rows over; with `everything` what is not staged goes."""
    connection = await driver(tx)
    gone = await connection.execute(_REMOVE_OTHERS if everything else _REMOVE_DELETED, roster_id, file)
    row = await connection.fetchrow(_MERGE, roster_id, file)
    assert row is not None, "an aggregate without groups has one row"
    created, changed = int(row["created"]), int(row["changed"])
    removed = int(gone.removeprefix("DELETE "))
    return Changes(created, changed, removed, int(row["sent"]) - created - changed)


async def analyze(tx: Transaction) -> None:
    """Fresh temporary tables have no statistics, and joins against them would be planned for a handful of rows."""
    await (await driver(tx)).execute("ANALYZE staged_entry")
