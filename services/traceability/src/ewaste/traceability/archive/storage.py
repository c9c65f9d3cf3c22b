"""Which ranges of the ledgers are sealed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from ewaste.evidence.archive.writer import Written
from ewaste.evidence.ledger.merkle import Frontier
from ewaste.runtime.database import Transaction, driver
from ewaste.runtime.tables import moment
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.storage import Table
from sqlalchemy import BigInteger, Column, LargeBinary
from sqlmodel import Field

__all__ = ["ArchiveSealRow", "Seal", "save", "sealed", "sealed_files"]

_SAVE: Final = """
INSERT INTO archive_seal (ledger, start, "end", frontier, file_sha256, file_bytes, sealed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING start
"""
_SEALED: Final = "SELECT frontier FROM archive_seal WHERE ledger = $1 ORDER BY start DESC LIMIT 1"
_FILES: Final = 'SELECT start, "end", file_sha256, file_bytes FROM archive_seal WHERE ledger = $1 ORDER BY start'


class ArchiveSealRow(Table, table=True):
    """A file that was sealed; ranges follow each other without a gap."""

    __tablename__: ClassVar[Any] = "archive_seal"

    ledger: str = Field(primary_key=True)
    start: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    end: int = Field(sa_column=Column(BigInteger, nullable=False))
    frontier: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """The ledger's tree at `end`, from which the next range goes on."""
    file_sha256: str
    file_bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    sealed_at: datetime = Field(sa_column=moment())


@dataclass(frozen=True, slots=True)
class Seal:
    """A sealed file, as the list of them says."""

    start: int
    end: int
    file_sha256: str
    file_bytes: int


async def sealed(tx: Transaction, ledger: Ledger) -> Frontier:
    """The ledger's tree up to which everything is sealed; empty before the first seal."""
    stored = await (await driver(tx)).fetchval(_SEALED, ledger)
    return Frontier.from_bytes(stored) if stored is not None else Frontier()


async def sealed_files(tx: Transaction, ledger: Ledger) -> list[Seal]:
    """Every sealed file, in the order of the ledger."""
    return [Seal(**dict(row)) for row in await (await driver(tx)).fetch(_FILES, ledger)]


async def save(tx: Transaction, ledger: Ledger, written: Written, tree: Frontier, now: datetime) -> bool:
    """Note the seal; False where that range was sealed already."""
    columns = (written.start, written.end, tree.to_bytes(), written.file_sha256, written.file_bytes, now)
    return await (await driver(tx)).fetchval(_SAVE, ledger, *columns) is not None
