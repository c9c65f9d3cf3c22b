"""Sequence numbers of each source as PostgreSQL's multiranges: what was seen, what is missing, and for how long."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from ewaste.contracts.events.traceability import GapKind
from ewaste.evidence.alerts.model import Gap, gap_id
from ewaste.evidence.custody.graph import node
from ewaste.runtime.database import Transaction, driver
from ewaste.traceability.alerts.model import Numbers
from ewaste.traceability.storage import Table
from sqlalchemy import BigInteger, Column
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE
from sqlmodel import Field

__all__ = ["Lost", "SourceSequenceRow", "incomplete", "lost_id", "lost_of", "see", "suspect_again"]

MOST_GAPS: Final = 20
"""Of one source: whoever numbers by two must not fill the list of alerts."""


class SourceSequenceRow(Table, table=True):
    """The numbers seen of a source; `suspected` were missing when they were last looked for."""

    __tablename__: ClassVar[Any] = "source_sequence"

    source: str = Field(primary_key=True)
    seen: Any = Field(sa_column=Column(INT8MULTIRANGE, nullable=False))
    suspected: Any = Field(sa_column=Column(INT8MULTIRANGE, nullable=False))
    highest: int = Field(sa_column=Column(BigInteger, nullable=False))
    highest_index: int = Field(sa_column=Column(BigInteger, nullable=False))
    """Ledger index of a record with the highest number: it shows that the lower ones were given."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Numbers from `first` on that were missing at two looks in a row."""

    source: str
    first: int
    highest_index: int

    def gap(self) -> Gap:
        name = node("source", self.source)
        return Gap(lost_id(self.source, self.first), GapKind.SEQUENCE_GAP, name, (self.highest_index,))


def lost_id(source: str, first: int) -> str:
    """The gap that begins with this number."""
    return gap_id(GapKind.SEQUENCE_GAP, node("source", source), str(first))


_MISSING: Final = "(int8multirange(int8range(1, highest, '[]')) - seen)"
_SEE: Final = f"""
INSERT INTO source_sequence AS known (source, seen, suspected, highest, highest_index)
SELECT source, seen::int8multirange, '{{}}', highest, highest_index
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) AS n(source, seen, highest, highest_index)
ON CONFLICT (source) DO UPDATE SET seen = known.seen + excluded.seen,
    highest = greatest(known.highest, excluded.highest),
    highest_index = CASE WHEN excluded.highest > known.highest THEN excluded.highest_index ELSE known.highest_index END
RETURNING source, NOT isempty({_MISSING}) AS lacks
"""
_INCOMPLETE: Final = f"SELECT source FROM source_sequence WHERE source = ANY($1::text[]) AND NOT isempty({_MISSING})"
_SUSPECT: Final = f"""
UPDATE source_sequence SET suspected = {_MISSING}
WHERE source = ANY($1::text[]) AND ($2 OR isempty(suspected * {_MISSING}))
"""
_LOST: Final = f"""
SELECT source, lower(numbers) AS first, highest_index
FROM source_sequence, LATERAL (SELECT unnest({_MISSING} * suspected) AS numbers LIMIT {MOST_GAPS}) AS lost
WHERE source = ANY($1::text[]) ORDER BY source, first
"""


async def see(tx: Transaction, numbers: Mapping[str, Numbers]) -> set[str]:
    """These numbers are in the ledger; gives the sources, of those named, that lack one below their highest."""
    named = sorted(numbers.items())
    rows = [(source, each.ranges(), each.highest, each.index_of[each.highest]) for source, each in named]
    told = await (await driver(tx)).fetch(_SEE, *(list(column) for column in zip(*rows, strict=True)))
    return {row["source"] for row in told if row["lacks"]}


async def incomplete(tx: Transaction, sources: Iterable[str]) -> set[str]:
    """Which of these sources lack a number below their highest."""
    return {row["source"] for row in await (await driver(tx)).fetch(_INCOMPLETE, list(sources))}


async def suspect_again(tx: Transaction, sources: Iterable[str], *, anew: bool) -> None:
    """Remember what is missing now; without `anew` only where nothing suspected is missing."""
    await (await driver(tx)).execute(_SUSPECT, list(sources), anew)


async def lost_of(tx: Transaction, sources: Iterable[str]) -> list[Lost]:
    """What was missing when last suspected and still is, lowest numbers first."""
    rows = await (await driver(tx)).fetch(_LOST, list(sources))
    return [Lost(row["source"], row["first"], row["highest_index"]) for row in rows]
