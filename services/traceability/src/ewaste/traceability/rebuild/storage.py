"""Which tables must be empty before a rebuild, and what is asked of the rebuilt ones."""

from typing import Final

from ewaste.evidence.custody.graph import NodeId
from ewaste.runtime.database import Database, Transaction, driver

__all__ = ["batches", "held", "own_words"]

_MUST_BE_EMPTY: Final = (
    "ledger_custody", "ledger_learning", "custody_touch", "register_entry", "certificate_event", "certificate",
    "certification", "suspension", "gap", "source_sequence", "attestation", "archive_seal", "outbox", "position",
)  # fmt: skip
_BATCHES: Final = "SELECT DISTINCT node FROM custody_touch WHERE node LIKE 'batch/%' ORDER BY node"
# Few records are the service's own: the database looks for them, and the reader decides.
_OWN: Final = """
SELECT "index" FROM ledger_custody WHERE position(convert_to($1, 'UTF8') IN leaf) > 0 ORDER BY "index"
"""


async def held(database: Database) -> str | None:
    """A table that has rows; None where the database is new."""
    async with database.transaction() as tx:
        connection = await driver(tx)
        for table in _MUST_BE_EMPTY:
            if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):
                return table
    return None


async def batches(tx: Transaction) -> list[NodeId]:
    """Every batch that the ledger names."""
    return [row["node"] for row in await (await driver(tx)).fetch(_BATCHES)]


async def own_words(tx: Transaction, text: str) -> list[int]:
    """Indices of the custody ledger's records that hold this text."""
    return [row["index"] for row in await (await driver(tx)).fetch(_OWN, text)]
