"""What the ledger says of certificates, as a table: when each was issued, in which place, and which hold no more.

The place is a certificate's ordinal among all that were ever announced in the ledger, and with it the place of its
status (`ewaste.evidence.certificates.status_entry`). Whoever has the ledger counts the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from ewaste.evidence.certificates.status_entry import LIST_ENTRIES
from ewaste.evidence.replay.told import Told, told_of
from ewaste.runtime.database import Transaction, driver
from ewaste.runtime.tables import moment
from ewaste.traceability.ledger.model import Entry
from ewaste.traceability.storage import Table
from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field

__all__ = ["CertificateEventRow", "Fallen", "Place", "fallen", "place_of", "save"]


class CertificateEventRow(Table, table=True):
    """One event about a certificate, at its index in the custody ledger."""

    __tablename__: ClassVar[Any] = "certificate_event"
    __table_args__ = (Index("certificate_event_of", "certificate_id"),)

    index: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    certificate_id: str
    kind: str
    at: datetime = Field(sa_column=moment())
    replaces_certificate_id: str | None = None
    ordinal: int | None = Field(default=None, sa_column=Column(BigInteger, unique=True))
    """Given to the first event that issues a certificate, from 0 without a gap."""


@dataclass(frozen=True, slots=True)
class Place:
    """When the ledger says that a certificate was issued, and its ordinal."""

    ordinal: int
    issued_at: datetime
    index: int


@dataclass(frozen=True, slots=True)
class Fallen:
    """The ordinals of one status list that a purpose applies to, and the newest event of that list."""

    ordinals: tuple[int, ...]
    newest: datetime


# The projector's lock makes this single-writer, so that counting can't give one ordinal twice.
_SAVE: Final = """
INSERT INTO certificate_event ("index", certificate_id, kind, at, replaces_certificate_id, ordinal)
VALUES ($1, $2::varchar, $3::varchar, $4, $5, CASE WHEN $3::varchar = 'issued' AND NOT EXISTS (
    SELECT FROM certificate_event WHERE certificate_id = $2::varchar AND ordinal IS NOT NULL
) THEN (SELECT coalesce(max(ordinal) + 1, 0) FROM certificate_event) END)
"""
_PLACE: Final = 'SELECT ordinal, at, "index" FROM certificate_event WHERE certificate_id = $1 AND ordinal IS NOT NULL'
_NEWEST: Final = "SELECT max(at) FROM certificate_event WHERE ordinal >= $1 AND ordinal < $2"
_SUSPENDED: Final = """
SELECT issued.ordinal, min(later.at) AS at FROM certificate_event issued
JOIN certificate_event later ON later.certificate_id = issued.certificate_id AND later.kind = 'suspended'
WHERE issued.ordinal >= $1 AND issued.ordinal < $2 GROUP BY issued.ordinal
"""
_REPLACED: Final = """
SELECT issued.ordinal, min(later.at) AS at FROM certificate_event issued
JOIN certificate_event later ON later.replaces_certificate_id = issued.certificate_id
WHERE issued.ordinal >= $1 AND issued.ordinal < $2 GROUP BY issued.ordinal
"""
_BY_PURPOSE: Final = {"suspension": _SUSPENDED, "revocation": _REPLACED}


async def save(tx: Transaction, entries: Sequence[Entry]) -> None:
    """Take in what these entries, in ledger order, say of certificates; the caller holds the projection's lock."""
    if found := _told(entries):
        rows = [(each.index, each.certificate_id, each.kind, each.at, each.replaces_certificate_id) for each in found]
        await (await driver(tx)).executemany(_SAVE, rows)


def _told(entries: Iterable[Entry]) -> list[Told]:
    told = (told_of(entry.index, entry.record.topic, entry.envelope) for entry in entries)
    return [each for each in told if each is not None]


async def place_of(tx: Transaction, certificate_id: str) -> Place | None:
    """None while its own event is not in the ledger."""
    row = await (await driver(tx)).fetchrow(_PLACE, certificate_id)
    return Place(row["ordinal"], row["at"], row["index"]) if row else None


async def fallen(tx: Transaction, purpose: str, number: int) -> Fallen | None:
    """What status list `number` says for a purpose; None where the list does not exist (yet)."""
    bounds = number * LIST_ENTRIES, (number + 1) * LIST_ENTRIES
    connection = await driver(tx)
    newest = await connection.fetchval(_NEWEST, *bounds)
    if newest is None:
        return None
    rows = await connection.fetch(_BY_PURPOSE[purpose], *bounds)
    return Fallen(tuple(sorted(row["ordinal"] for row in rows)), max([newest, *(row["at"] for row in rows)]))
